// Logs of several registry instances on one broker in the simulated world: what tests of schema-registry/log stand on.

import { SimBroker, type SimBrokerOptions } from '../broker/server/replay/sim-broker.ts'
import { Admin } from '../client/admin/admin.ts'
import { Cluster } from '../client/cluster/cluster.ts'
import type { Logger } from '../io/logger.ts'
import { KafkaSchemasLog, type KafkaSchemasLogOptions } from '../schema-registry/log/kafka-schemas-log.ts'
import type { SchemasRecord, SchemasSink } from '../schema-registry/store/schemas-log.ts'

const bootstrap = 'broker:19094'
const withinMs = 120_000

/** What was applied, as "offset key value". */
export class AppliedRecords implements SchemasSink {
  readonly lines: string[] = []

  apply({ key, value }: SchemasRecord, offset: bigint): void {
    this.lines.push(`${offset} ${key} ${value}`)
  }
}

export interface BenchLog {
  readonly log: KafkaSchemasLog
  readonly applied: AppliedRecords
  readonly cluster: Cluster
  readonly warnings: string[]
  deposed: number
}

export class SchemasLogBench {
  readonly sim: SimBroker
  readonly #open: (() => Promise<void>)[] = []

  private constructor(sim: SimBroker) {
    this.sim = sim
  }

  static async start(options: SimBrokerOptions = {}): Promise<SchemasLogBench> {
    const settings = { 'advertised.listeners': `PLAINTEXT://${bootstrap}`, ...options.settings }
    return new SchemasLogBench(await SimBroker.start({ ...options, settings }))
  }

  /** An instance on a machine of its own; rejects as KafkaSchemasLog.open does. */
  async open(host: string, options: Partial<KafkaSchemasLogOptions> = {}): Promise<BenchLog> {
    const warnings: string[] = []
    const note = (_fields: object, text: string) => warnings.push(text)
    const logger: Logger = { debug() {}, info() {}, warn: note, error: note }
    const world = this.sim.world.host(host).start({ logger })
    const clusterOptions = { bootstrap, clientId: host, requestTimeoutMs: 3000 }
    const cluster = new Cluster(clusterOptions, world)
    const admin = new Admin(clusterOptions, world)
    const applied = new AppliedRecords()
    const bench = { applied, cluster, warnings, deposed: 0 } as { -readonly [K in keyof BenchLog]: BenchLog[K] }
    const means = { clusterOptions, cluster, admin, world, sink: applied, leaderUrl: () => `http://${host}:8081` }
    const onDeposed = () => (bench.deposed += 1)
    const log = new KafkaSchemasLog({ ...means, onDeposed, writeTimeoutMs: 10_000, ...options })
    this.#open.push(async () => {
      cluster.close()
      await Promise.all([admin.close(), log.close()])
    })
    bench.log = log
    await this.complete(log.open())
    return bench
  }

  admin(): Admin {
    const admin = new Admin({ bootstrap, clientId: 'admin' }, this.sim.world.host('admin').start())
    this.#open.push(() => admin.close())
    return admin
  }

  complete<Result>(promise: Promise<Result>): Promise<Result> {
    return this.sim.world.complete(promise, withinMs)
  }

  async stop(): Promise<void> {
    await this.complete(Promise.all(this.#open.map(close => close())))
    await this.sim.stop()
  }
}
