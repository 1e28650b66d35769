// Compaction for all logs of a broker: which log is next, cleaning it, and what becomes of that.
//
// Each of log.cleaner.threads cleaners takes the log of which the largest part is dirty, cleans it, and looks for the next; when
// there is none it looks again after log.cleaner.backoff.ms. Everything here is decided on the event loop; what takes time
// happens on worker threads and in the disk's own.
// Invariant: a log is with one cleaner at a time. One whose cleaning failed is left alone until the broker is started again.
// Source: Kafka 4.3.0's LogCleaner and LogCleanerManager.

import { DiskError } from '../../../io/disk.ts'
import { WorkerError } from '../../../io/worker.ts'
import type { World } from '../../../io/world.ts'
import type { Offset } from '../../../protocol/types.ts'
import { CompactionAbortedError } from '../log-compaction.ts'
import type { PartitionLog } from '../partition-log.ts'
import { RepeatingTask } from '../repeating-task.ts'
import { ChunkMemory } from './chunk-memory.ts'
import { type CleanableLog, cleanableLog, dirtyRatio, isDue } from './cleanable-log.ts'
import { type CleanerConfig, isSameConfig } from './cleaner-config.ts'
import { checkpointWarning, cleaningReport, keylessWarning } from './cleaning-report.ts'
import type { CleaningStats } from './cleaning-stats.ts'
import { LogCleaning } from './log-cleaning.ts'
import { MapMemory } from './map-memory.ts'
import { mapRoom } from './map-room.ts'
import { slotBytes } from './offset-map.ts'
import { Throttle } from './throttle.ts'

export interface LogCleanerOptions {
  readonly world: Pick<World, 'clock' | 'random' | 'logger' | 'workers'>
  readonly config: CleanerConfig
  readonly logs: () => Iterable<PartitionLog>
  /** Up to where a log is clean, as far as anybody has written down. */
  readonly cleanedUpTo: (log: PartitionLog) => Promise<Offset | undefined>
  readonly storeCleanedUpTo: (log: PartitionLog, offset: Offset) => Promise<void>
}

/** For metrics. */
export interface CleanerCounts {
  cleanings: number
  aborted: number
  failed: number
  bytesRead: number
  bytesWritten: number
  recordsRemoved: number
}

interface Candidate {
  readonly log: PartitionLog
  readonly cleanable: CleanableLog
}

/** One of them: its memory, and its last cleaning. */
interface Cleaner {
  readonly map: MapMemory
  readonly chunks: ChunkMemory
  last: CleaningStats | undefined
}

/** The cleaners between two changes of their settings. */
interface Crew {
  isStopped: boolean
  readonly throttle: Throttle
  readonly cleaners: readonly Cleaner[]
  readonly tasks: readonly RepeatingTask[]
}

