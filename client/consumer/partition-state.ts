// One assigned partition: where its reading is, and what must happen before it can go on.
//
// Three offsets, in this order: `processed` (what may be committed) <= `delivered` (the next record that the application is given)
// <= `fetchOffset` (the next one to ask the broker for); between the last two lies what is buffered.
// States: starting (the committed offset is not known yet) -> resetting (no offset: ask ListOffsets) -> fetching; validating (the
// leader has changed: does it still have what was read? KIP-320) -> fetching; failed (an error waits to be delivered).
// Invariant: `generation` changes whenever reading goes on anywhere but where it was, and answers to questions that were asked in an
// older one are dropped.
// Source: SubscriptionState.TopicPartitionState, Kafka 4.3.0.

import type { Uuid } from '../../protocol/wire/uuid.ts'
import type { PartitionMarks } from './consumer-batch.ts'
import type { ResetPolicy } from './reset-policy.ts'

export type ReadingState = 'starting' | 'resetting' | 'validating' | 'fetching' | 'failed'

export interface PartitionStateOptions {
  readonly topic: string
  readonly partition: number
  readonly topicId: Uuid
  /** See OwnedPartition (client/group). */
  readonly ownership?: number | undefined
  readonly maxBytes: number
}

/** Before anything was fetched. */
const noMarks: PartitionMarks = { highWatermark: -1, lastStableOffset: -1, logStartOffset: -1 }

export class PartitionState {
  readonly topic: string
  readonly partition: number
  readonly ownership: number | undefined
  topicId: Uuid
  state: ReadingState = 'starting'
  generation = 0
  /** Counts the jumps: what was handed out before one is nothing to commit after it. */
  jumps = 0
  fetchOffset = -1
  /** Leader epoch of the record before `fetchOffset`, -1 when not known. */
  fetchEpoch = -1
  delivered = -1
  deliveredEpoch = -1
  processed = -1
  processedEpoch = -1
  /** Behind the last record that was delivered: what lies between there and `delivered` holds nothing to process. */
  #recordsEnd = -1
  /** Of the leader as it is known now, -1 when the broker does not say. */
  leaderEpoch = -1
  isPaused = false
  /** Until the next record is due (retry topics). */
  isHeld = false
  /** Being revoked: nothing more is delivered or fetched. */
  isDraining = false
  /** What to ask for at most: grows when a batch is larger. */
  maxBytes: number
  bufferedBytes = 0
  /** Batches, and errors, that wait to be delivered. */
  bufferedCount = 0
  marks = noMarks
  /** Where the leader says to read instead (KIP-392), and until when, by the monotonic clock. */
  preferredReplica = -1
  preferredUntilMs = 0
  /** The replica that is read from while the broker to be asked owes an answer (hedger.ts); -1: none. */
  standIn = -1
  /** Nothing is asked about it before, by the monotonic clock: it failed a moment ago. */
  waitsUntilMs = Number.NEGATIVE_INFINITY
  failures = 0
  /** Why it waits, in words; for explain(). */
  trouble: string | undefined
  /** A question about its offset is under way. */
  isAsked = false
  /** Where a reset goes, when not where the consumer's policy says. */
  resetTo: ResetPolicy | undefined
  /** The offset at which a batch failed its checksum once. */
  suspectOffset = -1

  constructor(options: PartitionStateOptions) {
    this.topic = options.topic
    this.partition = options.partition
    this.topicId = options.topicId
    this.ownership = options.ownership
    this.maxBytes = options.maxBytes
  }

  get isFetchable(): boolean {
    return this.state === 'fetching' && this.isDeliverable
  }

  get isDeliverable(): boolean {
    return !this.isPaused && !this.isHeld && !this.isDraining
  }

  /** Records there are to read beyond what was delivered; undefined before the first answer. */
  lag(readsCommitted: boolean): number | undefined {
    const end = endOf(this.marks, readsCommitted)
    return end < 0 || this.delivered < 0 ? undefined : Math.max(0, end - this.delivered)
  }

  /** Reading goes on at the offset. With an epoch, and another leader since, that is looked at first. */
  seek(offset: number, epoch = -1): void {
    this.jumps += 1
    this.#move(offset, epoch)
    this.processed = offset
    this.processedEpoch = epoch
    this.state = epoch >= 0 ? 'validating' : 'fetching'
  }

  /** The offset is looked up. Where to: the consumer's policy when left out. */
  reset(to?: ResetPolicy): void {
    this.generation += 1
    this.jumps += 1
    this.resetTo = to
    this.state = 'resetting'
  }

  /** The new leader has it all. */
  validated(): void {
    if (this.state === 'validating') this.state = 'fetching'
    this.trouble = undefined
  }

  /** An error waits to be delivered; then reading goes on where it was. */
  fail(): void {
    this.state = 'failed'
  }

  recover(): void {
    if (this.state === 'failed') this.state = this.fetchOffset < 0 ? 'starting' : 'fetching'
  }

  /** What is buffered was given up: it will be asked for again. */
  rewind(): void {
    if (this.delivered >= 0) this.#move(this.delivered, this.deliveredEpoch)
  }

  fetched(nextOffset: number, nextEpoch: number, marks: PartitionMarks): void {
    this.fetchOffset = nextOffset
    this.fetchEpoch = nextEpoch
    this.marks = marks
    this.failures = 0
    this.trouble = undefined
  }

  /** Records up to there are the application's now. */
  noteDelivered(nextOffset: number, epoch: number): void {
    this.delivered = nextOffset
    this.deliveredEpoch = epoch
    this.#recordsEnd = nextOffset
  }

  /** Up to there is nothing to show: control batches, aborted transactions, what was skipped. */
  notePassed(nextOffset: number, epoch: number): void {
    this.delivered = nextOffset
    this.deliveredEpoch = epoch
    if (this.processed >= this.#recordsEnd) this.noteProcessed(nextOffset, epoch)
  }

  /** Behind the last record of all, what follows without any record counts as processed with it. */
  noteProcessed(nextOffset: number, epoch: number): void {
    if (nextOffset <= this.processed) return
    const isAll = nextOffset >= this.#recordsEnd
    this.processed = isAll ? Math.max(nextOffset, this.delivered) : nextOffset
    this.processedEpoch = isAll ? this.deliveredEpoch : epoch
  }

  /** The leader's epoch as the image has it. A newer one means: look whether it has what was read (KIP-320). */
  noteLeaderEpoch(leaderEpoch: number): void {
    if (leaderEpoch <= this.leaderEpoch) return
    const isFirst = this.leaderEpoch < 0
    this.leaderEpoch = leaderEpoch
    this.standIn = -1
    this.waitsUntilMs = Number.NEGATIVE_INFINITY
    if (!isFirst && this.state === 'fetching' && this.fetchEpoch >= 0) {
      this.state = 'validating'
    }
  }

  #move(offset: number, epoch: number): void {
    this.generation += 1
    this.fetchOffset = offset
    this.fetchEpoch = epoch
    this.noteDelivered(offset, epoch)
    this.resetTo = undefined
    this.waitsUntilMs = Number.NEGATIVE_INFINITY
    this.trouble = undefined
  }
}

/** Where a reader has read all there is: the last stable offset for committed records, otherwise the high watermark. */
export function endOf(marks: PartitionMarks, readsCommitted: boolean): number {
  return readsCommitted && marks.lastStableOffset >= 0 ? marks.lastStableOffset : marks.highWatermark
}
