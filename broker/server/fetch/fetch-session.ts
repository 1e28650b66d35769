// A fetch session (KIP-227): the partitions that a client fetches again and again, so that requests name only what changed
// and answers only what is new. Source: Kafka 4.3.0's FetchSession.
//
// Invariant: the session's epoch is the one that the next request must carry; a request decided in between makes an older
// one's answer INVALID_FETCH_SESSION_EPOCH.

import type { LeaderEpoch, Offset } from '../../../protocol/types.ts'
import type { Uuid } from '../../../protocol/wire/uuid.ts'

/** What a client wants of one partition. */
export interface PartitionFetch {
  /** Undefined while nobody knows a topic with the id. */
  readonly topic: string | undefined
  /** Zero in versions that name topics. */
  readonly topicId: Uuid
  readonly index: number
  readonly fetchOffset: Offset
  /** -1: the client does not say. */
  readonly currentLeaderEpoch: LeaderEpoch
  readonly lastFetchedEpoch: LeaderEpoch
  readonly maxBytes: number
}

/** What the answer says about a partition, as far as sessions look at it. */
export interface PartitionAnswered {
  readonly bytes: number
  readonly errorCode: number
  readonly highWatermark: Offset
  readonly logStartOffset: Offset
  readonly divergingEpoch?: object | undefined
}

/** A partition of a session, with what the client was last told of it. */
export class CachedPartition implements PartitionFetch {
  readonly key: string
  readonly topicId: Uuid
  readonly index: number
  topic: string | undefined
  fetchOffset: Offset
  currentLeaderEpoch: LeaderEpoch
  lastFetchedEpoch: LeaderEpoch
  maxBytes: number
  #highWatermark: Offset = -1
  #logStartOffset: Offset = -1

  constructor(key: string, fetch: PartitionFetch) {
    this.key = key
    this.topicId = fetch.topicId
    this.index = fetch.index
    this.topic = fetch.topic
    this.fetchOffset = fetch.fetchOffset
    this.currentLeaderEpoch = fetch.currentLeaderEpoch
    this.lastFetchedEpoch = fetch.lastFetchedEpoch
    this.maxBytes = fetch.maxBytes
  }

  update(fetch: PartitionFetch): void {
    this.fetchOffset = fetch.fetchOffset
    this.currentLeaderEpoch = fetch.currentLeaderEpoch
    this.lastFetchedEpoch = fetch.lastFetchedEpoch
    this.maxBytes = fetch.maxBytes
  }

  /** Remembers what the client is told now; answers whether there is anything to tell. */
  tell(answered: PartitionAnswered): boolean {
    const { highWatermark, logStartOffset, errorCode } = answered
    const isNews =
      answered.bytes > 0 ||
      highWatermark !== this.#highWatermark ||
      logStartOffset !== this.#logStartOffset ||
      errorCode !== 0 ||
      answered.divergingEpoch !== undefined
    // After an error the partition is told anew, even if nothing but the error has gone.
    this.#highWatermark = errorCode === 0 ? highWatermark : -1
    this.#logStartOffset = logStartOffset
    return isNews
  }
}

export interface FetchSessionOptions {
  readonly id: number
  /** Of a follower: it is evicted last. */
  readonly isPrivileged: boolean
  readonly usesTopicIds: boolean
  readonly nowMs: number
}

const keyOf = ({ topic, topicId, index }: PartitionFetch, usesTopicIds: boolean): string =>
  `${usesTopicIds ? topicId : topic}:${index}`

export class FetchSession {
  readonly id: number
  readonly isPrivileged: boolean
  readonly usesTopicIds: boolean
  readonly createdMs: number
  lastUsedMs: number
  /** Which the next request must carry. */
  epoch = 1
  /** In the order in which they are served: those that had data go to the end. */
  readonly #partitions = new Map<string, CachedPartition>()

  constructor(options: FetchSessionOptions) {
    this.id = options.id
    this.isPrivileged = options.isPrivileged
    this.usesTopicIds = options.usesTopicIds
    this.createdMs = options.nowMs
    this.lastUsedMs = options.nowMs
  }

  get size(): number {
    return this.#partitions.size
  }

  partitions(): Iterable<CachedPartition> {
    return this.#partitions.values()
  }

  /** Adds a partition, or changes what is wanted of it. */
  put(fetch: PartitionFetch): CachedPartition {
    const key = keyOf(fetch, this.usesTopicIds)
    const known = this.#partitions.get(key)
    if (known !== undefined) {
      known.update(fetch)
      return known
    }
    const added = new CachedPartition(key, fetch)
    this.#partitions.set(key, added)
    return added
  }

  forget(fetch: PartitionFetch): void {
    this.#partitions.delete(keyOf(fetch, this.usesTopicIds))
  }

  /** Whether the partition is still part of the session. */
  has(partition: CachedPartition): boolean {
    return this.#partitions.get(partition.key) === partition
  }

  /** It had data: the others come first next time, so that none starves when an answer cannot hold all. */
  moveToEnd(partition: CachedPartition): void {
    this.#partitions.delete(partition.key)
    this.#partitions.set(partition.key, partition)
  }

  advanceEpoch(): void {
    this.epoch = nextEpoch(this.epoch)
  }
}

/** After the largest int32 comes 1: 0 opens a session, -1 closes it. */
export const nextEpoch = (epoch: number): number => (epoch < 0 ? -1 : epoch === 0x7fff_ffff ? 1 : epoch + 1)
