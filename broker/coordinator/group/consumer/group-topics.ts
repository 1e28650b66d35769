// The topics of the cluster, as consumer groups look at them. Source: Kafka 4.3.0's CoordinatorMetadataImage, TopicIds.

import type { Uuid } from '../../../../protocol/wire/uuid.ts'
import type { MetadataImage, TopicImage } from '../../../metadata/metadata-image.ts'
import type { ConsumerGroup } from './consumer-group.ts'
import { type ConsumerMember, regexOf } from './consumer-member.ts'
import { groupHash, topicHash } from './topic-hash.ts'

/** What is needed of the metadata. */
export type TopicsImage = Pick<MetadataImage, 'offset' | 'topicByName' | 'topicById' | 'topics' | 'brokers'>

export class GroupTopics {
  readonly #image: () => TopicsImage
  readonly #hashes = new WeakMap<TopicImage, bigint>()
  /** Of the metadata when a topic was last created. */
  versionWithNewTopics = 0

  constructor(image: () => TopicsImage) {
    this.#image = image
  }

  /** Rises with every change of the metadata. */
  get version(): number {
    return this.#image().offset
  }

  idOf(name: string): Uuid | undefined {
    return this.#image().topicByName(name)?.id
  }

  nameOf(id: Uuid): string | undefined {
    return this.#image().topicById(id)?.name
  }

  partitionCount(id: Uuid): number | undefined {
    return this.#image().topicById(id)?.partitions.length
  }

  names(): string[] {
    return Array.from(this.#image().topics(), ({ name }) => name)
  }

  /** Of those that exist. */
  hashOf(topics: Iterable<string>): bigint {
    const hashes = new Map<string, bigint>()
    for (const name of topics) {
      const topic = this.#image().topicByName(name)
      if (topic !== undefined) hashes.set(name, this.#hashOf(topic))
    }
    return groupHash(hashes)
  }

  // An image of a topic never changes; racks of its brokers do, which Kafka, too, sees only when the topic changes.
  #hashOf(topic: TopicImage): bigint {
    const known = this.#hashes.get(topic)
    if (known !== undefined) return known
    const { brokers } = this.#image()
    const racks = topic.partitions.map(({ replicas }) => replicas.flatMap(id => brokers.get(id)?.rack ?? []))
    const hash = topicHash({ ...topic, racks })
    this.#hashes.set(topic, hash)
    return hash
  }
}

/** By name and by expression, whether they exist or not. An expression that is not resolved matches nothing. */
export function subscribedNames(group: ConsumerGroup, member: ConsumerMember): ReadonlySet<string> {
  const regex = regexOf(member)
  const matched = regex === undefined ? undefined : group.regexes.get(regex)?.topics
  if (matched === undefined || matched.size === 0) return member.subscribedTopics
  return new Set([...member.subscribedTopics, ...matched])
}
