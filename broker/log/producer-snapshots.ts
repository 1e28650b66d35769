// The producer snapshots of a log: which there are, loading the latest one that is sound, taking and removing them.
//
// Invariant: a snapshot named after an offset holds what written batches below the offset made of the producers. One at or
// below the log start, or above the log end, says nothing any more and goes.
// Source: Kafka 4.3.0's ProducerStateManager (its files).

import type { Disk } from '../../io/disk.ts'
import type { Logger } from '../../io/logger.ts'
import type { Offset } from '../../protocol/types.ts'
import type { ProducerEntry } from './producer-entry.ts'
import { decodeProducerSnapshot, encodeProducerSnapshot, ProducerSnapshotError } from './producer-snapshot.ts'
import type { ProducerState } from './producer-state.ts'
import { deletedSuffix, offsetFileName, producerSnapshotSuffix } from './segment-files.ts'

export class ProducerSnapshots {
  readonly #disk: Disk
  readonly #logger: Logger
  readonly #directory: string
  /** Rising. */
  #offsets: Offset[]
  /** The last snapshot, or where the log begins when there is none: nothing is gained by another one there. */
  lastOffset: Offset = 0

  constructor(options: { disk: Disk; logger: Logger; directory: string; offsets: readonly Offset[] }) {
    this.#disk = options.disk
    this.#logger = options.logger
    this.#directory = options.directory
    this.#offsets = [...options.offsets].sort((a, b) => a - b)
  }

  get offsets(): readonly Offset[] {
    return this.#offsets
  }

  get latest(): Offset | undefined {
    return this.#offsets.at(-1)
  }

  pathOf(offset: Offset): string {
    return `${this.#directory}/${offsetFileName(offset, producerSnapshotSuffix)}`
  }

  /** Fills the state, which is empty, from the latest sound snapshot; damaged ones are removed. */
  async loadLatest(state: ProducerState, logStart: Offset, nowMs: number, expirationMs: number): Promise<void> {
    let entries: ProducerEntry[] | undefined
    while (this.latest !== undefined && !entries) entries = await this.#readOrRemove(this.latest)
    this.lastOffset = this.latest ?? logStart
    if (entries) state.load(entries, this.lastOffset, nowMs, expirationMs)
    else state.endOffset = logStart
  }

  async #readOrRemove(offset: Offset): Promise<ProducerEntry[] | undefined> {
    try {
      return decodeProducerSnapshot(await this.#disk.readFile(this.pathOf(offset)))
    } catch (error) {
      if (!(error instanceof ProducerSnapshotError)) throw error
      const path = this.pathOf(offset)
      this.#logger.warn({ path }, `producer snapshot ${path} is damaged (${error.message}) and is removed`)
      await this.remove([offset])
      return undefined
    }
  }

  /** Writes a snapshot of the state at its end offset, unless the last one is as new. `sync`: as far as the disk. */
  async take(state: ProducerState, sync: boolean): Promise<void> {
    if (state.endOffset <= this.lastOffset) return
    const bytes = encodeProducerSnapshot(state.entries())
    this.noteTaken(state.endOffset)
    await this.write(state.endOffset, bytes, sync)
  }

  /** A snapshot of this offset is going to be written. */
  noteTaken(offset: Offset): void {
    this.lastOffset = offset
    if (!this.#offsets.includes(offset)) this.#offsets = [...this.#offsets, offset].sort((a, b) => a - b)
  }

  /** Writes the file. Bears being repeated. */
  async write(offset: Offset, bytes: Buffer, sync: boolean): Promise<void> {
    const file = await this.#disk.open(this.pathOf(offset), 'create')
    try {
      await file.write([bytes], 0)
      await file.truncate(bytes.length)
      if (sync) await file.datasync()
    } finally {
      await file.close()
    }
  }

  /** Syncs the file of an offset, if there is one. */
  async sync(offset: Offset): Promise<void> {
    if (!this.#offsets.includes(offset)) return
    const file = await this.#disk.open(this.pathOf(offset), 'write')
    try {
      await file.datasync()
    } finally {
      await file.close()
    }
  }

  async remove(offsets: readonly Offset[]): Promise<void> {
    this.#forget(offsets)
    for (const offset of offsets) await this.#disk.remove(this.pathOf(offset))
  }

  /** Marks files for deletion; answers what they are called now. */
  async markDeleted(offsets: readonly Offset[]): Promise<string[]> {
    const known = offsets.filter(offset => this.#offsets.includes(offset))
    this.#forget(known)
    const renamed: string[] = []
    for (const offset of known) {
      const path = this.pathOf(offset)
      if (!(await this.#disk.stat(path))) continue
      await this.#disk.rename(path, path + deletedSuffix)
      renamed.push(path + deletedSuffix)
    }
    return renamed
  }

  #forget(offsets: readonly Offset[]): void {
    this.#offsets = this.#offsets.filter(offset => !offsets.includes(offset))
  }

  /** Removes those outside of the log: only such in (logStart, logEnd] stay. */
  async removeOutside(logStart: Offset, logEnd: Offset): Promise<void> {
    await this.remove(this.#offsets.filter(offset => offset > logEnd || offset <= logStart))
  }

  /**
   * Removes those that do not belong to a segment, except the largest one when it lies above all segments: a clean stop
   * wrote it.
   */
  async removeStrays(baseOffsets: readonly Offset[]): Promise<void> {
    const bases = new Set(baseOffsets)
    const strays = this.#offsets.filter(offset => !bases.has(offset))
    const largest = strays.at(-1)
    const keepsLargest = largest !== undefined && largest >= (baseOffsets.at(-1) ?? 0)
    await this.remove(keepsLargest ? strays.slice(0, -1) : strays)
  }
}
