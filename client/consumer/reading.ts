// The partitions that a consumer reads, and all that is needed for it: where each is, what is fetched, what waits to be delivered.

import type { TopicPartition } from '../../protocol/types.ts'
import { zeroUuid } from '../../protocol/wire/uuid.ts'
import { ClientError } from '../client-error.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { keyOf } from './asked-partition.ts'
import type { ConsumerEmitter } from './consumer-events.ts'
import type { FetchSettings } from './consumer-options.ts'
import { FetchBuffer } from './fetch-buffer.ts'
import { Fetcher } from './fetcher.ts'
import { PartitionState } from './partition-state.ts'
import { type FetchCommitted, PositionKeeper } from './position-keeper.ts'

export interface ReadingOptions {
  readonly cluster: Cluster
  readonly settings: FetchSettings
  readonly events: ConsumerEmitter
  readonly fetchCommitted: FetchCommitted | undefined
  /** An answer's memory is looked at by nobody any more. */
  readonly free?: ((memory: ArrayBufferLike) => void) | undefined
  /** Something is there to deliver, perhaps. */
  readonly ready: () => void
}

/** A partition to be read, and which time of owning it this is. */
export type PartitionToRead = TopicPartition & { readonly ownership?: number | undefined; readonly topicId?: string }

export class Reading {
  readonly buffer: FetchBuffer
  readonly fetcher: Fetcher
  readonly #states = new Map<string, PartitionState>()
  readonly #keeper: PositionKeeper
  readonly #cluster: Cluster
  readonly #maxBytes: number

  constructor(options: ReadingOptions) {
    const { cluster, settings, events, fetchCommitted, ready } = options
    this.#cluster = cluster
    this.#maxBytes = settings.maxPartitionBytes
    const buffer = new FetchBuffer(options.free, options.settings.reusesMemory)
    this.buffer = buffer
    const changed = () => this.fetcher.wake()
    const isRead = (state: PartitionState) => this.has(state)
    this.#keeper = new PositionKeeper({ cluster, settings, events, buffer, fetchCommitted, isRead, changed })
    const states = this.#states
    this.fetcher = new Fetcher({ cluster, settings, events, buffer, keeper: this.#keeper, states, ready })
  }

  get states(): PartitionState[] {
    return [...this.#states.values()]
  }

  has(state: PartitionState): boolean {
    return this.#states.get(keyOf(state)) === state
  }

  find(partition: TopicPartition): PartitionState | undefined {
    return this.#states.get(keyOf(partition))
  }

  /** The partition's state; throws NOT_ASSIGNED. */
  get(partition: TopicPartition): PartitionState {
    const state = this.find(partition)
    if (state !== undefined) return state
    throw new ClientError('NOT_ASSIGNED', 'this consumer does not read the partition', {
      ...place(partition),
      help: 'assign it, or subscribe and wait until it is assigned',
    })
  }

  /** Begins to read these, beside those that are read. */
  add(partitions: readonly PartitionToRead[]): void {
    for (const { topic, partition, ownership, topicId = zeroUuid } of partitions) {
      const old = this.find({ topic, partition })
      if (old !== undefined) this.#remove(old)
      this.#cluster.topics.add(topic)
      const state = new PartitionState({ topic, partition, topicId, ownership, maxBytes: this.#maxBytes })
      this.#states.set(keyOf(state), state)
    }
    if (partitions.some(({ topic }) => !this.#cluster.image.topics.has(topic))) this.#cluster.imageIsWrong()
    this.fetcher.wake()
  }

  /** Gives these up: nothing of them is delivered any more. */
  remove(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) {
      const state = this.find(partition)
      if (state !== undefined) this.#remove(state)
    }
    this.fetcher.wake()
  }

  /** What waits of the partition is given up, without moving. */
  drop(state: PartitionState): void {
    this.buffer.drop(state)
    state.rewind()
  }

  async close(): Promise<void> {
    this.#keeper.close()
    await this.fetcher.close()
  }

  #remove(state: PartitionState): void {
    this.buffer.drop(state)
    this.#states.delete(keyOf(state))
    this.#cluster.topics.remove(state.topic)
  }
}

function place({ topic, partition }: TopicPartition): TopicPartition {
  return { topic, partition }
}
