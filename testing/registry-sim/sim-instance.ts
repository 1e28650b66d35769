// An instance of the registry on a simulated machine: the real log, election, state and rules. What is not there is HTTP: requests
// between machines are calls, which get lost now and then.

import { Admin } from '../../client/admin/admin.ts'
import { Cluster } from '../../client/cluster/cluster.ts'
import type { SimWorld } from '../../io/sim/world.ts'
import type { World } from '../../io/world.ts'
import { avroType } from '../../schema-registry/avro/avro-type.ts'
import { LeaderElector } from '../../schema-registry/leader/leader-elector.ts'
import { loneLeadership } from '../../schema-registry/leader/lone-leadership.ts'
import { KafkaSchemasLog } from '../../schema-registry/log/kafka-schemas-log.ts'
import { PartitionTermWriter } from '../../schema-registry/log/term-writer.ts'
import { Registry } from '../../schema-registry/registry.ts'
import type { SchemasRecord } from '../../schema-registry/store/schemas-log.ts'
import { RegistryState } from '../../schema-registry/store/state.ts'
import { HastyLog, type Plant, WriterWithoutTerms } from './planted-log.ts'
import { WitnessState } from './witness-state.ts'

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

/** All that a plain registration leaves out. */
const anyDraft = {
  type: 'AVRO',
  references: [],
  metadata: undefined,
  ruleSet: undefined,
  version: 0,
  id: -1,
  unknown: undefined,
}

export class SimInstance {
  readonly name: string
  readonly witness = new WitnessState()
  readonly elector: LeaderElector
  isAlive = true
  isPaused = false
  /** How it ended, if it could not start. */
  failure: Error | undefined
  readonly #sim: SimWorld
  readonly #isAlone: boolean
  readonly #state = new RegistryState()
  readonly #registry: Promise<Registry>
  #log: KafkaSchemasLog | undefined

  constructor(sim: SimWorld, name: string, options: SimInstanceOptions) {
    this.name = name
    this.#sim = sim
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
        if (this.#log !== undefined) this.#lead(this.#log, isLeader)
      },
    })
    this.#registry = this.#start(cluster, world, options)
    this.#registry.catch(error => (this.failure = error))
  }

  get isLeader(): boolean {
    return this.#isAlone ? this.#log !== undefined : this.elector.isLeader
  }

  get log(): KafkaSchemasLog | undefined {
    return this.#log
  }

  /** Resolves when it has read the topic to its end. */
  async started(): Promise<void> {
    await this.#registry
  }

  /** Registers, here or at the leader: answers the id. Rejects when it does not know whether it did. */
  async register(subject: string, schema: string, peers: (url: string) => SimInstance | undefined): Promise<number> {
    const registry = await this.#registry
    if (this.isLeader) return this.#write(registry, subject, schema)
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
    await this.#log?.close()
    this.isAlive = false
  }

  async #start(cluster: Cluster, world: World, options: SimInstanceOptions): Promise<Registry> {
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
      sink: { apply: (record, offset) => this.#apply(record, offset) },
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
    this.#log = log
    if (options.isAlone) log.mayLead = true
    else this.elector.start()
    const { plant } = options
    return new Registry({
      state: this.#state,
      log: plant === 'noReadToEnd' ? new HastyLog(log) : log,
      leadership: options.isAlone ? loneLeadership(this.name) : this.elector,
      types: [avroType],
    })
  }

  #lead(log: KafkaSchemasLog, isLeader: boolean): void {
    if (isLeader) log.mayLead = true
    else log.resign()
  }

  #apply(record: SchemasRecord, offset: bigint): void {
    this.#state.apply(record, offset)
    this.witness.apply(record, offset)
  }

  async #forwarded(subject: string, schema: string): Promise<number> {
    const registry = await this.#registry
    if (!this.isLeader) throw new Error('this instance does not lead')
    return this.#write(registry, subject, schema)
  }

  async #write(registry: Registry, subject: string, text: string): Promise<number> {
    const draft = { ...anyDraft, subject, text }
    return (await registry.register(draft, { normalize: false, force: false })).id
  }
}
