// All that is known of one partition, and the invariants that it is held against: what was sent, promised and shown.
// One object for each partition of each topic id.

import { AcknowledgedRecordsSurvive, type StoredLog } from './acknowledged-records-survive.ts'
import { coversTheLog, offsetsWithoutGaps } from './offsets-without-gaps.ts'
import { type Positions, PositionsMoveForward } from './positions-move-forward.ts'
import { ReadsEqualWrites } from './reads-equal-writes.ts'
import { RecordsNeverChange } from './records-never-change.ts'
import { sequencesInOrder } from './sequences-in-order.ts'
import { StableOffsetWaits } from './stable-offset-waits.ts'
import { batchName, type StoredBatch } from './stored-batch.ts'
import type { Violation } from './violation.ts'

/** `flushed`: what is acknowledged survives a loss of power. `written`: it survives the end of the process. */
export type Durability = 'flushed' | 'written'

/** What a partition says of itself when the broker serves it again. */
export interface Restart {
  readonly logEndOffset: number
  /** It was stopped and had time to write everything down. */
  readonly clean: boolean
}

export interface PartitionPromise {
  readonly durability: Durability
  /** Retention may delete the oldest records at any time. */
  readonly retention?: boolean
  /** Compaction takes records out of its batches: what is left is for LastValuesSurvive. */
  readonly compacted?: boolean
}

export class PartitionHistory {
  readonly place: string
  readonly durability: Durability
  readonly #never: RecordsNeverChange
  readonly #acknowledged: AcknowledgedRecordsSurvive
  readonly #writes: ReadsEqualWrites
  readonly #positions: PositionsMoveForward
  readonly #stable: StableOffsetWaits
  readonly #isCompacted: boolean
  acknowledgedCount = 0
  readCount = 0
  /** What survives a loss of power, as the broker said. */
  #flushedEnd = 0
  /** Nobody asked for more to be deleted. */
  #logStartMax: number
  #powerLost = false
  /** A producer of whom nothing is left may go on with any sequence. */
  #lossy = false

  constructor(place: string, { durability, retention = false, compacted = false }: PartitionPromise) {
    this.place = place
    this.durability = durability
    this.#isCompacted = compacted
    this.#logStartMax = retention ? Number.POSITIVE_INFINITY : 0
    this.#never = new RecordsNeverChange(place)
    this.#acknowledged = new AcknowledgedRecordsSurvive(place)
    this.#writes = new ReadsEqualWrites(place)
    this.#positions = new PositionsMoveForward(place)
    this.#stable = new StableOffsetWaits(place)
  }

  /** The marks that an answer to a request sent now may not fall behind. */
  get known(): Positions {
    return this.#positions.known
  }

  /** The power was lost and the broker has not shown the partition since: what an unflushed one has kept is not known. */
  get isUncertain(): boolean {
    return this.#powerLost && this.durability === 'written'
  }

  /** A loss of power took records, as it may: a producer of them finds its sequence cut. */
  get hasLost(): boolean {
    return this.#lossy
  }

  send(content: string): void {
    this.#writes.send(content)
  }

  /** Somebody asks for the records below to be deleted. */
  deleteBefore(offset: number): void {
    this.#logStartMax = Math.max(this.#logStartMax, offset)
  }

  /** A producer was told where its batch stands. */
  acknowledge(batch: StoredBatch): Violation[] {
    this.acknowledgedCount += batch.lastOffset - batch.firstOffset + 1
    this.#acknowledged.promise(batch)
    return [...this.#compare(batch), ...this.#positions.see({ logEndOffset: batch.lastOffset + 1 }, nothingKnown)]
  }

  /** A consumer was shown these, in a row, when it asked for `fetchOffset`. */
  read(batches: readonly StoredBatch[], fetchOffset: number, highWatermark: number): Violation[] {
    this.readCount += batches.length
    for (const batch of batches) this.#acknowledged.promise(batch)
    const above = batches.filter(batch => batch.lastOffset >= highWatermark)
    return [
      ...(this.#isCompacted ? [] : offsetsWithoutGaps(this.place, batches, fetchOffset)),
      ...batches.flatMap(batch => this.#compare(batch)),
      ...above.map(batch => {
        return { name: 'uncommittedRead', what: `${this.place}: ${batchName(batch)}, high watermark ${highWatermark}` }
      }),
    ]
  }

  /** What the broker says of its marks, see PositionsMoveForward. */
  see(found: Partial<Positions>, atLeast?: Positions): Violation[] {
    const { logStartOffset = 0 } = found
    const violations = this.#positions.see(found, atLeast)
    if (logStartOffset <= this.#logStartMax) return violations
    const what = `${this.place} starts at ${logStartOffset}, nobody deleted more than up to ${this.#logStartMax}`
    return [...violations, { name: 'logStartTooHigh', what }]
  }

  /** The broker says that everything below survives a loss of power. */
  seeFlushed(offset: number): void {
    this.#flushedEnd = Math.max(this.#flushedEnd, offset)
  }

  powerLost(): void {
    this.#powerLost = true
  }

  /** The broker serves the partition again: what was promised must still be there, before anybody writes more. */
  restart({ logEndOffset, clean }: Restart): Violation[] {
    if (!clean) this.#positions.forgetLogStart()
    if (this.isUncertain) this.#forgetFrom(logEndOffset)
    this.#powerLost = false
    const violations = [...this.#acknowledged.checkEnd(logEndOffset), ...this.see({ logEndOffset })]
    if (logEndOffset >= this.#flushedEnd) return violations
    const what = `${this.place} ends at ${logEndOffset}, everything below ${this.#flushedEnd} had been flushed`
    return [...violations, { name: 'flushedRecordsLost', what }]
  }

  /** Both at one moment, see StableOffsetWaits. Not for partitions that may lose records with the power. */
  seeStable(lastStableOffset: number, highWatermark: number): Violation[] {
    return this.#stable.see(lastStableOffset, highWatermark)
  }

  /** All of the partition, read from start to end while nobody wrote. */
  checkLog(log: StoredLog): Violation[] {
    const { place } = this
    if (this.#isCompacted) return this.#acknowledged.checkEnd(log.endOffset)
    return [
      ...coversTheLog(place, log),
      ...log.batches.flatMap(batch => this.#compare(batch)),
      ...this.#acknowledged.checkLog(log),
      ...this.#acknowledged.checkEnd(log.endOffset),
      ...sequencesInOrder(place, log.batches, { fromTheStart: log.startOffset === 0 && !this.#lossy }),
      ...this.#stable.checkLog(log.batches, { atRest: true }),
    ]
  }

  /** With what was sent, and with what was seen before. */
  #compare(batch: StoredBatch): Violation[] {
    if (this.#isCompacted) return []
    // Nobody sends markers: the broker makes them.
    if (batch.transaction?.step === 'marker') return this.#never.see(batch)
    return [...this.#never.see(batch), ...this.#writes.read(batch, this.known.logStartOffset)]
  }

  /** A loss of power took what lay from here on, which nobody had promised to keep. */
  #forgetFrom(offset: number): void {
    if (offset < this.known.logEndOffset) this.#lossy = true
    this.#never.forgetFrom(offset)
    this.#acknowledged.forgetFrom(offset)
    this.#writes.forgetFrom(offset)
    this.#positions.forgetFrom(offset)
  }
}

const nothingKnown: Positions = { logStartOffset: 0, highWatermark: 0, logEndOffset: 0 }
