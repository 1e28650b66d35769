// Appending: one synchronous decision per call, from the check of the bytes to their place in the queue.
//
// Nothing here waits. Refused bytes leave no trace; accepted ones have their offsets, their place in a segment and their
// effect on producers, epochs and indexes when `append` returns, and are written afterwards, in this order.
// Source: Kafka 4.3.0's UnifiedLog.append and roll. Different: producers are asked before a segment is rolled or an epoch
// noted, not after.

import type { World } from '../../io/world.ts'
import { errors } from '../../protocol/errors.ts'
import { baseOffsetOf, batchSizeOf, lastOffsetOf } from '../../protocol/records/batch-header.ts'
import type { Offset } from '../../protocol/types.ts'
import type { Int64 } from '../../protocol/wire/int64.ts'
import type { AppendOptions, AppendOutcome, Refused } from './append-outcome.ts'
import {
  checkStampedBatches,
  type LeaderAppend,
  refuse,
  type StampedBatch,
  stampAgain,
  stampBatch,
} from './append-rules.ts'
import { maxTimestampOfAny } from './batch-scanner.ts'
import type { LogDirectory } from './log-directory.ts'
import type { LogFlusher } from './log-flusher.ts'
import type { LogState } from './log-state.ts'
import { type LogWriter, queuedBytesMax } from './log-writer.ts'
import { checkProducer } from './producer-check.ts'
import { encodeProducerSnapshot } from './producer-snapshot.ts'
import type { PreparedBatch } from './recompressor.ts'
import { type IncomingBatches, rollJitterMs, shouldRoll } from './roll.ts'
import { LogSegment } from './segment.ts'
import type { SegmentHome } from './segment-home.ts'

export interface LogAppenderOptions {
  readonly state: LogState
  readonly writer: LogWriter
  readonly flusher: LogFlusher
  readonly directory: LogDirectory
  readonly home: SegmentHome
  readonly world: Pick<World, 'clock' | 'random'>
  /** Appended to also when the disk is nearly full. */
  readonly ignoresMinFreeBytes: boolean
}

export class LogAppender {
  readonly #options: LogAppenderOptions

  constructor(options: LogAppenderOptions) {
    this.#options = options
  }

  append(batches: Buffer, options: AppendOptions): AppendOutcome {
    const full = this.#checkRoom(batches.length)
    if (full) return full
    const { origin } = options
    return origin === 'client' || origin === 'coordinator'
      ? this.#appendAsLeader(batches, options)
      : this.#appendStamped(batches, options)
  }

