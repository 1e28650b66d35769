// One segment of a log: a file of batches from a base offset on, and its indexes.
//
// `sizeBytes` is assigned, `writtenBytes` is in the file: appends only count, the log's writer writes. The indexes of the
// active segment are kept in memory and written when the segment is rolled or the log is closed: until then a crash means
// recovery, which builds them anew.
// Source: Kafka 4.3.0's LogSegment.

import type { Offset, Position } from '../../protocol/types.ts'
import { DecodeError } from '../../protocol/wire/decode-error.ts'
import type { Int64 } from '../../protocol/wire/int64.ts'
import { BatchScanner, segmentChunkBytes } from './batch-scanner.ts'
import { cachedBatch } from './cached-batch.ts'
import type { OffsetIndex } from './offset-index.ts'
import { LogFile } from './open-files.ts'
import { cleanedSuffix, logSuffix, offsetFileName, segmentSuffixes, type swapSuffix } from './segment-files.ts'
import type { SegmentHome } from './segment-home.ts'
import { IndexCorruptError, SegmentIndexes } from './segment-indexes.ts'
import type { TimeIndex, TimeIndexEntry } from './time-index.ts'

/** Where a batch lies. */
export interface BatchPlace {
  readonly baseOffset: Offset
  readonly position: Position
  readonly size: number
}

export interface SegmentOptions {
  readonly home: SegmentHome
  readonly baseOffset: Offset
  readonly createdMs: number
  readonly rollJitterMs: number
  readonly indexIntervalBytes: number
  /** Bytes in the file. */
  readonly sizeBytes?: number
  readonly modifiedMs?: number
}

const settledAlready = Promise.resolve()

export class LogSegment {
  readonly baseOffset: Offset
  readonly file: LogFile
  readonly indexes: SegmentIndexes
  readonly rollJitterMs: number
  readonly createdMs: number
  modifiedMs: number
  sizeBytes: number
  writtenBytes: number
  /** Of those that this process has written, or found: below this the disk has been told to keep them. */
  syncedBytes: number
  /** Up to where blocks were set aside, and how much of that counts as not written yet (space-ahead.ts). */
  reservedBytes = 0
  aheadBytes = 0
  /** Largest timestamp of the first batch; undefined: no batch yet, or not read yet. */
  firstBatchTimestamp: Int64 | undefined
  /**
   * The file was cut, or may have been by a process that died, and not synced since: a loss of power may undo that. Synced
   * at the latest when the segment is rolled or closed, after which nobody looks for a torn end in it any more.
   */
  isCut = false
  /** Resolves when the files of a segment that was rolled are as they stay. */
  settled: Promise<void> = settledAlready
  readonly #home: SegmentHome
  readonly #indexIntervalBytes: number
  #bytesSinceIndexEntry = 0
  /** The largest timestamp and the last offset of its batch; undefined: the time index has it. */
  #maxTimestamp: TimeIndexEntry | undefined

  constructor(options: SegmentOptions) {
    const { home, baseOffset, sizeBytes = 0 } = options
    this.baseOffset = baseOffset
    this.#home = home
    this.file = new LogFile(home.disk, home.openFiles, `${home.directory}/${offsetFileName(baseOffset, logSuffix)}`)
    this.indexes = new SegmentIndexes(home, baseOffset)
    this.rollJitterMs = options.rollJitterMs
    this.createdMs = options.createdMs
    this.modifiedMs = options.modifiedMs ?? options.createdMs
    this.sizeBytes = sizeBytes
    this.writtenBytes = sizeBytes
    this.syncedBytes = sizeBytes
    this.#indexIntervalBytes = options.indexIntervalBytes
  }

  /** Of the active segment, or when the indexes are loaded. */
  get offsetIndex(): OffsetIndex {
    return this.indexes.offsets!
  }

  /** Of the active segment, or when the indexes are loaded. */
  get timeIndex(): TimeIndex {
    return this.indexes.times!
  }

