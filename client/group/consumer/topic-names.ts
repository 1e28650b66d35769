// Names of topics of which the consumer protocol tells only the ids: from the cluster's image, or asked for by id.

import { errors } from '../../../protocol/errors.ts'
import { metadata } from '../../../protocol/messages/metadata.ts'
import type { Uuid } from '../../../protocol/wire/uuid.ts'
import type { Cluster } from '../../cluster/cluster.ts'

/** Metadata: versions in which a topic can be asked for by its id. */
const byId = [12, 13] as const

export class TopicNames {
  readonly #cluster: Cluster
  readonly #known = new Map<Uuid, string>()

  constructor(cluster: Cluster) {
    this.#cluster = cluster
  }

  get(topicId: Uuid): string | undefined {
    return this.#known.get(topicId) ?? this.#cluster.image.topicNames.get(topicId)
  }

  /** Asks for those; what does not exist (yet) is left out. Rejects as `Cluster.askAny`. */
  async learn(topicIds: readonly Uuid[]): Promise<void> {
    const topics = topicIds.map(topicId => ({ topicId, name: null }))
    const answer = await this.#cluster.askAny(metadata, { topics, allowAutoTopicCreation: false }, { versions: byId })
    for (const { errorCode, topicId, name } of answer.topics) {
      if (errorCode === errors.NONE.code && name !== null) this.#known.set(topicId, name)
    }
  }

  /** The others are forgotten: a topic that is held stays known also when the image has a newer one of its name. */
  retain(topicIds: ReadonlySet<Uuid>): void {
    for (const topicId of topicIds) {
      const name = this.get(topicId)
      if (name !== undefined) this.#known.set(topicId, name)
    }
    for (const topicId of this.#known.keys()) if (!topicIds.has(topicId)) this.#known.delete(topicId)
  }
}
