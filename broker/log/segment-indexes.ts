// The index files of one segment, and how much of them is in memory.
//
// The active segment's indexes can always take an entry; of inactive ones nothing need be in memory. What was added since the
// files were written stays until `store`.
// Source: Kafka 4.3.0's LazyIndex and LogSegment.

import { DiskError, type DiskFile } from '../../io/disk.ts'
import { int64At } from '../../protocol/records/int64-at.ts'
import type { Offset } from '../../protocol/types.ts'
import type { IndexEntries } from './index-entries.ts'
import type { IndexEnds } from './log-summary.ts'
import { OffsetIndex, offsetIndexEntryBytes } from './offset-index.ts'
import { offsetFileName, offsetIndexSuffix, timeIndexSuffix, transactionIndexSuffix } from './segment-files.ts'
import type { SegmentHome } from './segment-home.ts'
import { TimeIndex, type TimeIndexEntry, timeIndexEntryBytes } from './time-index.ts'
import {
  decodeTransactionIndex,
  encodeAbortedTransaction,
  TransactionIndex,
  transactionIndexEntryBytes,
} from './transaction-index.ts'

export class SegmentIndexes {
  readonly #home: SegmentHome
  readonly #baseOffset: Offset
  #offsets: OffsetIndex | undefined
  #times: TimeIndex | undefined
  #transactions: TransactionIndex | undefined
  /** Aborted transactions in the file. */
  #storedTransactions = 0
  #loading: Promise<void> | undefined
  /** Takes entries; never unloaded altogether. */
  isActive = false
  /** Being changed in several steps: stays as a whole. */
  isPinned = false
  /** Behind the names of the files, of a segment that is about to take others' place. */
  suffix = ''

  constructor(home: SegmentHome, baseOffset: Offset) {
    this.#home = home
    this.#baseOffset = baseOffset
  }

  get offsets(): OffsetIndex | undefined {
    return this.#offsets
  }

  get times(): TimeIndex | undefined {
    return this.#times
  }

  /** Undefined: there may be a file with aborted transactions that has not been read. */
  get transactions(): TransactionIndex | undefined {
    return this.#transactions
  }

  get isLoaded(): boolean {
    return (this.#offsets?.entries.isLoaded ?? false) && (this.#times?.entries.isLoaded ?? false)
  }

  get loadedBytes(): number {
    const transactionBytes = this.#mayForgetTransactions ? this.#storedTransactions * transactionIndexEntryBytes : 0
    return (this.#offsets?.entries.loadedBytes ?? 0) + (this.#times?.entries.loadedBytes ?? 0) + transactionBytes
  }

  get #mayForgetTransactions(): boolean {
    return !this.isActive && this.#transactions?.entries.length === this.#storedTransactions
  }

  /** They were used just now, and make others go where they need the room. */
  touch(): void {
    this.#home.indexCache.touch(this)
  }

  /** Begins anew, with nothing in the files worth keeping. */
  reset(): void {
    this.#offsets = new OffsetIndex(this.#baseOffset)
    this.#times = new TimeIndex(this.#baseOffset)
    this.#transactions = new TransactionIndex()
    this.#storedTransactions = 0
  }

  /** As `reset`, but the aborted transactions are known and stay; their file is about to be written anew. */
  keepTransactions(transactions: TransactionIndex): void {
    this.#transactions = transactions
  }

  /** Forgets the entries at and above an offset, in memory and in the files. Needs all of them in memory. */
  async truncateTo(offset: Offset): Promise<void> {
    this.#offsets!.truncateTo(offset)
    this.#times!.truncateTo(offset)
    this.#transactions!.truncateTo(offset)
    this.#storedTransactions = Math.min(this.#storedTransactions, this.#transactions!.entries.length)
    await this.#truncateFile(offsetIndexSuffix, this.#offsets!.entries.storedCount * offsetIndexEntryBytes)
    await this.#truncateFile(timeIndexSuffix, this.#times!.entries.storedCount * timeIndexEntryBytes)
    await this.#truncateFile(transactionIndexSuffix, this.#storedTransactions * transactionIndexEntryBytes)
  }

  async #truncateFile(suffix: string, length: number): Promise<void> {
    const file = await this.#openExisting(suffix, 'write')
    if (!file) return
    try {
      await file.truncate(Math.min(length, await file.size()))
    } finally {
      await file.close()
    }
  }

  /** The segment has no file of aborted transactions. */
  withoutTransactions(): void {
    this.#transactions = new TransactionIndex()
  }

  /** Reads the last entries alone: all that is needed to add more. Files that are missing hold none. */
  async loadEnds(): Promise<void> {
    const [offsets, times] = await Promise.all([
      this.#readEnd(offsetIndexSuffix, offsetIndexEntryBytes),
      this.#readEnd(timeIndexSuffix, timeIndexEntryBytes),
    ])
    this.#offsets = new OffsetIndex(this.#baseOffset, offsets.count, this.#lastOffsetEntry(offsets.last))
    this.#times = new TimeIndex(this.#baseOffset, times.count, this.#lastTimeEntry(times.last))
  }

