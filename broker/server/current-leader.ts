// Who leads a partition instead of this broker, for the answers that tell it at once (Produce v10, Fetch v12 and v16; KIP-951).
// Source: KafkaApis.getCurrentLeader, Kafka 4.3.0.

import type { MetadataImage } from '../metadata/metadata-image.ts'
import { aliveNode, type Node } from './topic-view.ts'

export interface CurrentLeader {
  readonly leaderId: number
  readonly leaderEpoch: number
}

const none: readonly Node[] = []

/** Collects the endpoints of the leaders that one answer mentions. */
export class CurrentLeaders {
  readonly #image: MetadataImage
  readonly #listenerName: string
  /** Made by the first one: hardly any answer mentions a leader. */
  #endpoints: Map<number, Node> | undefined

  constructor(image: MetadataImage, listenerName: string) {
    this.#image = image
    this.#listenerName = listenerName
  }

  /** -1 for both when nobody knows. */
  of(topic: string, index: number): CurrentLeader {
    const partition = this.#image.topicByName(topic)?.partitions[index]
    if (partition === undefined) return { leaderId: -1, leaderEpoch: -1 }
    const node = aliveNode(this.#image, partition.leader, this.#listenerName)
    if (node !== undefined) {
      this.#endpoints ??= new Map()
      this.#endpoints.set(node.nodeId, node)
    }
    return { leaderId: partition.leader, leaderEpoch: partition.leaderEpoch }
  }

  get endpoints(): readonly Node[] {
    return this.#endpoints === undefined ? none : [...this.#endpoints.values()]
  }
}
