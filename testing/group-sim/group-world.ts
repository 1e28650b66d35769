// A real broker and members of consumer groups on simulated machines, and the one thing that has to hold whatever happens to
// machines and network: no partition is owned by two members at once, each by its own account.

import { Broker } from '../../broker/broker.ts'
import { brokerConfig } from '../../broker/config/broker-config.ts'
import { developmentProfile } from '../../broker/config/development-profile.ts'
import { BrokerConnection } from '../../client/connection.ts'
import type { GroupMembershipOptions } from '../../client/group/group-membership.ts'
import type { Logger } from '../../io/logger.ts'
import { SimWorld } from '../../io/sim/world.ts'
import { errors } from '../../protocol/errors.ts'
import { createPartitions } from '../../protocol/messages/create-partitions.ts'
import { createTopics } from '../../protocol/messages/create-topics.ts'
import { deleteTopics } from '../../protocol/messages/delete-topics.ts'
import { OffsetLedger } from './offset-ledger.ts'
import { SimMember, type SimMemberOptions } from './sim-member.ts'

export const brokerHost = 'broker'
export const brokerPort = 9092
/** Short, so that a run of simulated minutes sees many of them end; the broker's for the consumer protocol too. */
export const sessionTimeoutMs = 6000
export const heartbeatIntervalMs = 1000

const settings = new Map([
  ['listeners', `PLAINTEXT://0.0.0.0:${brokerPort},CONTROLLER://127.0.0.1:9093`],
  ['advertised.listeners', `PLAINTEXT://${brokerHost}:${brokerPort}`],
  ['offsets.topic.num.partitions', '4'],
  ['group.initial.rebalance.delay.ms', '200'],
  ['group.min.session.timeout.ms', '1000'],
  ['group.consumer.session.timeout.ms', String(sessionTimeoutMs)],
  ['group.consumer.min.session.timeout.ms', '1000'],
  ['group.consumer.heartbeat.interval.ms', String(heartbeatIntervalMs)],
  ['group.consumer.min.heartbeat.interval.ms', '500'],
])

export interface GroupWorldOptions {
  readonly seed: number
  /** On top of those for groups. */
  readonly settings?: Readonly<Record<string, string>>
  readonly logger?: Logger
  /** False: a partition may have two owners for a moment. */
  readonly checksOwners?: boolean
}

export class GroupWorld {
  readonly sim: SimWorld
  readonly members: SimMember[] = []
  readonly ledger = new OffsetLedger()
  /** What the broker should not have done. */
  readonly problems: string[] = []
  readonly #options: GroupWorldOptions
  #broker: Broker | undefined
  #count = 0

  private constructor(options: GroupWorldOptions) {
    this.#options = options
    this.sim = new SimWorld({ seed: options.seed })
    if (options.checksOwners ?? true) this.sim.checkAfterEveryStep(() => this.#checkOwners())
  }

  static async start(options: GroupWorldOptions): Promise<GroupWorld> {
    const world = new GroupWorld(options)
    await world.startBroker()
    return world
  }

  async startBroker(): Promise<void> {
    const { logger } = this.#options
    const world = this.sim.host(brokerHost).start(logger && { logger })
    const properties = new Map([...settings, ...Object.entries(this.#options.settings ?? {})])
    const profile = developmentProfile({ port: brokerPort, dataDir: '/data' })
    const onFatal = (error: Error) => this.problems.push(`the broker gave up: ${error.message}`)
    const config = brokerConfig({ profile, properties })
    this.#broker = await this.sim.complete(Broker.start({ world, config, hostName: brokerHost, onFatal }))
  }

  get isBrokerUp(): boolean {
    return this.#broker !== undefined
  }

  /** kill -9. */
  crashBroker(): void {
    this.#broker = undefined
    this.sim.host(brokerHost).crashProcess()
  }

  async stopBroker(): Promise<void> {
    const broker = this.#broker!
    this.#broker = undefined
    await this.sim.complete(broker.stop())
    this.sim.host(brokerHost).crashProcess()
  }

  async createTopic(name: string, numPartitions: number): Promise<void> {
    await this.#ask(connection => {
      const topics = [{ name, numPartitions, replicationFactor: 1 }]
      return connection.request(createTopics, 7, { topics, timeoutMs: 5000 })
    })
  }

  async deleteTopic(name: string): Promise<void> {
    await this.#ask(connection => connection.request(deleteTopics, 6, { topics: [{ name }], timeoutMs: 5000 }))
  }

  async growTopic(name: string, count: number): Promise<void> {
    await this.#ask(connection => {
      return connection.request(createPartitions, 3, { topics: [{ name, count, assignments: null }], timeoutMs: 5000 })
    })
  }

  /** A member on a machine of its own. */
  addMember(
    options: Partial<GroupMembershipOptions> & SimMemberOptions & { readonly onClusterOf?: number } = {},
  ): SimMember {
    this.#count += 1
    // Or in the program of another one.
    const { onClusterOf } = options
    const shared = onClusterOf === undefined ? undefined : this.members[onClusterOf]!.cluster
    const place = { sim: this.sim, name: `member-${this.#count}`, ledger: this.ledger, cluster: shared }
    const member = new SimMember(place, {
      groupId: 'group',
      sessionTimeoutMs,
      heartbeatIntervalMs,
      maxPollIntervalMs: 30_000,
      ...options,
    })
    this.members.push(member)
    return member
  }

  get alive(): SimMember[] {
    return this.members.filter(({ isAlive }) => isAlive)
  }

  /** Runs until it is so; an error that says how things stand when it is not within the time. */
  async until(what: string, isSo: () => boolean, withinMs = 60_000): Promise<void> {
    const startMs = this.sim.nowMs
    await this.sim.run({ until: isSo, untilMs: startMs + withinMs })
    if (isSo()) return
    const states = this.members.map(member => `${member.name}: ${member.describe()}`).join('\n  ')
    throw new Error(`seed ${this.sim.seed}: not within ${withinMs} ms: ${what}\n  ${states}`)
  }

  /** Whether each partition is owned by exactly one member that is alive, and nothing else is. */
  isShared(topics: Readonly<Record<string, number>>): boolean {
    const owned = this.alive.flatMap(member => member.owned)
    const wanted = Object.entries(topics).flatMap(([topic, count]) =>
      Array.from({ length: count }, (_, partition) => `${topic}-${partition}`),
    )
    return owned.length === wanted.length && wanted.every(partition => owned.includes(partition))
  }

  #checkOwners(): void {
    const owners = new Map<string, string>()
    for (const member of this.alive) {
      for (const partition of member.owned) {
        const other = owners.get(partition)
        if (other !== undefined)
          throw new Error(`seed ${this.sim.seed}: ${partition} is owned by ${other} and ${member.name}`)
        owners.set(partition, member.name)
      }
    }
  }

  async #ask(request: (connection: BrokerConnection) => Promise<object>): Promise<void> {
    const { net } = this.sim.host('admin').start()
    const asking = BrokerConnection.open(net, { host: brokerHost, port: brokerPort, clientId: 'admin' }).then(
      async open => {
        const answer = await request(open)
        open.close()
        return answer
      },
    )
    const answer = (await this.sim.complete(asking)) as Record<string, readonly { readonly errorCode: number }[]>
    const [result] = answer.topics ?? answer.results ?? answer.responses ?? []
    if (result?.errorCode !== errors.NONE.code) throw new Error(`the topic was refused: ${JSON.stringify(answer)}`)
  }
}
