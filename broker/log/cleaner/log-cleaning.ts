// The cleaning of one log: the keys of its dirty part are put into the offset map, then everything below is written anew, group
// of segments by group, without what later records have replaced.
//
// Here are the order of things and the files; what becomes of batches is decided on worker threads (index-task.ts,
// filter-task.ts), a chunk at a time, so that other work for the threads comes in between.
// Source: Kafka 4.3.0's Cleaner.

import type { Clock } from '../../../io/clock.ts'
import type { Workers } from '../../../io/worker.ts'
import { batchSizeOf, lastOffsetOf } from '../../../protocol/records/batch-header.ts'
import type { Offset } from '../../../protocol/types.ts'
import { maxTimestampOfAny } from '../batch-scanner.ts'
import type { LogSegment } from '../segment.ts'
import type { ChunkMemory } from './chunk-memory.ts'
import type { CleanableLog } from './cleanable-log.ts'
import { TransactionPass } from './cleaned-transactions.ts'
import { CleaningStats } from './cleaning-stats.ts'
import type { FilterInput, FilterOutput } from './filter-task.ts'
import type { IndexInput, IndexOutput } from './index-task.ts'
import { shareLastRecords } from './last-records.ts'
import type { MapRoom } from './map-room.ts'
import type { MarkInput } from './mark-task.ts'
import { emptyOffsetMap, slotBytes } from './offset-map.ts'
import type { MarksPlace } from './offset-marks.ts'
import { readChunk } from './read-chunk.ts'
import { groupSegments } from './segment-groups.ts'
import type { Throttle } from './throttle.ts'

const indexTask = new URL('./index-task.ts', import.meta.url)
const markTask = new URL('./mark-task.ts', import.meta.url)
const filterTask = new URL('./filter-task.ts', import.meta.url)

export interface CleaningOptions {
  readonly cleanable: CleanableLog
  readonly workers: Workers
  readonly clock: Clock
  readonly throttle: Throttle
  /** Zeros, for what `room` says. */
  readonly memory: SharedArrayBuffer
  readonly room: MapRoom
  /** Keys that it may hold. */
  readonly keysMax: number
  readonly secret: readonly number[]
  readonly chunks: ChunkMemory
  /** Throws when the cleaning must not go on. */
  readonly check: () => void
}

export class LogCleaning {
  readonly #options: CleaningOptions
  readonly stats: CleaningStats
  readonly #nowMs: number
  #map = emptyOffsetMap
  #pass = new TransactionPass()
  readonly #marks: MarksPlace

  constructor(options: CleaningOptions) {
    this.#options = options
    this.#nowMs = options.clock.now()
    this.stats = new CleaningStats(options.clock)
    this.stats.mapBytes = options.memory.byteLength
    const { mapSlots, markedOffsets } = options.room
    const { firstDirtyOffset } = options.cleanable
    this.#marks = { byteOffset: mapSlots * slotBytes, firstOffset: firstDirtyOffset, count: markedOffsets }
  }