export class LogCleaner {
  readonly #options: LogCleanerOptions
  readonly #inProgress = new Map<PartitionLog, CleaningStats | undefined>()
  /** With the bytes that would be cleaned if they could, as of the last look. */
  readonly #uncleanable = new Map<PartitionLog, number>()
  readonly #counts: CleanerCounts = {
    cleanings: 0,
    aborted: 0,
    failed: 0,
    bytesRead: 0,
    bytesWritten: 0,
    recordsRemoved: 0,
  }
  #config: CleanerConfig
  #crew: Crew | undefined
  /** Who chooses a log chooses alone. */
  #choosing: Promise<unknown> = Promise.resolve()
  #changing: Promise<void> = Promise.resolve()
  #isClosed = false
  #lastLookMs: number
  /** Of the dirtiest log when somebody last looked, 0 to 1. */
  dirtyRatioMax = 0
  /** Of all logs when somebody last looked: the longest that compaction has been overdue by max.compaction.lag.ms. */
  overdueMsMax = 0

  constructor(options: LogCleanerOptions) {
    this.#options = options
    this.#config = options.config
    this.#lastLookMs = options.world.clock.monotonicMs()
    this.#start()
  }

  get counts(): CleanerCounts {
    const counts = { ...this.#counts }
    for (const stats of this.#inProgress.values()) {
      counts.bytesRead += stats?.bytesRead ?? 0
      counts.bytesWritten += stats?.bytesWritten ?? 0
    }
    return counts
  }

  /** Logs that are being cleaned now. */
  get runningCount(): number {
    return this.#inProgress.size
  }

  /** Of a log directory: logs that are not cleaned any more, and what of them would be. */
  uncleanableIn(directory: string): { readonly count: number; readonly bytes: number } {
    const there = [...this.#uncleanable].filter(([log]) => log.compaction.directory.path === directory)
    return { count: there.length, bytes: there.reduce((sum, [, bytes]) => sum + bytes, 0) }
  }

  /** The last cleaning of each cleaner. */
  get last(): readonly CleaningStats[] {
    return this.#crew?.cleaners.flatMap(({ last }) => last ?? []) ?? []
  }

  /** Memory for keys: what the cleaners keep now, and what all of them may. */
  get mapBytes(): number {
    return this.#crew?.cleaners.reduce((sum, { map }) => sum + map.bytes, 0) ?? 0
  }
  get mapBytesMax(): number {
    return this.#config.threads * this.#config.slots * slotBytes
  }

  /** How long nobody has looked whether a log is to be cleaned. */
  get sinceLastLookMs(): number {
    return this.#options.world.clock.monotonicMs() - this.#lastLookMs
  }

  /** New settings: what is being cleaned is begun again by them. */
  updateConfig(config: CleanerConfig): void {
    if (this.#isClosed || isSameConfig(config, this.#config)) return
    this.#config = config
    this.#changing = this.#changing.then(async () => {
      await this.#stop()
      if (!this.#isClosed) this.#start()
    })
  }

  /** Resolves when nothing is being cleaned, and nothing will be. */
  async close(): Promise<void> {
    this.#isClosed = true
    await this.#changing
    await this.#stop()
  }

  #start(): void {
    const { clock } = this.#options.world
    const { threads, backoffMs, bytesPerSecond, chunkBytes, isEnabled } = this.#config
    if (!isEnabled) return
    const throttle = new Throttle(clock, bytesPerSecond)
    const tasks: RepeatingTask[] = []
    const newCleaner = (): Cleaner => ({
      map: new MapMemory(clock),
      chunks: new ChunkMemory(chunkBytes),
      last: undefined,
    })
    const cleaners = Array.from({ length: threads }, newCleaner)
    const crew: Crew = { isStopped: false, throttle, cleaners, tasks }
    for (const cleaner of cleaners) {
      tasks.push(new RepeatingTask(clock, backoffMs, () => this.#cleanAllDue(crew, cleaner)))
    }
    this.#crew = crew
  }

  async #stop(): Promise<void> {
    const crew = this.#crew
    if (!crew) return
    crew.isStopped = true
    crew.throttle.release()
    await Promise.all(crew.tasks.map(task => task.stop()))
    this.#crew = undefined
  }

  async #cleanAllDue(crew: Crew, cleaner: Cleaner): Promise<void> {
    while (!crew.isStopped) {
      const next = await this.#choose()
      const isCleaned = next !== undefined && (await this.#cleanOne(next, crew, cleaner))
      if (!crew.isStopped) await this.#applyRetention()
      // Also after a failure: what it was for want of may be there when the next look is due.
      if (!isCleaned) return
    }
  }

  #choose(): Promise<Candidate | undefined> {
    const chosen = this.#choosing.then(() => this.#takeDirtiest())
    this.#choosing = chosen.catch(() => {})
    return chosen
  }

  async #takeDirtiest(): Promise<Candidate | undefined> {
    this.#lastLookMs = this.#options.world.clock.monotonicMs()
    await this.#lookAtUncleanable()
    const candidates: Candidate[] = []
    for (const log of this.#compacted()) {
      const cleanable = await this.#cleanableOf(log)
      if (cleanable) candidates.push({ log, cleanable })
    }
    const byRatio = candidates.sort((a, b) => ratioOf(b) - ratioOf(a))
    this.dirtyRatioMax = byRatio[0] ? ratioOf(byRatio[0]) : 0
    this.overdueMsMax = candidates.reduce((most, { cleanable }) => Math.max(most, cleanable.overdueMs), 0)
    const next = byRatio.find(({ log, cleanable }) => isDue(cleanable) && log.compaction.isUsable)
    if (next) this.#inProgress.set(next.log, undefined)
    return next
  }

  #compacted(): PartitionLog[] {
    const isFree = (log: PartitionLog) => !this.#inProgress.has(log) && !this.#uncleanable.has(log)
    return [...this.#options.logs()].filter(log => log.config.cleanupPolicy.compact && isFree(log))
  }

  async #lookAtUncleanable(): Promise<void> {
    if (this.#uncleanable.size === 0) return
    const there = new Set(this.#options.logs())
    for (const log of this.#uncleanable.keys()) {
      if (there.has(log)) this.#uncleanable.set(log, await this.#bytesToClean(log))
      else this.#uncleanable.delete(log)
    }
  }

  /** What would be cleaned of a log; 0 also when that cannot be found out. */
  async #bytesToClean(log: PartitionLog): Promise<number> {
    try {
      const { cleanedUpTo, world } = this.#options
      return (await cleanableLog(log.compaction, await cleanedUpTo(log), world.clock.now())).cleanableBytes
    } catch {
      return 0
    }
  }

  async #cleanableOf(log: PartitionLog): Promise<CleanableLog | undefined> {
    const { cleanedUpTo, storeCleanedUpTo, world } = this.#options
    try {
      const stored = await cleanedUpTo(log)
      const cutAt = log.compaction.takeCut()
      const offset = stored === undefined || cutAt === undefined ? stored : Math.min(stored, cutAt)
      const cleanable = await cleanableLog(log.compaction, offset, world.clock.now())
      const warning = checkpointWarning(cleanable, offset)
      if (warning) world.logger.warn({ log: log.compaction.name, checkpoint: offset }, warning)
      if (cleanable.isCheckpointWrong || offset !== stored) await storeCleanedUpTo(log, cleanable.firstDirtyOffset)
      return cleanable
    } catch (error) {
      this.#failed(log, error)
      return undefined
    }
  }

  async #cleanOne({ log, cleanable }: Candidate, crew: Crew, cleaner: Cleaner): Promise<boolean> {
    const { storeCleanedUpTo, world } = this.#options
    try {
      const { stats, endOffset } = await log.compaction.run(check => {
        const checkAll = () => {
          check()
          if (crew.isStopped) throw new CompactionAbortedError('the cleaner stops')
        }
        return this.#clean(log, cleanable, crew, cleaner, checkAll)
      })
      await storeCleanedUpTo(log, endOffset)
      const { fields, text } = cleaningReport(cleanable.log.name, cleanable.firstDirtyOffset, endOffset, stats)
      world.logger.info(fields, text)
      const keyless = keylessWarning(cleanable.log.name, stats)
      if (keyless) world.logger.warn(fields, keyless)
      return true
    } catch (error) {
      this.#failed(log, error)
      return false
    } finally {
      this.#finish(log)
    }
  }

  async #clean(log: PartitionLog, cleanable: CleanableLog, crew: Crew, cleaner: Cleaner, check: () => void) {
    const { clock, random, workers } = this.#options.world
    const { slots, keysMax } = this.#config
    const room = mapRoom(cleanable.firstUncleanableOffset - cleanable.firstDirtyOffset, slots, keysMax)
    const cleaning = new LogCleaning({
      cleanable,
      workers,
      clock,
      throttle: crew.throttle,
      memory: await cleaner.map.lend(room.roomSlots, slots),
      room,
      keysMax,
      secret: secretFrom(random.bytes(16)),
      chunks: cleaner.chunks,
      check,
    })
    this.#inProgress.set(log, cleaning.stats)
    const endOffset = await cleaning.run()
    this.#counts.cleanings += 1
    this.#counts.recordsRemoved += cleaning.stats.recordsRead - cleaning.stats.recordsRetained
    cleaner.last = cleaning.stats
    return { stats: cleaning.stats, endOffset }
  }

  #finish(log: PartitionLog): void {
    const stats = this.#inProgress.get(log)
    this.#inProgress.delete(log)
    this.#counts.bytesRead += stats?.bytesRead ?? 0
    this.#counts.bytesWritten += stats?.bytesWritten ?? 0
  }

  #failed(log: PartitionLog, error: unknown): void {
    const { logger } = this.#options.world
    const { name, isUsable, directory } = log.compaction
    const message = error instanceof Error ? error.message : String(error)
    const isOver = error instanceof CompactionAbortedError || !isUsable || !directory.isOnline
    if (isOver || isPassing(error)) {
      this.#counts.aborted += 1
      if (isPassing(error)) logger.warn({ log: name, error: message }, `${name} is not compacted for now: ${message}`)
      return
    }
    this.#counts.failed += 1
    this.#uncleanable.set(log, 0)
    logger.error(
      { log: name, err: error },
      `${name} cannot be compacted: ${message}. Its records are kept and served as they are, and it grows. Look at the file with kafka-dump-log, take the damaged segment away or delete the topic, and start the broker again; until then it is not tried any more.`,
    )
  }

  // As in Kafka, compacted logs lose old segments here, and so more often than others.
  async #applyRetention(): Promise<void> {
    const { clock, logger } = this.#options.world
    for (const log of this.#compacted()) {
      await log.deleteOldSegments(clock.now()).catch((error: Error) => {
        logger.warn({ path: log.directory, error: error.message }, `${log.directory}: ${error.message}`)
      })
    }
  }
}

function ratioOf({ cleanable }: Candidate): number {
  return dirtyRatio(cleanable) || 0
}

/** Another time it may be otherwise: no space, too much work for the worker threads, or they end. */
function isPassing(error: unknown): boolean {
  return (error instanceof DiskError && error.code === 'DISK_FULL') || error instanceof WorkerError
}

function secretFrom(bytes: Buffer): number[] {
  return [0, 4, 8, 12].map(at => bytes.readInt32LE(at))
}