  /** The largest timestamp so far; (-1, base offset) when no batch has one. Of the active segment. */
  get maxTimestamp(): TimeIndexEntry {
    return (this.#maxTimestamp ??= this.timeIndex.last)
  }

  /** The same, of any segment. */
  async readMaxTimestamp(): Promise<TimeIndexEntry> {
    this.#maxTimestamp ??= await this.indexes.readLastTime()
    return this.#maxTimestamp ?? { timestamp: -1, offset: this.baseOffset }
  }

  /** By which the segment's age is reckoned: its largest timestamp, or when its file was changed where there is none. */
  async largestTimestamp(): Promise<Int64> {
    const { timestamp } = await this.readMaxTimestamp()
    return timestamp >= 0 ? timestamp : this.modifiedMs
  }

  /** Counts a batch that is going to lie at the segment's end, with an index entry where one is due. Answers its position. */
  add(lastOffset: Offset, size: number, maxTimestamp: Int64): Position {
    const position = this.sizeBytes
    if (position === 0) this.firstBatchTimestamp = maxTimestamp
    if (maxTimestamp > this.maxTimestamp.timestamp) this.#maxTimestamp = { timestamp: maxTimestamp, offset: lastOffset }
    if (this.#bytesSinceIndexEntry > this.#indexIntervalBytes) {
      this.offsetIndex.append(lastOffset, position)
      this.timeIndex.maybeAppend(this.maxTimestamp.timestamp, this.maxTimestamp.offset)
      this.#bytesSinceIndexEntry = 0
    }
    this.sizeBytes += size
    this.#bytesSinceIndexEntry += size
    return position
  }

  /** No more batches will come: the time index ends with the largest timestamp, by which retention goes. */
  seal(): void {
    if (this.#maxTimestamp) this.timeIndex.maybeAppend(this.#maxTimestamp.timestamp, this.#maxTimestamp.offset)
  }

  /** Makes the whole of both indexes available; builds them anew when the files make no sense. */
  async loadIndexes(): Promise<void> {
    try {
      await this.indexes.load()
    } catch (error) {
      if (!(error instanceof IndexCorruptError)) throw error
      await this.rebuildIndexes()
    }
  }

  /**
   * Calls `look` when the whole of both indexes is in memory, at that very moment. Otherwise: they are loaded, others load
   * theirs, these are pushed out again, and only then looked at.
   */
  async lookUp<Result>(look: () => Result): Promise<Result> {
    while (!this.indexes.isLoaded) await this.loadIndexes()
    this.indexes.touch()
    return look()
  }

  /** The batch that holds the offset, or the first one behind it; undefined when all are below. Looks at written bytes. */
  async find(offset: Offset): Promise<BatchPlace | undefined> {
    const lookUp = () => this.offsetIndex.lookup(offset)
    const isThere = this.indexes.canLookup(offset)
    if (isThere && this.indexes.isLoaded) this.indexes.touch()
    const scanner = this.scan(isThere ? lookUp() : await this.lookUp(lookUp))
    const found = await scanner.find(batch => batch.lastOffset >= offset)
    return found ? { baseOffset: scanner.baseOffset, position: scanner.position, size: scanner.size } : undefined
  }

  /** As `find`, without waiting; undefined also when that is not possible. */
  findCached(offset: Offset): BatchPlace | undefined {
    const file = this.indexes.canLookup(offset) ? this.file.openNow : undefined
    return file && cachedBatch(file, this.offsetIndex.lookup(offset), this.writtenBytes, offset)
  }

  /** Walks the written batches from a position that is the start of one. */
  scan(position: Position, chunkBytes?: number): BatchScanner {
    return new BatchScanner(this.file, position, this.writtenBytes, chunkBytes)
  }

  /**
   * The offset behind the last batch, found by walking from the last index entry, and what speaks against trusting it:
   * then the segment has to be recovered. Needs the ends of the indexes.
   */
  async readEnd(): Promise<{ readonly nextOffset: Offset; readonly problem: string | undefined }> {
    const { offsetIndex } = this
    const hasEntry = offsetIndex.entries.count > 0
    let nextOffset = this.baseOffset
    if (this.writtenBytes === 0)
      return { nextOffset, problem: hasEntry ? 'its indexes are not of this file' : undefined }
    const scanner = this.scan(offsetIndex.last.position)
    let problem = hasEntry ? 'its offset index does not fit' : undefined
    try {
      while (await scanner.next()) {
        if (scanner.position === offsetIndex.last.position && scanner.lastOffset === offsetIndex.last.offset) {
          problem = undefined
        }
        nextOffset = scanner.lastOffset + 1
      }
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      return { nextOffset, problem: error.message }
    }
    if (scanner.nextPosition !== this.writtenBytes) problem ??= `its last batch is cut at ${scanner.nextPosition}`
    return { nextOffset, problem }
  }

  /** Reads what rolling by time needs to know. */
  async readFirstBatchTimestamp(): Promise<void> {
    if (this.firstBatchTimestamp !== undefined || this.writtenBytes === 0) return
    const scanner = this.scan(0)
    if (await scanner.next()) this.firstBatchTimestamp = scanner.maxTimestamp
  }

  /** Forgets what is known of the content: `add` is going to tell it batch by batch. */
  beginAnew(): void {
    this.indexes.reset()
    this.sizeBytes = 0
    this.firstBatchTimestamp = undefined
    this.#maxTimestamp = undefined
    this.#bytesSinceIndexEntry = 0
  }

  /** Builds the indexes of a whole segment from its batches. */
  async rebuildIndexes(): Promise<void> {
    const transactions = await this.indexes.loadTransactions()
    this.beginAnew()
    this.indexes.keepTransactions(transactions)
    const scanner = this.scan(0, segmentChunkBytes)
    while (await scanner.next()) this.add(scanner.lastOffset, scanner.size, scanner.maxTimestamp)
    this.seal()
    await this.indexes.createFiles()
    await this.indexes.store(true)
  }

  /** Cuts everything from a batch on. Needs the whole of the indexes. */
  async truncateTo(offset: Offset): Promise<void> {
    const place = await this.#cutIndexes(offset)
    await this.file.hold(async file => {
      if (place) await file.truncate(place.position)
      // What is cut must not come back: the recovery point may lie at the cut.
      await file.datasync()
    })
    const size = place?.position ?? this.writtenBytes
    this.sizeBytes = size
    this.writtenBytes = size
    this.syncedBytes = size
    this.reservedBytes = 0
    this.#bytesSinceIndexEntry = 0
    if (size === 0) this.firstBatchTimestamp = undefined
    this.#maxTimestamp = await this.#scanMaxTimestamp()
  }

  async #cutIndexes(offset: Offset): Promise<BatchPlace | undefined> {
    const place = await this.find(offset)
    await this.indexes.loadTransactions()
    this.indexes.isPinned = true
    try {
      await this.loadIndexes()
      await this.indexes.truncateTo(offset)
    } finally {
      this.indexes.isPinned = false
    }
    return place
  }

  // What follows the last entry of the time index may have larger timestamps that no entry tells of yet.
  async #scanMaxTimestamp(): Promise<TimeIndexEntry> {
    let largest = this.timeIndex.last
    const scanner = this.scan(this.offsetIndex.lookup(largest.offset))
    while (await scanner.next()) {
      if (scanner.maxTimestamp > largest.timestamp) {
        largest = { timestamp: scanner.maxTimestamp, offset: scanner.lastOffset }
      }
    }
    return largest
  }

