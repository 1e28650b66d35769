// The metadata as coordinators see it: topics that come, grow and go when a test says so, features, settings of groups. For tests.

import type { Uuid } from '../../../protocol/wire/uuid.ts'
import type { Metadata, Subscriber } from '../../metadata/metadata.ts'
import type { MetadataDelta } from '../../metadata/metadata-delta.ts'
import type { TopicImage } from '../../metadata/metadata-image.ts'

export interface TestTopic {
  readonly name: string
  readonly id: Uuid
  readonly partitionCount: number
}

export const offsetsTopicOf = (partitionCount: number): TestTopic => {
  return { name: '__consumer_offsets', id: 'AAAAAAAAAAAAAAAAAAAAZg', partitionCount }
}

export class TestMetadata implements Pick<Metadata, 'image' | 'subscribe'> {
  readonly image: Metadata['image']
  /** What was set for a group itself, by group id. */
  readonly groupOverrides = new Map<string, ReadonlyMap<string, string>>()
  /** Finalised levels by feature. */
  readonly features = new Map([['group.version', 1]])
  readonly #topics: Map<string, TopicImage>
  readonly #subscribers: Subscriber[] = []
  #version: number

  /** `version`: how many changes there have been. */
  constructor(topics: readonly TestTopic[], version = 0) {
    this.#topics = new Map(topics.map(topic => [topic.name, imageOf(topic)]))
    this.#version = version
    this.image = this.#imageOf() as unknown as Metadata['image']
  }

  #imageOf() {
    const known = this.#topics
    const versionNow = () => this.#version
    return {
      get offset() {
        return versionNow()
      },
      brokers: new Map(),
      features: this.features,
      topics: () => known.values(),
      topicByName: (name: string) => known.get(name),
      topicById: (id: Uuid) => [...known.values()].find(topic => topic.id === id),
      configOverrides: (_type: string, name: string) => this.groupOverrides.get(name) ?? new Map(),
    }
  }

  /** The first that a subscriber sees is everything there is. */
  async subscribe(subscriber: Subscriber): Promise<void> {
    this.#subscribers.push(subscriber)
    await subscriber(this.image, { ...noChange, isInitial: true, createdTopics: [...this.#topics.values()] })
  }

  deleteTopic(name: string): void {
    const topic = this.#topics.get(name)!
    this.#topics.delete(name)
    this.#publish({ deletedTopics: [topic] })
  }

  /** The topic is there, new or with more partitions. */
  putTopic(topic: TestTopic): void {
    const isNew = !this.#topics.has(topic.name)
    const image = imageOf(topic)
    this.#topics.set(topic.name, image)
    const changedPartitions = image.partitions.map(partition => ({ topic: image, partition, before: undefined }))
    this.#publish({ createdTopics: isNew ? [image] : [], changedPartitions })
  }

  #publish(change: Partial<MetadataDelta>): void {
    this.#version++
    for (const subscriber of this.#subscribers) void subscriber(this.image, { ...noChange, ...change })
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
