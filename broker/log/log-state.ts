// The numbers and tables of an open log, and what one batch changes in them.
//
// Invariant: segments, recent batches, producers and epochs all reflect the log up to `nextOffset`; what is shown goes by
// `logEndOffset`, which follows when the bytes are written. logStartOffset <= logEndOffset <= nextOffset.
// Source: Kafka 4.3.0's UnifiedLog.

import {
  baseOffsetOf,
  batchSizeOf,
  isControlBatch,
  isTransactional,
  lastOffsetOf,
  magicOf,
  partitionLeaderEpochOf,
  producerEpochOf,
  producerIdOf,
} from '../../protocol/records/batch-header.ts'
import type { Offset } from '../../protocol/types.ts'
import type { LogConfig } from '../config/log-config.ts'
import { maxTimestampOfAny } from './batch-scanner.ts'
import type { LeaderEpochCache } from './leader-epoch-cache.ts'
import type { LoadedLog } from './log-loader.ts'
import type { LogSegments } from './log-segments.ts'
import { producerBatchAt } from './producer-rebuild.ts'
import type { ProducerSnapshots } from './producer-snapshots.ts'
import type { ProducerState } from './producer-state.ts'
import { RecentBatches } from './recent-batches.ts'
import { completeTransaction } from './segment-recovery.ts'
import { readTransactionMarker } from './transaction-marker.ts'

export class LogState {
  /** For messages: `topic-3`. */
  readonly name: string
  readonly segments: LogSegments
  readonly snapshots: ProducerSnapshots
  producers: ProducerState
  readonly epochs: LeaderEpochCache
  readonly recent = new RecentBatches()
  config: LogConfig
  logStartOffset: Offset
  nextOffset: Offset
  logEndOffset: Offset
  /** Something was appended, rolled or cut since the log was opened, or by opening it. */
  isChanged: boolean
  #highWatermark: Offset | undefined

  constructor(name: string, config: LogConfig, loaded: LoadedLog, epochs: LeaderEpochCache) {
    this.name = name
    this.config = config
    this.segments = loaded.segments
    this.snapshots = loaded.snapshots
    this.producers = loaded.producers
    this.epochs = epochs
    this.logStartOffset = loaded.logStartOffset
    this.nextOffset = loaded.nextOffset
    this.logEndOffset = loaded.nextOffset
    // What recovery wrote is not synced yet: the next clean stop says that it is.
    this.isChanged = loaded.namesChanged
  }

  /** As set, or the log end offset when nobody ever sets it. */
  get highWatermark(): Offset {
    return this.#highWatermark ?? this.logEndOffset
  }

  /** Never outside of the log. */
  set highWatermark(offset: Offset) {
    this.#highWatermark = Math.min(Math.max(offset, this.logStartOffset), this.logEndOffset)
    this.producers.onHighWatermark(this.#highWatermark)
  }

  /** Where the first transaction begins whose outcome is not known below the high watermark; otherwise the high watermark. */
  get lastStableOffset(): Offset {
    const unstable = this.producers.firstUnstableOffset
    if (unstable === undefined) return this.highWatermark
    return Math.min(this.highWatermark, Math.max(unstable, this.logStartOffset))
  }

  /** Adds the batch at a position, checked and stamped, to the active segment. */
  add(bytes: Buffer, at: number): void {
    const segment = this.segments.active
    const [baseOffset, lastOffset, size] = [baseOffsetOf(bytes, at), lastOffsetOf(bytes, at), batchSizeOf(bytes, at)]
    const isCurrent = magicOf(bytes, at) === 2
    if (isCurrent) this.epochs.assign(partitionLeaderEpochOf(bytes, at), baseOffset)
    // Old formats know no epochs: what is known of them would be wrong from here on.
    else this.epochs.clear()
    const position = segment.add(lastOffset, size, maxTimestampOfAny(bytes, at))
    this.recent.add(segment, position, size, baseOffset, lastOffset)
    if (isCurrent && producerIdOf(bytes, at) >= 0) this.#addProducer(bytes, at)
    this.producers.endOffset = lastOffset + 1
    this.nextOffset = lastOffset + 1
    this.isChanged = true
  }

  #addProducer(bytes: Buffer, at: number): void {
    const { producers } = this
    const isMarker = isControlBatch(bytes, at)
    if (isTransactional(bytes, at)) {
      producers.verifications.noteAppended(producerIdOf(bytes, at), producerEpochOf(bytes, at), isMarker)
    }
    if (!isMarker) {
      const [baseOffset, lastOffset] = [baseOffsetOf(bytes, at), lastOffsetOf(bytes, at)]
      producers.addData(producerBatchAt(bytes, at), baseOffset, lastOffset, maxTimestampOfAny(bytes, at))
      return
    }
    const found = readTransactionMarker(bytes.subarray(at, at + batchSizeOf(bytes, at)))
    const completed = found && producers.addMarker(found.marker, found.offset, found.timestamp)
    if (completed) completeTransaction(producers, this.segments.active, completed)
  }

  /** Everything below is written. */
  noteWritten(nextOffset: Offset): void {
    this.logEndOffset = nextOffset
    if (this.#highWatermark === undefined) this.producers.onHighWatermark(nextOffset)
  }

  moveLogStart(offset: Offset): void {
    if (offset <= this.logStartOffset) return
    this.logStartOffset = offset
    this.epochs.truncateFromStart(offset)
    this.producers.onLogStart(offset)
    this.snapshots.lastOffset = this.snapshots.latest ?? offset
  }

  /**
   * The log takes the place of another one that holds the same records. What the other knows and the records do not tell goes with
   * it: producers whose records are gone, verifications under way, epochs in which nothing was written.
   */
  succeed(other: LogState): void {
    if (this.nextOffset !== other.nextOffset) throw new Error(`${this.name}: the logs end at different offsets`)
    this.moveLogStart(other.logStartOffset)
    this.producers = other.producers
    this.epochs.replace(other.epochs.entries)
    this.epochs.truncateFromStart(this.logStartOffset)
    this.highWatermark = other.highWatermark
    this.isChanged = true
  }

  /** The log was cut and ends here; all of it is written. */
  endAt(offset: Offset): void {
    this.recent.clear()
    this.logStartOffset = Math.min(this.logStartOffset, offset)
    this.nextOffset = offset
    this.logEndOffset = offset
    this.isChanged = true
    if (this.#highWatermark !== undefined) this.highWatermark = this.#highWatermark
  }
}