  /**
   * Creates the files under the names of what the cleaner has not finished, empty. The file stays open and the indexes in
   * memory until `rename` has given them the names that everybody goes by.
   */
  async createCleaned(): Promise<void> {
    this.beginAnew()
    this.indexes.isPinned = true
    this.indexes.suffix = cleanedSuffix
    this.file.path += cleanedSuffix
    await this.file.create()
    await this.file.pin()
    await this.indexes.createFiles()
  }

  /** Gives the files other suffixes, the batches first. Bears being repeated. */
  async rename(suffix: typeof swapSuffix | ''): Promise<void> {
    const { disk, directory } = this.#home
    for (const each of segmentSuffixes) {
      const name = `${directory}/${offsetFileName(this.baseOffset, each)}`
      if (await disk.stat(name + this.indexes.suffix)) await disk.rename(name + this.indexes.suffix, name + suffix)
    }
    this.indexes.suffix = suffix
    if (suffix !== '') return
    this.indexes.isPinned = false
    this.file.unpin(`${directory}/${offsetFileName(this.baseOffset, logSuffix)}`)
  }

  /** As if nobody had touched the batches since then; by that retention reckons the age of those without timestamps. */
  async setModified(modifiedMs: number): Promise<void> {
    await this.file.opened(file => file.setModified(modifiedMs))
    this.modifiedMs = modifiedMs
  }

  /** Blocks that were set aside behind its end are free again. */
  async giveBackSpace(): Promise<void> {
    await this.file.opened(file => file.truncate(this.writtenBytes))
  }

  /** Gets its batches, and where it was cut, through the disk's cache. */
  async sync(): Promise<void> {
    await this.file.opened(async file => {
      // What is cut while the sync is under way needs another one.
      this.isCut = false
      const { writtenBytes } = this
      await file.datasync()
      // It may have been cut meanwhile, which syncs what is left.
      this.syncedBytes = Math.min(Math.max(this.syncedBytes, writtenBytes), this.writtenBytes)
    })
  }

  async close(): Promise<void> {
    this.indexes.forget()
    await this.file.close()
  }
}