  #checkRoom(bytes: number): Refused | undefined {
    const { directory, ignoresMinFreeBytes, writer, state } = this.#options
    if (directory.isFull && !ignoresMinFreeBytes) {
      const message = `cannot append to ${state.name}: ${directory.path} is full. Writes resume by themselves when there is space; reads go on; nothing acknowledged was lost.`
      return refuse(errors.KAFKA_STORAGE_ERROR, message)
    }
    const { queuedBytes } = writer
    if (queuedBytes === 0 || queuedBytes + bytes <= queuedBytesMax) return undefined
    const message = `${queuedBytes} bytes wait for the disk of ${state.name}, which is slower than its producers`
    return refuse(errors.REQUEST_TIMED_OUT, message)
  }

  #appendAsLeader(bytes: Buffer, options: AppendOptions): AppendOutcome {
    const { state, world } = this.#options
    const nowMs = world.clock.now()
    const { leaderEpoch, prepared } = options
    const config = prepared?.config ?? state.config
    const isClient = options.origin === 'client'
    const append = { config, nextOffset: state.nextOffset, leaderEpoch, isClient, nowMs }
    const stamped = prepared ? stampPrepared(prepared, append) : stampBatch(bytes, append)
    if (!stamped.ok) return stamped
    const { batch, maxTimestamp, logAppendTimeMs } = stamped
    const decided = this.#checkSegmentSize(batch) ?? checkProducer(state.producers, batch, options)
    if (decided) return decided
    const baseOffset = state.nextOffset
    this.#rollIfDue({ bytes: batch.length, lastOffset: lastOffsetOf(batch), maxTimestamp }, nowMs)
    this.#take(batch)
    return { ok: true, baseOffset, lastOffset: state.nextOffset - 1, logAppendTimeMs, duplicate: false }
  }

  #appendStamped(bytes: Buffer, options: AppendOptions): AppendOutcome {
    const { state, world } = this.#options
    const { leaderEpoch, origin } = options
    const isRaft = origin === 'raft'
    const batches = checkStampedBatches(bytes, { nextOffset: state.nextOffset, leaderEpoch, isRaft })
    if (!Buffer.isBuffer(batches)) return batches
    const baseOffset = batches.length === 0 ? state.nextOffset : baseOffsetOf(batches)
    if (batches.length > 0) {
      // What another replica has is taken whatever segment.bytes is now: it was taken when it was more.
      const tooLarge = isRaft ? this.#checkSegmentSize(batches) : undefined
      if (tooLarge) return tooLarge
      this.#rollIfDue(summaryOf(batches), world.clock.now(), baseOffset)
      this.#take(batches)
    }
    return { ok: true, baseOffset, lastOffset: state.nextOffset - 1, logAppendTimeMs: -1, duplicate: false }
  }

  /** Batches that another log of the partition has accepted already, and which follow what is here. */
  takeAccepted(batches: Buffer): void {
    this.#rollIfDue(summaryOf(batches), this.#options.world.clock.now(), baseOffsetOf(batches))
    this.#take(batches)
  }

  #checkSegmentSize(batches: Buffer): Refused | undefined {
    const { name, config } = this.#options.state
    if (batches.length <= config.segmentBytes) return undefined
    const message = `${batches.length} bytes are more than a segment of ${name} takes (segment.bytes ${config.segmentBytes})`
    return refuse(errors.RECORD_LIST_TOO_LARGE, message)
  }

  #take(batches: Buffer): void {
    const { state, writer } = this.#options
    for (let at = 0; at < batches.length; at += batchSizeOf(batches, at)) state.add(batches, at)
    writer.write(state.segments.active, batches, state.nextOffset)
  }

  #rollIfDue(incoming: IncomingBatches, nowMs: number, baseOffset = this.#options.state.nextOffset): void {
    const { segments, config } = this.#options.state
    const { active } = segments
    // An empty segment that "is full" (an index that can hold nothing) would be followed by the same one.
    if (active.sizeBytes === 0 && active.offsetIndex.canHold(incoming.lastOffset)) return
    if (shouldRoll(active, incoming, config, nowMs)) this.roll(baseOffset)
  }

  /**
   * Begins a new segment at the offset. What the producers are at this moment is what the batches before it made of them:
   * the snapshot of that is written when those batches are.
   */
  roll(baseOffset: Offset): void {
    const { state, writer, flusher, home, directory } = this.#options
    const old = state.segments.active
    old.seal()
    old.indexes.isActive = false
    state.producers.endOffset = baseOffset
    const snapshot = this.#snapshotAt(baseOffset)
    const segment = this.newSegment(baseOffset)
    state.segments.add(segment)
    state.isChanged = true
    old.settled = writer.task(async () => {
      if (directory.spaceAhead.noteDone(old)) await old.giveBackSpace()
      if (old.isCut) await directory.sync(() => old.sync())
      await old.indexes.store(false)
      if (snapshot) await state.snapshots.write(baseOffset, snapshot, false)
      await flusher.noteRolled(old, baseOffset)
      await segment.file.create()
      await segment.indexes.createFiles()
      flusher.noteNamesChanged()
    })
    const settled = () => {
      home.indexCache.touch(old.indexes)
      // In the background, so that recovery after a crash does not begin in the old segment. A failure shows in the directory.
      flusher.flushTo(baseOffset).catch(() => {})
    }
    old.settled.then(settled, () => {})
  }

  #snapshotAt(offset: Offset): Buffer | undefined {
    const { snapshots, producers } = this.#options.state
    if (offset <= snapshots.lastOffset) return undefined
    snapshots.noteTaken(offset)
    return encodeProducerSnapshot(producers.entries())
  }

  /** An empty active segment, whose files are to be created. */
  newSegment(baseOffset: Offset): LogSegment {
    const { home, world, state } = this.#options
    const segment = new LogSegment({
      home,
      baseOffset,
      createdMs: world.clock.now(),
      rollJitterMs: rollJitterMs(state.config, world.random.next()),
      indexIntervalBytes: state.config.indexIntervalBytes,
    })
    segment.beginAnew()
    segment.indexes.isActive = true
    return segment
  }
}

function stampPrepared({ outcome }: PreparedBatch, append: LeaderAppend): StampedBatch | Refused {
  return outcome.ok ? stampAgain(outcome, append) : outcome
}

function summaryOf(batches: Buffer): IncomingBatches {
  let lastOffset = -1
  let maxTimestamp: Int64 = -1
  for (let at = 0; at < batches.length; at += batchSizeOf(batches, at)) {
    lastOffset = lastOffsetOf(batches, at)
    const largest = maxTimestampOfAny(batches, at)
    if (largest > maxTimestamp) maxTimestamp = largest
  }
  return { bytes: batches.length, lastOffset, maxTimestamp }
}