  /**
   * Cleans the log; answers the offset up to which it is clean. Rejects with CompactionAbortedError, DiskError, or what is wrong
   * with the log: DamagedSegmentError, DecodeError.
   */
  async run(): Promise<Offset> {
    const { cleanable, keysMax } = this.#options
    const legacyHorizonMs = this.#legacyHorizonMs()
    await this.#buildMap()
    await this.#mark()
    this.stats.indexed(this.#map.size / keysMax)
    const endOffset = this.#map.latestOffset + 1
    this.#pass = new TransactionPass()
    for (const group of await this.#groups(endOffset)) await this.#cleanGroup(group, legacyHorizonMs)
    this.stats.finish()
    return Math.max(endOffset, cleanable.firstDirtyOffset)
  }

  // Tombstones of magic 0 and 1 go when their segment was older than that when the log was last cleaned.
  #legacyHorizonMs(): number {
    const { log, firstDirtyOffset } = this.#options.cleanable
    const last = log.segments.all.findLast(segment => segment.baseOffset < firstDirtyOffset)
    return last ? last.modifiedMs - log.config.deleteRetentionMs : 0
  }

  async #buildMap(): Promise<void> {
    const { log, firstDirtyOffset, firstUncleanableOffset } = this.#options.cleanable
    if (firstDirtyOffset >= firstUncleanableOffset) return
    const dirty = log.segments.between(firstDirtyOffset, firstUncleanableOffset)
    for (const [index, segment] of dirty.entries()) {
      const end = dirty[index + 1]?.baseOffset ?? firstUncleanableOffset
      const from = Math.max(firstDirtyOffset, index === 0 ? 0 : segment.baseOffset)
      this.#pass.beginSegment(await log.abortedTransactions(from, end))
      if (!(await this.#indexSegment(segment))) return
      // Where compaction has taken the last records, there is nothing up to the next segment.
      this.#map = { ...this.#map, latestOffset: end - 1 }
    }
  }

  async #mark(): Promise<void> {
    const { workers, memory, room } = this.#options
    if (this.#marks.count === 0) return
    await workers.run<MarkInput, undefined>(markTask, { memory, mapSlots: room.mapSlots, marks: this.#marks })
  }

  /** False: the map is full. */
  async #indexSegment(segment: LogSegment): Promise<boolean> {
    const { cleanable, check, chunks, clock, throttle, workers, memory, room, secret, keysMax } = this.#options
    const startOffset = cleanable.firstDirtyOffset
    let position = 0
    if (segment.baseOffset < startOffset) {
      position = await segment.lookUp(() => segment.offsetIndex.lookup(startOffset))
    }
    while (position < segment.writtenBytes) {
      check()
      const chunk = await readChunk(segment, position, chunks, clock)
      position += chunk.length
      await throttle.noteBytes(chunk.length)
      this.stats.bytesIndexed += chunk.length
      const input: IndexInput = {
        chunk: chunk.buffer as SharedArrayBuffer,
        chunkBytes: chunk.length,
        memory,
        mapSlots: room.mapSlots,
        marks: this.#marks,
        secret,
        map: this.#map,
        keysMax,
        startOffset,
        aborted: this.#pass.aborted,
        transactions: this.#pass.state,
      }
      const output = await workers.run<IndexInput, IndexOutput>(indexTask, input)
      this.#map = output.map
      this.#pass.state = output.transactions
      this.stats.recordsWithoutKey += output.recordsWithoutKey
      if (!output.isComplete) return false
    }
    return true
  }

  async #groups(endOffset: Offset): Promise<LogSegment[][]> {
    const { log, firstUncleanableOffset } = this.#options.cleanable
    const sized = []
    for (const segment of log.segments.between(0, endOffset)) {
      const { offsetBytes, timeBytes } = await segment.indexes.readSizes()
      const { baseOffset, sizeBytes } = segment
      sized.push({ segment, baseOffset, sizeBytes, offsetIndexBytes: offsetBytes, timeIndexBytes: timeBytes })
    }
    const { segmentBytes, segmentIndexBytes } = log.config
    const limits = { segmentBytes, indexBytes: segmentIndexBytes, endOffset: firstUncleanableOffset }
    return groupSegments(sized, limits).map(group => group.map(({ segment }) => segment))
  }

  async #cleanGroup(group: readonly LogSegment[], legacyHorizonMs: number): Promise<void> {
    const { cleanable, check } = this.#options
    const { log } = cleanable
    check()
    const cleaned = await log.directory.attempt(() => log.createCleaned(group[0]!.baseOffset))
    try {
      const producers = shareLastRecords(lastRecords(cleanable))
      for (const [index, segment] of group.entries()) {
        const end = group[index + 1]?.baseOffset ?? log.segments.after(segment)!.baseOffset
        this.#pass.beginSegment(await log.abortedTransactions(segment.baseOffset, end))
        await this.#cleanInto(cleaned, segment, producers, segment.modifiedMs > legacyHorizonMs)
      }
      await log.directory.attempt(() => log.finish(cleaned, group.at(-1)!.modifiedMs))
      await log.replace(group, cleaned, check)
    } catch (error) {
      if (!log.segments.all.includes(cleaned)) await log.discard(cleaned).catch(() => {})
      throw error
    }
  }

  async #cleanInto(
    cleaned: LogSegment,
    segment: LogSegment,
    producers: SharedArrayBuffer,
    retainsLegacyTombstones: boolean,
  ): Promise<void> {
    const { check, chunks, clock, throttle, workers, memory, room, secret, cleanable } = this.#options
    for (let position = 0; position < segment.writtenBytes; ) {
      check()
      const chunk = await readChunk(segment, position, chunks, clock)
      position += chunk.length
      await throttle.noteBytes(chunk.length)
      this.stats.bytesRead += chunk.length
      const input: FilterInput = {
        chunk: chunk.buffer as SharedArrayBuffer,
        chunkBytes: chunk.length,
        into: chunks.retained,
        memory,
        mapSlots: room.mapSlots,
        marks: this.#marks,
        secret,
        map: this.#map,
        aborted: this.#pass.aborted,
        transactions: this.#pass.state,
        producers,
        nowMs: this.#nowMs,
        deleteRetentionMs: cleanable.log.config.deleteRetentionMs,
        firstDirtyOffset: cleanable.firstDirtyOffset,
        upperBoundOffset: cleanable.firstUncleanableOffset,
        retainsLegacyTombstones,
      }
      const output = await workers.run<FilterInput, FilterOutput>(filterTask, input)
      this.#pass.state = output.transactions
      for (const index of output.retainedAborted) cleaned.indexes.transactions!.append(this.#pass.entry(index))
      this.stats.add(output.counts)
      const { retainedBytes, retained } = output
      await this.#write(cleaned, retained ? Buffer.from(retained) : Buffer.from(chunks.retained, 0, retainedBytes))
    }
  }

  async #write(cleaned: LogSegment, bytes: Buffer): Promise<void> {
    if (bytes.length === 0) return
    const { check, cleanable, throttle } = this.#options
    const position = cleaned.sizeBytes
    for (let at = 0; at < bytes.length; at += batchSizeOf(bytes, at)) {
      cleaned.add(lastOffsetOf(bytes, at), batchSizeOf(bytes, at), maxTimestampOfAny(bytes, at))
    }
    check()
    await cleanable.log.directory.attempt(() => cleaned.file.opened(file => file.write([bytes], position)))
    cleaned.writtenBytes = cleaned.sizeBytes
    cleanable.log.directory.noteWritten(bytes.length)
    this.stats.bytesWritten += bytes.length
    await throttle.noteBytes(bytes.length)
  }
}

function lastRecords({ log }: CleanableLog) {
  return Array.from(log.producers(), ({ producerId, epoch, lastOffset }) => ({
    producerId,
    producerEpoch: epoch,
    lastDataOffset: lastOffset,
  }))
}