  /** Takes the last entries as they were when the files were written. */
  restoreEnds(ends: IndexEnds): void {
    const { offsetCount, lastOffset, lastPosition, timeCount, lastTimestamp, lastTimestampOffset } = ends
    this.#offsets = new OffsetIndex(this.#baseOffset, offsetCount, { offset: lastOffset, position: lastPosition })
    this.#times = new TimeIndex(this.#baseOffset, timeCount, { timestamp: lastTimestamp, offset: lastTimestampOffset })
  }

  /** Bytes of the offset and the time index. */
  async readSizes(): Promise<{ readonly offsetBytes: number; readonly timeBytes: number }> {
    const sizeOf = async (suffix: string) => (await this.#home.disk.stat(this.#path(suffix)))?.sizeBytes ?? 0
    const [offsetCount, timeCount] = [this.#offsets?.entries.count, this.#times?.entries.count]
    return {
      offsetBytes: offsetCount === undefined ? await sizeOf(offsetIndexSuffix) : offsetCount * offsetIndexEntryBytes,
      timeBytes: timeCount === undefined ? await sizeOf(timeIndexSuffix) : timeCount * timeIndexEntryBytes,
    }
  }

  /** The last entry of the time index; undefined when it holds none. */
  async readLastTime(): Promise<TimeIndexEntry | undefined> {
    if (this.#times) return this.#times.last
    const { last } = await this.#readEnd(timeIndexSuffix, timeIndexEntryBytes)
    return this.#lastTimeEntry(last)
  }

  /** Reads the offset and time index as a whole, unless they are in memory. Throws IndexCorruptError. */
  async load(): Promise<void> {
    const { indexCache } = this.#home
    if (this.isLoaded) indexCache.hits += 1
    else {
      indexCache.misses += 1
      await (this.#loading ??= this.#load().finally(() => (this.#loading = undefined)))
    }
    this.touch()
  }

  /** Whether an offset can be looked up with what is in memory; otherwise `load` is needed. */
  canLookup(offset: Offset): boolean {
    const isThere = this.#offsets?.canLookup(offset) ?? false
    if (isThere) this.#home.indexCache.hits += 1
    return isThere
  }

  async #load(): Promise<void> {
    const [offsetFile, timeFile] = await Promise.all([this.#read(offsetIndexSuffix), this.#read(timeIndexSuffix)])
    const offsetCount = this.#offsets?.entries.storedCount ?? Math.floor(offsetFile.length / offsetIndexEntryBytes)
    const timeCount = this.#times?.entries.storedCount ?? Math.floor(timeFile.length / timeIndexEntryBytes)
    checkRising(this.#path(offsetIndexSuffix), offsetFile, offsetCount, offsetIndexEntryBytes, 0)
    checkRising(this.#path(timeIndexSuffix), timeFile, timeCount, timeIndexEntryBytes, 8)
    this.#offsets ??= new OffsetIndex(
      this.#baseOffset,
      offsetCount,
      this.#lastOffsetEntry(lastEntry(offsetFile, offsetCount, offsetIndexEntryBytes)),
    )
    this.#times ??= new TimeIndex(
      this.#baseOffset,
      timeCount,
      this.#lastTimeEntry(lastEntry(timeFile, timeCount, timeIndexEntryBytes)),
    )
    this.#offsets.entries.load(offsetFile)
    this.#times.entries.load(timeFile)
  }

  /** Reads the aborted transactions, unless they are in memory. Throws TransactionIndexError. */
  async loadTransactions(): Promise<TransactionIndex> {
    if (this.#transactions) return this.#transactions
    const file = await this.#read(transactionIndexSuffix)
    const read = decodeTransactionIndex(this.#baseOffset, file)
    this.#transactions ??= read
    this.#storedTransactions = this.#transactions.entries.length
    const loaded = this.#transactions
    if (!this.isActive && loaded.entries.length > 0) this.touch()
    return loaded
  }

  /** Drops from memory what can be read again. */
  unload(): void {
    if (this.isPinned) return
    // That there are none is worth knowing and takes no room.
    if (this.#mayForgetTransactions && this.#storedTransactions > 0) this.#transactions = undefined
    this.#offsets?.entries.unload()
    this.#times?.entries.unload()
    if (this.isActive || this.#hasUnstored()) return
    this.#offsets = undefined
    this.#times = undefined
  }

  forget(): void {
    this.#home.indexCache.forget(this)
  }

  #hasUnstored(): boolean {
    return (this.#offsets?.entries.unstored().length ?? 0) + (this.#times?.entries.unstored().length ?? 0) > 0
  }

  /** Creates the files without entries, where there are none or others. */
  async createFiles(): Promise<void> {
    for (const suffix of [offsetIndexSuffix, timeIndexSuffix]) await this.#withFile(suffix, file => file.truncate(0))
    await this.#home.disk.remove(this.#path(transactionIndexSuffix))
  }

  /** Brings the files up to date, exactly as long as their entries. Bears being repeated. `sync`: also through the disk's cache. */
  async store(sync: boolean): Promise<void> {
    if (this.#offsets) await this.#storeEntries(offsetIndexSuffix, this.#offsets.entries, offsetIndexEntryBytes, sync)
    if (this.#times) await this.#storeEntries(timeIndexSuffix, this.#times.entries, timeIndexEntryBytes, sync)
    await this.#storeTransactions(sync)
  }

  /** Syncs the files, as they are. */
  async sync(): Promise<void> {
    for (const suffix of [offsetIndexSuffix, timeIndexSuffix]) await this.#withFile(suffix, file => file.datasync())
    // Not in memory: there may be a file all the same.
    if (this.#transactions === undefined || this.#storedTransactions > 0) await this.#syncTransactions()
  }

  async #syncTransactions(): Promise<void> {
    const file = await this.#openExisting(transactionIndexSuffix, 'write')
    if (!file) return
    try {
      await file.datasync()
    } finally {
      await file.close()
    }
  }

  async #storeEntries(suffix: string, entries: IndexEntries, entryBytes: number, sync: boolean): Promise<void> {
    const bytes = entries.unstored()
    // Without entries the file is empty from its creation on.
    if (bytes.length === 0 && (!sync || entries.storedCount === 0)) return
    const at = entries.storedCount * entryBytes
    await this.#withFile(suffix, async file => {
      if (bytes.length > 0) await file.write([bytes], at)
      await file.truncate(at + bytes.length)
      if (sync) await file.datasync()
    })
    entries.markStored()
  }

  async #storeTransactions(sync: boolean): Promise<void> {
    const entries = this.#transactions?.entries
    // Not in memory, or nothing new: all of them are in the file, which recovery may have written without a sync. Otherwise: a
    // clean stop, a loss of power in the next life, and readers of committed records are shown what was aborted.
    if (entries === undefined || entries.length === this.#storedTransactions) {
      if (sync && (entries === undefined || entries.length > 0)) await this.#syncTransactions()
      return
    }
    const missing = entries.slice(this.#storedTransactions).map(encodeAbortedTransaction)
    await this.#withFile(transactionIndexSuffix, async file => {
      await file.write(missing, this.#storedTransactions * transactionIndexEntryBytes)
      if (sync) await file.datasync()
    })
    this.#storedTransactions = entries.length
  }

  async #withFile(suffix: string, use: (file: DiskFile) => Promise<void>): Promise<void> {
    const file = await this.#home.disk.open(this.#path(suffix), 'create')
    try {
      await use(file)
    } finally {
      await file.close()
    }
  }

  async #readEnd(suffix: string, entryBytes: number): Promise<{ count: number; last: Buffer | undefined }> {
    const file = await this.#openExisting(suffix)
    if (!file) return { count: 0, last: undefined }
    try {
      const count = Math.floor((await file.size()) / entryBytes)
      return { count, last: count > 0 ? await file.read((count - 1) * entryBytes, entryBytes) : undefined }
    } finally {
      await file.close()
    }
  }

  async #openExisting(suffix: string, mode: 'read' | 'write' = 'read'): Promise<DiskFile | undefined> {
    try {
      return await this.#home.disk.open(this.#path(suffix), mode)
    } catch (error) {
      if (isNotFound(error)) return undefined
      throw error
    }
  }

  async #read(suffix: string): Promise<Buffer> {
    try {
      return await this.#home.disk.readFile(this.#path(suffix))
    } catch (error) {
      if (isNotFound(error)) return Buffer.alloc(0)
      throw error
    }
  }

  #lastOffsetEntry(entry: Buffer | undefined) {
    return entry && { offset: this.#baseOffset + entry.readInt32BE(0), position: entry.readInt32BE(4) }
  }

  #lastTimeEntry(entry: Buffer | undefined): TimeIndexEntry | undefined {
    return entry && { timestamp: int64At(entry, 0), offset: this.#baseOffset + entry.readInt32BE(8) }
  }

  #path(suffix: string): string {
    return `${this.#home.directory}/${offsetFileName(this.#baseOffset, suffix)}${this.suffix}`
  }
}

/** An index file whose entries do not rise: it is built anew from the segment. */
export class IndexCorruptError extends Error {
  readonly code = 'INDEX_CORRUPT'
}

function lastEntry(file: Buffer, count: number, entryBytes: number): Buffer | undefined {
  return count > 0 ? file.subarray((count - 1) * entryBytes, count * entryBytes) : undefined
}

// Entries of the offset index rise strictly, offsets in the time index at least do not fall.
function checkRising(path: string, file: Buffer, count: number, entryBytes: number, offsetAt: number): void {
  if (file.length < count * entryBytes) throw new IndexCorruptError(`${path} is shorter than it was written`)
  let last = -1
  for (let entry = 0; entry < count; entry += 1) {
    const offset = file.readInt32BE(entry * entryBytes + offsetAt)
    if (offset < last) throw new IndexCorruptError(`${path}: entry ${entry} is below the one before`)
    last = offset
  }
}

function isNotFound(error: unknown): boolean {
  return error instanceof DiskError && error.code === 'NOT_FOUND'
}
