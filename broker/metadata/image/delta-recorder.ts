// Notes what records change while they are replayed, and turns the notes into a MetadataDelta. What was is noted at the first
// change, what is gets looked up at the end: a partition changed twice is one change.

import type { Uuid } from '../../../protocol/wire/uuid.ts'
import type { ConfigChange, MetadataDelta, PartitionChange } from '../metadata-delta.ts'
import type { ConfigResourceType, MetadataImage, PartitionImage, TopicImage } from '../metadata-image.ts'

export class DeltaRecorder {
  readonly #createdTopics = new Set<Uuid>()
  readonly #deletedTopics: TopicImage[] = []
  /** By topic and index: as it was; undefined when it was not. */
  readonly #partitions = new Map<Uuid, Map<number, PartitionImage | undefined>>()
  readonly #configs = new Map<string, ConfigChange>()
  readonly #brokers = new Set<number>()
  readonly #features = new Set<string>()

  topicCreated(id: Uuid): void {
    this.#createdTopics.add(id)
  }

  topicDeleted(topic: TopicImage): void {
    this.#partitions.delete(topic.id)
    this.#configs.delete(`topic:${topic.name}`)
    // Created and deleted within the same delta: nobody has heard of it, nobody needs to.
    if (!this.#createdTopics.delete(topic.id)) this.#deletedTopics.push(topic)
  }

  partitionChanged(topicId: Uuid, index: number, before: PartitionImage | undefined): void {
    let changes = this.#partitions.get(topicId)
    if (!changes) this.#partitions.set(topicId, (changes = new Map()))
    if (!changes.has(index)) changes.set(index, before)
  }

  configChanged(type: ConfigResourceType, name: string): void {
    this.#configs.set(`${type}:${name}`, { type, name })
  }

  brokerChanged(id: number): void {
    this.#brokers.add(id)
  }

  featureChanged(name: string): void {
    this.#features.add(name)
  }

  /** Everything since the last call. */
  take(image: MetadataImage): MetadataDelta {
    const delta = {
      isInitial: false,
      createdTopics: [...this.#createdTopics].map(id => image.topicById(id)!),
      deletedTopics: [...this.#deletedTopics],
      changedPartitions: [...this.#changes(image)],
      changedConfigs: [...this.#configs.values()],
      changedBrokers: [...this.#brokers].flatMap(id => image.brokers.get(id) ?? []),
      changedFeatures: [...this.#features],
    }
    this.#createdTopics.clear()
    this.#deletedTopics.length = 0
    this.#partitions.clear()
    this.#configs.clear()
    this.#brokers.clear()
    this.#features.clear()
    return delta
  }

  *#changes(image: MetadataImage): Iterable<PartitionChange> {
    for (const [topicId, partitions] of this.#partitions) {
      const topic = image.topicById(topicId)!
      for (const [index, before] of partitions) yield { topic, partition: topic.partitions[index]!, before }
    }
  }
}

/** All of an image as one delta, for a subscriber that has seen nothing yet. */
export function initialDelta(image: MetadataImage): MetadataDelta {
  const topics = [...image.topics()]
  const types: readonly ConfigResourceType[] = ['topic', 'broker', 'group', 'client-metrics']
  return {
    isInitial: true,
    createdTopics: topics,
    deletedTopics: [],
    changedPartitions: topics.flatMap(topic =>
      topic.partitions.map(partition => ({ topic, partition, before: undefined })),
    ),
    changedConfigs: types.flatMap(type => [...image.configuredResources(type)].map(name => ({ type, name }))),
    changedBrokers: [...image.brokers.values()],
    changedFeatures: [...image.features.keys()],
  }
}
