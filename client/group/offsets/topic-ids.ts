// OffsetCommit and OffsetFetch name topics by id from version 10 on; where an id is not known, the version before has to do.

import type { VersionRange } from '../../../protocol/wire/schema.ts'
import { type Uuid, zeroUuid } from '../../../protocol/wire/uuid.ts'
import type { ClusterImage } from '../../cluster/cluster-image.ts'

/** OffsetCommit and OffsetFetch: version from which topics have ids in place of names. */
export const topicIdsSince = 10

export class TopicIds {
  readonly #idOf = new Map<string, Uuid>()
  readonly #nameOf = new Map<Uuid, string>()
  readonly areAllKnown: boolean

  constructor(image: ClusterImage, topics: Iterable<string>) {
    let areAllKnown = true
    for (const topic of topics) {
      const topicId = image.topics.get(topic)?.topicId ?? zeroUuid
      if (topicId === zeroUuid) areAllKnown = false
      this.#idOf.set(topic, topicId)
      this.#nameOf.set(topicId, topic)
    }
    this.areAllKnown = areAllKnown
  }

  /** Versions from `first` on that can be sent. */
  versions(first: number): VersionRange {
    return [first, this.areAllKnown ? topicIdsSince : topicIdsSince - 1]
  }

  idOf(topic: string): Uuid {
    return this.#idOf.get(topic)!
  }

  /** The topic that an answer speaks of, by name or by id; undefined when it was not asked for. */
  nameOf(answered: { readonly name: string; readonly topicId: Uuid }): string | undefined {
    return answered.name === '' ? this.#nameOf.get(answered.topicId) : answered.name
  }
}
