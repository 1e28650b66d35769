// The committed offsets of all groups of a partition of __consumer_offsets, and those that transactions have committed for
// groups but have not ended yet.
//
// Invariant: a group, or a topic of it, has an entry here only while it has offsets, or changes that may be undone.
// Source: Kafka 4.3.0's OffsetMetadataManager (Offsets, OpenTransactions).

import type { Int64 } from '../../../protocol/wire/int64.ts'
import type { Timeline } from '../runtime/timeline.ts'
import { TimelineMap } from '../runtime/timeline-map.ts'
import type { CommittedOffset, OffsetPlace } from './committed-offset.ts'

type OffsetsOfTopic = TimelineMap<number, CommittedOffset>
type OffsetsOfGroup = Map<string, OffsetsOfTopic>

/** What a transaction has committed for one place, until it ends. */
interface Pending {
  readonly place: OffsetPlace
  readonly committed: CommittedOffset
}

const keyOf = ({ group, topic, partition }: OffsetPlace): string => `${partition} ${topic} ${group}`

export class OffsetStore {
  readonly #timeline: Timeline
  readonly #groups = new Map<string, OffsetsOfGroup>()
  /** By producer, then by place. Values are replaced, not changed. */
  readonly #pending: TimelineMap<Int64, ReadonlyMap<string, Pending>>
  /** By place: the producers that have something pending there. */
  readonly #producers: TimelineMap<string, { readonly place: OffsetPlace; readonly ids: ReadonlySet<Int64> }>

  constructor(timeline: Timeline) {
    this.#timeline = timeline
    this.#pending = new TimelineMap(timeline)
    this.#producers = new TimelineMap(timeline)
  }

  get({ group, topic, partition }: OffsetPlace): CommittedOffset | undefined {
    return this.#groups.get(group)?.get(topic)?.get(partition)
  }

  getCommitted({ group, topic, partition }: OffsetPlace): CommittedOffset | undefined {
    return this.#groups.get(group)?.get(topic)?.getCommitted(partition)
  }

  /** All offsets of a group, topic by topic. */
  *of(group: string): Generator<[topic: string, offsets: [partition: number, CommittedOffset][]]> {
    for (const [topic, offsets] of this.#groups.get(group) ?? []) {
      if (offsets.size > 0) yield [topic, [...offsets.entries()]]
    }
  }

  /** The same, as of the last commit. */
  *committedOf(group: string): Generator<[topic: string, offsets: [partition: number, CommittedOffset][]]> {
    for (const [topic, offsets] of this.#groups.get(group) ?? []) {
      const committed = [...offsets.committedEntries()]
      if (committed.length > 0) yield [topic, committed]
    }
  }

  /** All there are, as of the last event. */
  get count(): number {
    let count = 0
    for (const topics of this.#groups.values()) for (const offsets of topics.values()) count += offsets.size
    return count
  }

  /** The offsets of one topic of a group. */
  ofTopic(group: string, topic: string): [partition: number, CommittedOffset][] {
    return [...(this.#groups.get(group)?.get(topic)?.entries() ?? [])]
  }

  /** Groups that have, or lately had, offsets. */
  groups(): Iterable<string> {
    return this.#groups.keys()
  }

  set(place: OffsetPlace, committed: CommittedOffset): void {
    const { group, topic, partition } = place
    let topics = this.#groups.get(group)
    if (topics === undefined) this.#groups.set(group, (topics = new Map()))
    let offsets = topics.get(topic)
    if (offsets === undefined) topics.set(topic, (offsets = new TimelineMap(this.#timeline)))
    offsets.set(partition, committed)
  }

  /** Also what transactions have pending there. */
  delete(place: OffsetPlace): void {
    this.#groups.get(place.group)?.get(place.topic)?.delete(place.partition)
    const key = keyOf(place)
    const producers = this.#producers.get(key)
    for (const producerId of producers?.ids ?? []) this.#forget(producerId, key)
    this.#producers.delete(key)
  }

  /** Whether a transaction under way has committed an offset there. */
  isPending(place: OffsetPlace): boolean {
    return this.#producers.has(keyOf(place))
  }

  /** Places of a group where transactions under way have committed offsets. */
  *pendingOf(group: string): Generator<OffsetPlace> {
    for (const place of this.pending()) if (place.group === group) yield place
  }

  *pending(): Generator<OffsetPlace> {
    for (const { place } of this.#producers.values()) yield place
  }

  /** A transaction's commit: it counts when the transaction does. */
  setPending(place: OffsetPlace, committed: CommittedOffset, producerId: Int64): void {
    const key = keyOf(place)
    this.#pending.set(producerId, new Map(this.#pending.get(producerId)).set(key, { place, committed }))
    const ids = new Set(this.#producers.get(key)?.ids).add(producerId)
    this.#producers.set(key, { place, ids })
  }

  /** The end of a producer's transaction. */
  endTransaction(producerId: Int64, isCommitted: boolean): void {
    const pending = this.#pending.get(producerId)
    if (pending === undefined) return
    this.#pending.delete(producerId)
    for (const [key, { place, committed }] of pending) {
      this.#release(producerId, key)
      const existing = this.get(place)
      // Of a commit inside and one outside of a transaction the one with the later record counts, in whatever order they
      // take effect: compaction keeps only that one.
      const isLater = existing === undefined || committed.recordOffset > existing.recordOffset
      if (isCommitted && isLater) this.set(place, committed)
    }
  }

  /** Drops entries of groups that have nothing left, not even something to undo. */
  sweep(): void {
    for (const [group, topics] of this.#groups) {
      for (const [topic, offsets] of topics) if (offsets.isBlank) topics.delete(topic)
      if (topics.size === 0) this.#groups.delete(group)
    }
  }

  #forget(producerId: Int64, key: string): void {
    const pending = new Map(this.#pending.get(producerId))
    pending.delete(key)
    if (pending.size > 0) this.#pending.set(producerId, pending)
    else this.#pending.delete(producerId)
  }

  #release(producerId: Int64, key: string): void {
    const producers = this.#producers.get(key)
    if (producers === undefined) return
    const ids = new Set(producers.ids)
    ids.delete(producerId)
    if (ids.size > 0) this.#producers.set(key, { place: producers.place, ids })
    else this.#producers.delete(key)
  }
}
