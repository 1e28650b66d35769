// A partition in memory, for tests: what was appended is written and committed when the test says so, and what was not
// written is lost in a crash.

import { errors, type ProtocolError } from '../../../protocol/errors.ts'
import {
  batchSizeOf,
  isControlBatch,
  lastOffsetDeltaOf,
  lastOffsetOf,
  setBaseOffset,
  setPartitionLeaderEpoch,
} from '../../../protocol/records/batch-header.ts'
import { batches } from '../../../protocol/records/batches.ts'
import type { RecordView } from '../../../protocol/records/record.ts'
import { records } from '../../../protocol/records/records.ts'
import type { Offset } from '../../../protocol/types.ts'
import type { CoordinatorAppend, CoordinatorLog } from '../runtime/coordinator-log.ts'

interface Wait {
  readonly offset: Offset
  readonly done: (error: ProtocolError) => void
}

export class MemoryLog implements CoordinatorLog {
  batchBytesMax = 1_048_588
  highWatermark: Offset = 0
  /** True: every append is committed at the end of the call that appended it. */
  autoCommit: boolean
  /** Set: the next appends are refused with it. */
  refusal: ProtocolError | undefined
  readonly logStartOffset: Offset = 0
  readonly batches: Buffer[]
  #waits: Wait[] = []

  /** `content`: batches that are in the log from the start, committed. */
  constructor(options: { autoCommit?: boolean; content?: readonly Buffer[] } = {}) {
    this.autoCommit = options.autoCommit ?? false
    this.batches = (options.content ?? []).flatMap(bytes => [...batches(bytes)])
    this.highWatermark = this.nextOffset
  }

  get nextOffset(): Offset {
    const last = this.batches.at(-1)
    return last === undefined ? this.logStartOffset : lastOffsetOf(last) + 1
  }

  append(batch: Buffer): CoordinatorAppend {
    if (this.refusal !== undefined) return { ok: false, error: this.refusal }
    if (batchSizeOf(batch) > this.batchBytesMax) return { ok: false, error: errors.MESSAGE_TOO_LARGE }
    const baseOffset = this.nextOffset
    setBaseOffset(batch, 0, baseOffset)
    setPartitionLeaderEpoch(batch, 0, 0)
    this.batches.push(batch)
    if (this.autoCommit) this.highWatermark = this.nextOffset
    return { ok: true, baseOffset, lastOffset: baseOffset + lastOffsetDeltaOf(batch) }
  }

  whenCommitted(offset: Offset, done: (error: ProtocolError) => void): void {
    if (offset < this.highWatermark) done(errors.NONE)
    else this.#waits.push({ offset, done })
  }

  async readBytes(offset: Offset, maxBytes: number): Promise<Buffer> {
    const read: Buffer[] = []
    let bytes = 0
    for (const batch of this.batches) {
      if (lastOffsetOf(batch) < offset) continue
      if (read.length > 0 && bytes + batch.length > maxBytes) break
      read.push(batch)
      bytes += batch.length
    }
    return Buffer.concat(read)
  }

  /** Everything appended so far is committed, or what lies below `offset`. */
  commit(offset: Offset = this.nextOffset): void {
    this.highWatermark = offset
    const waits = this.#waits
    this.#waits = waits.filter(wait => wait.offset >= offset)
    for (const wait of waits) if (wait.offset < offset) wait.done(errors.NONE)
  }

  /** Whoever waits learns that it will not be committed. */
  fail(error: ProtocolError): void {
    const waits = this.#waits
    this.#waits = []
    for (const wait of waits) wait.done(error)
  }

  /** The records of all batches that hold data. */
  records(): RecordView[] {
    return this.batches.filter(batch => !isControlBatch(batch)).flatMap(batch => [...records(batch)])
  }

  /** What a new process finds after a crash: what was committed. */
  crashed(): MemoryLog {
    return new MemoryLog({ content: this.batches.filter(batch => lastOffsetOf(batch) < this.highWatermark) })
  }
}
