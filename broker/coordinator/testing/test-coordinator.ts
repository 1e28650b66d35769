// A group coordinator over partitions in memory, a clock that stands still and a seed, as handlers see it. For tests.

import { type Logger, silentLogger } from '../../../io/logger.ts'
import { ManualClock } from '../../../io/sim/clock.ts'
import { seededRandom } from '../../../io/sim/random.ts'
import { brokerConfig } from '../../config/broker-config.ts'
import { developmentProfile } from '../../config/development-profile.ts'
import type { RequestContext } from '../../server/handler.ts'
import type { Services } from '../../server/services.ts'
import { GroupCoordinator } from '../group/group-coordinator.ts'
import { MemoryPartition } from './memory-partition.ts'
import { offsetsTopicOf, TestMetadata, type TestTopic } from './test-metadata.ts'

export type { TestTopic }

const configOf = (settings: readonly (readonly [string, string])[]) =>
  brokerConfig({ profile: developmentProfile(), overrides: new Map(settings) })

/** Read once: simulations begin thousands of coordinators. */
const defaults = configOf([])

export interface TestCoordinatorOptions {
  readonly settings?: readonly (readonly [string, string])[]
  readonly topics?: readonly TestTopic[]
  readonly partitions?: readonly MemoryPartition[]
  readonly clock?: ManualClock
  /** Of member ids. */
  readonly seed?: number
  readonly logger?: Logger
}

export class TestCoordinator {
  readonly clock: ManualClock
  readonly partitions: readonly MemoryPartition[]
  readonly groups: GroupCoordinator
  readonly #services: Services
  readonly #metadata: TestMetadata

  constructor(options: TestCoordinatorOptions = {}) {
    this.clock = options.clock ?? new ManualClock()
    this.partitions = options.partitions ?? [new MemoryPartition()]
    const offsetsTopic = offsetsTopicOf(this.partitions.length)
    // The metadata does not begin anew with a new process: its version only rises.
    this.#metadata = new TestMetadata([offsetsTopic, ...(options.topics ?? [])], this.clock.now())
    const config = options.settings === undefined ? defaults : configOf(options.settings)
    const world = { clock: this.clock, random: seededRandom(options.seed ?? 1), logger: options.logger ?? silentLogger }
    const metadata = this.#metadata
    const get = (topic: string, index: number) => (topic === offsetsTopic.name ? this.partitions[index] : undefined)
    this.groups = new GroupCoordinator({ world, config, metadata, partitions: { get } })
    // Only what the handlers of groups use.
    this.#services = { groups: this.groups, metadata } as unknown as Services
  }

  /** Leads all partitions, and has loaded them. */
  async start(): Promise<this> {
    await Promise.all(this.partitions.map((_, index) => this.groups.onLeadership(index, 0)))
    return this
  }

  context(apiVersion: number, clientId: string | null = 'client'): RequestContext {
    const connection = { clientHost: '/127.0.0.1', connectionId: '', listenerName: 'PLAINTEXT', correlationId: 1 }
    const afterwards = {
      afterSend: (release: () => void) => release(),
      requestIsDone() {},
      holdUp: () => () => {},
      closeConnection() {},
    }
    return { services: this.#services, apiVersion, clientId, ...connection, ...afterwards }
  }

  /** What was set for a group itself, by group id. */
  get groupOverrides(): Map<string, ReadonlyMap<string, string>> {
    return this.#metadata.groupOverrides
  }

  /** The topic is deleted; resolves when the coordinator has reacted. */
  async deleteTopic(name: string): Promise<void> {
    this.#metadata.deleteTopic(name)
    await this.clock.run()
  }

  /** The topic is there, new or with more partitions. */
  async putTopic(topic: TestTopic): Promise<void> {
    this.#metadata.putTopic(topic)
    await this.clock.run()
  }
}
