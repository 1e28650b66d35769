// An instance of the registry on a simulated machine: the real log and the real election over a model of the schemas, and
// a queue in which writes wait for each other. Requests between machines are calls that take a moment and get lost.

import { Admin } from '../../client/admin/admin.ts'
import { Cluster } from '../../client/cluster/cluster.ts'
import type { SimWorld } from '../../io/sim/world.ts'
import type { World } from '../../io/world.ts'
import { LeaderElector } from '../../schema-registry/leader/leader-elector.ts'
import { KafkaSchemasLog } from '../../schema-registry/log/kafka-schemas-log.ts'
import { PartitionTermWriter } from '../../schema-registry/log/term-writer.ts'
import type { SchemasLog } from '../../schema-registry/store/schemas-log.ts'
import { ModelSchemas } from './model-schemas.ts'
import { HastyLog, type Plant, WriterWithoutTerms } from './planted-log.ts'

export interface SimInstanceOptions {
  readonly bootstrap: string
  readonly plant: Plant
  /** No election: it takes itself for the leader, as every other one does. */
  readonly isAlone: boolean
  readonly sessionTimeoutMs: number
  readonly heartbeatIntervalMs: number
  readonly epochMax?: number
}

export const topic = '_schemas'
const port = 8081
const writeTimeoutMs = 8000

export class SimInstance {
  readonly name: string
  readonly schemas = new ModelSchemas()
  readonly elector: LeaderElector
  isAlive = true
  isPaused = false
  /** How it ended, if it could not start. */
  failure: Error | undefined
  readonly #sim: SimWorld
  readonly #plant: Plant
  readonly #isAlone: boolean
  readonly #log: Promise<KafkaSchemasLog>
  #opened: KafkaSchemasLog | undefined
  #writes: Promise<unknown> = Promise.resolve()

  constructor(sim: SimWorld, name: string, options: SimInstanceOptions) {
    this.name = name
    this.#sim = sim
    this.#plant = options.plant
    this.#isAlone = options.isAlone
    const world = sim.host(name).start()
    const clusterOptions = { bootstrap: options.bootstrap, clientId: name, requestTimeoutMs: 3000 }
    const cluster = new Cluster(clusterOptions, world)
    const { sessionTimeoutMs, heartbeatIntervalMs } = options
    this.elector = new LeaderElector({
      cluster,
      identity: { scheme: 'http', host: name, port, isEligible: true },
      sessionTimeoutMs,
      heartbeatIntervalMs,
      rebalanceTimeoutMs: 10_000,
      onChange: ({ isLeader }) => {
        if (this.#opened !== undefined) this.#lead(this.#opened, isLeader)
      },
    })
    this.#log = this.#start(cluster, world, options)
    this.#log.catch(error => (this.failure = error))
  }

  get isLeader(): boolean {
    return this.#isAlone ? this.#opened !== undefined : this.elector.isLeader
  }

  get log(): KafkaSchemasLog | undefined {
    return this.#opened
  }

  /** Resolves when it has read the topic to its end. */
  async started(): Promise<void> {
    await this.#log
  }

  /** Registers, here or at the leader: answers the id. Rejects when it does not know whether it did. */
  async register(subject: string, schema: string, peers: (url: string) => SimInstance | undefined): Promise<number> {
    const log = await this.#log
    if (this.isLeader) return this.#write(log, subject, schema)
    const { leaderUrl } = this.elector
    const leader = leaderUrl === undefined ? undefined : peers(leaderUrl)
    if (leader === undefined) throw new Error('the leader is not known')
    return leader.#forwarded(subject, schema)
  }

  kill(): void {
    this.isAlive = false
    this.#sim.host(this.name).crashProcess()
  }

  pause(): void {
    this.isPaused = true
    this.#sim.host(this.name).pause()
  }

  resume(): void {
    this.isPaused = false
    this.#sim.host(this.name).resume()
  }

  async stop(): Promise<void> {
    await this.elector.close()
    await this.#opened?.close()
    this.isAlive = false
  }

  async #start(cluster: Cluster, world: World, options: SimInstanceOptions): Promise<KafkaSchemasLog> {
    const clusterOptions = { bootstrap: options.bootstrap, clientId: this.name, requestTimeoutMs: 3000 }
    const admin = new Admin(clusterOptions, world)
    const writer =
      options.plant === 'noTerms' ? new WriterWithoutTerms(new PartitionTermWriter(cluster, topic)) : undefined
    const log = new KafkaSchemasLog({
      topic,
      clusterOptions,
      cluster,
      admin,
      world,
      sink: this.schemas,
      leaderUrl: () => `http://${this.name}:${port}`,
      writeTimeoutMs,
      startTimeoutMs: 600_000,
      onDeposed: () => {
        if (!options.isAlone) this.elector.stepAside('another instance writes as the leader')
      },
      ...(writer && { writer }),
      ...(options.epochMax !== undefined && { epochMax: options.epochMax }),
    })
    await log.open()
    this.#opened = log
    if (options.isAlone) log.mayLead = true
    else this.elector.start()
    return log
  }

  #lead(log: KafkaSchemasLog, isLeader: boolean): void {
    if (isLeader) log.mayLead = true
    else log.resign()
  }

  async #forwarded(subject: string, schema: string): Promise<number> {
    const log = await this.#log
    if (!this.isLeader) throw new Error('this instance does not lead')
    return this.#write(log, subject, schema)
  }

  #write(log: KafkaSchemasLog, subject: string, schema: string): Promise<number> {
    const topicLog: SchemasLog = this.#plant === 'noReadToEnd' ? new HastyLog(log) : log
    const write = this.#writes.then(async () => {
      await topicLog.readToEnd()
      const { id, records } = this.schemas.decide(subject, schema)
      if (records.length > 0) await topicLog.append(records)
      return id
    })
    this.#writes = write.catch(() => {})
    return write
  }
}
