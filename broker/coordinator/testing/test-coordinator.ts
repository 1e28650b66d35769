// A group coordinator over partitions in memory, a clock that stands still and a seed, as handlers see it. For tests.

import { type Logger, silentLogger } from '../../../io/logger.ts'
import { ManualClock } from '../../../io/sim/clock.ts'
import { seededRandom } from '../../../io/sim/random.ts'
import type { Uuid } from '../../../protocol/wire/uuid.ts'
import { brokerConfig } from '../../config/broker-config.ts'
import { developmentProfile } from '../../config/development-profile.ts'
import type { Subscriber } from '../../metadata/metadata.ts'
import type { MetadataDelta } from '../../metadata/metadata-delta.ts'
import type { TopicImage } from '../../metadata/metadata-image.ts'
import type { RequestContext } from '../../server/handler.ts'
import type { Services } from '../../server/services.ts'
import { GroupCoordinator, type GroupCoordinatorOptions } from '../group/group-coordinator.ts'
import { MemoryPartition } from './memory-partition.ts'

export interface TestTopic {
  readonly name: string
  readonly id: Uuid
  readonly partitionCount: number
}

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
  readonly #topics: Map<string, TopicImage>
  readonly #subscribers: Subscriber[] = []
  readonly #change = { count: 0 }
  /** What was set for a group itself, by group id. */
  readonly groupOverrides = new Map<string, ReadonlyMap<string, string>>()

  constructor(options: TestCoordinatorOptions = {}) {
    this.clock = options.clock ?? new ManualClock()
    // The metadata does not begin anew with a new process: its version only rises.
    this.#change.count = this.clock.now()
    this.partitions = options.partitions ?? [new MemoryPartition()]
    const offsetsTopic = {
      name: '__consumer_offsets',
      id: 'AAAAAAAAAAAAAAAAAAAAZg',
      partitionCount: this.partitions.length,
    }
    this.#topics = new Map([offsetsTopic, ...(options.topics ?? [])].map(topic => [topic.name, imageOf(topic)]))
    const config = brokerConfig({ profile: developmentProfile(), overrides: new Map(options.settings ?? []) })
    const world = { clock: this.clock, random: seededRandom(options.seed ?? 1), logger: options.logger ?? silentLogger }
    const metadata = this.#metadata()
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

  /** The topic is deleted; resolves when the coordinator has reacted. */
  async deleteTopic(name: string): Promise<void> {
    const topic = this.#topics.get(name)!
    this.#topics.delete(name)
    await this.#publish({ deletedTopics: [topic] })
  }

  /** The topic is there, new or with more partitions. */
  async putTopic(topic: TestTopic): Promise<void> {
    const isNew = !this.#topics.has(topic.name)
    const image = imageOf(topic)
    this.#topics.set(topic.name, image)
    const changedPartitions = image.partitions.map(partition => ({ topic: image, partition, before: undefined }))
    await this.#publish({ createdTopics: isNew ? [image] : [], changedPartitions })
  }

  async #publish(change: Partial<MetadataDelta>): Promise<void> {
    this.#change.count++
    const { metadata } = this.#services
    for (const subscriber of this.#subscribers) void subscriber(metadata.image, { ...noChange, ...change })
    await this.clock.run()
  }

  #metadata(): GroupCoordinatorOptions['metadata'] {
    const topics = this.#topics
    const change = this.#change
    const image = {
      get offset() {
        return change.count
      },
      brokers: new Map(),
      features: new Map([['group.version', 1]]),
      topics: () => topics.values(),
      topicByName: (name: string) => topics.get(name),
      topicById: (id: Uuid) => [...topics.values()].find(topic => topic.id === id),
      configOverrides: (_type: string, name: string) => this.groupOverrides.get(name) ?? new Map(),
    }
    const subscribe = async (subscriber: Subscriber) => {
      this.#subscribers.push(subscriber)
      // The first that a subscriber sees is everything there is.
      await subscriber(image as never, { ...noChange, isInitial: true, createdTopics: [...topics.values()] })
    }
    return { image, subscribe } as unknown as GroupCoordinatorOptions['metadata']
  }
}

const noChange = {
  isInitial: false,
  createdTopics: [],
  deletedTopics: [],
  changedPartitions: [],
  changedConfigs: [],
  changedBrokers: [],
  changedFeatures: [],
}

function imageOf({ name, id, partitionCount }: TestTopic): TopicImage {
  const partitions = Array.from(
    { length: partitionCount },
    (_, index) => ({ index, replicas: [] as readonly number[] }) as TopicImage['partitions'][number],
  )
  return { name, id, isInternal: name.startsWith('__'), partitions }
}
