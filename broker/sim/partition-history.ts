// All that is known of one partition, and the invariants that it is held against: what was sent, promised and shown.
// One object for each partition of each topic id.

import { AcknowledgedRecordsSurvive, type StoredLog } from './acknowledged-records-survive.ts'
import { coversTheLog, offsetsWithoutGaps } from './offsets-without-gaps.ts'
import { type Positions, PositionsMoveForward } from './positions-move-forward.ts'
import { ReadsEqualWrites } from './reads-equal-writes.ts'
import { RecordsNeverChange } from './records-never-change.ts'
import { sequencesInOrder } from './sequences-in-order.ts'
import { batchName, type StoredBatch } from './stored-batch.ts'
import type { Violation } from './violation.ts'

/** `flushed`: what is acknowledged survives a loss of power. `written`: it survives the end of the process. */
export type Durability = 'flushed' | 'written'

export class PartitionHistory {
  readonly place: string
  readonly durability: Durability
  readonly #never: RecordsNeverChange
  readonly #acknowledged: AcknowledgedRecordsSurvive
  readonly #writes: ReadsEqualWrites
  readonly #positions: PositionsMoveForward
  acknowledgedCount = 0
  readCount = 0
  /** A producer of whom nothing is left may go on with any sequence. */
  #lossy = false

  constructor(place: string, durability: Durability) {
    this.place = place
    this.durability = durability
    this.#never = new RecordsNeverChange(place)
    this.#acknowledged = new AcknowledgedRecordsSurvive(place)
    this.#writes = new ReadsEqualWrites(place)
    this.#positions = new PositionsMoveForward(place)
  }

  /** The marks that an answer to a request sent now may not fall behind. */
  get known(): Positions {
    return this.#positions.known
  }

  send(content: string): void {
    this.#writes.send(content)
  }

  /** A producer was told where its batch stands. */
  acknowledge(batch: StoredBatch): Violation[] {
    const before = this.#acknowledged.promisedEnd
    this.acknowledgedCount += batch.lastOffset - batch.firstOffset + 1
    this.#acknowledged.promise(batch)
    const end = Math.max(before, batch.lastOffset + 1)
    return [
      ...this.#never.see(batch),
      ...this.#writes.read(batch),
      ...this.#positions.see({ logEndOffset: end }, nothingKnown),
    ]
  }

  /** A consumer was shown these, in a row, when it asked for `fetchOffset`. */
  read(batches: readonly StoredBatch[], fetchOffset: number, highWatermark: number): Violation[] {
    const above = batches.find(batch => batch.lastOffset >= highWatermark)
    this.readCount += batches.length
    for (const batch of batches) this.#acknowledged.promise(batch)
    return [
      ...offsetsWithoutGaps(this.place, batches, fetchOffset),
      ...batches.flatMap(batch => [...this.#never.see(batch), ...this.#writes.read(batch)]),
      ...(above
        ? [{ name: 'uncommittedRead', what: `${this.place}: ${batchName(above)}, high watermark ${highWatermark}` }]
        : []),
    ]
  }

  /** What the broker says of its marks, see PositionsMoveForward. */
  see(found: Partial<Positions>, atLeast?: Positions): Violation[] {
    return this.#positions.see(found, atLeast)
  }

  /** The partition after a start of the broker: all that was promised must still be below its end. */
  checkEnd(endOffset: number): Violation[] {
    return this.#acknowledged.checkEnd(endOffset)
  }

  /** All of the partition, read from start to end while nobody wrote. */
  checkLog(log: StoredLog): Violation[] {
    const { place } = this
    return [
      ...coversTheLog(place, log),
      ...log.batches.flatMap(batch => [...this.#never.see(batch), ...this.#writes.read(batch)]),
      ...this.#acknowledged.checkLog(log),
      ...this.#acknowledged.checkEnd(log.endOffset),
      ...sequencesInOrder(place, log.batches, { fromTheStart: log.startOffset === 0 && !this.#lossy }),
    ]
  }

  /** A loss of power took what lay from here on, which nobody had promised to keep. */
  forgetFrom(offset: number): void {
    this.#lossy = true
    this.#never.forgetFrom(offset)
    this.#acknowledged.forgetFrom(offset)
    this.#writes.forgetFrom(offset)
    this.#positions.forgetFrom(offset)
  }
}

const nothingKnown: Positions = { logStartOffset: 0, highWatermark: 0, logEndOffset: 0 }
