// Opening all logs of a directory when the broker starts, several at once, with progress for whoever waits.
//
// `-delete` directories are handed back to be removed, `-future` ones are logs, too. `-stray` ones stay as they are, and so does
// anything else (Kafka refuses to start on names it does not know, such as lost+found).
// Source: Kafka 4.3.0's LogManager.loadLogs and loadLog.

import type { DiskError } from '../../io/disk.ts'
import type { World } from '../../io/world.ts'
import { crc32c } from '../../protocol/records/crc32c.ts'
import type { Uuid } from '../../protocol/wire/uuid.ts'
import type { LogConfig } from '../config/log-config.ts'
import { forEachAtOnce } from './at-once.ts'
import type { OffsetCheckpoint } from './checkpoint-file.ts'
import { removeCleanShutdown } from './clean-shutdown-file.ts'
import type { IndexCache } from './index-cache.ts'
import type { ManagedDirectory } from './log-directories.ts'
import type { LogDirectory } from './log-directory.ts'
import { decodeSummaries, encodeSummaries, type LogSummary, summaryName } from './log-summary.ts'
import type { OpenFiles } from './open-files.ts'
import { openPartitionLog } from './open-log.ts'
import type { PartitionLog } from './partition-log.ts'
import type { Recompressor } from './recompressor.ts'
import { markedDirectoryName, type PartitionDirectory, parsePartitionDirectory } from './segment-files.ts'

/** Logs that are being opened at once, per directory. */
export const opensAtOnceMax = 32
const progressIntervalMs = 5000
const metadataTopic = '__cluster_metadata'
const remoteIndexCache = 'remote-log-index-cache'

export interface LoadLogsOptions {
  readonly world: World
  readonly openFiles: OpenFiles
  readonly indexCache: IndexCache
  readonly recompressor: Recompressor
  readonly onTooShort: (error: DiskError) => void
  readonly producerExpirationMs: number
  /** The configuration of a topic as the metadata has it. */
  readonly configOf: (topic: string) => LogConfig
  /** A log that the metadata does not know: it is renamed to *-stray and left alone. */
  readonly isStray?: ((topic: string, partition: number, topicId: Uuid | undefined) => boolean) | undefined
  readonly onLoaded: (log: PartitionLog, kind: 'current' | 'future') => void
  /** A directory whose topic was deleted before the broker stopped. */
  readonly onDeleted: (path: string) => void
}

/** Opens the logs of a directory. Rejects with the DiskError that took it offline. */
export async function loadLogs(managed: ManagedDirectory, options: LoadLogsOptions): Promise<void> {
  const { directory, clean, checkpoints } = managed
  const { disk, logger } = options.world
  const wasClean = clean !== undefined
  const summaries = await readSummaries(managed)
  // From here on a crash is a crash: what is opened now may be appended to.
  if (wasClean) await removeCleanShutdown(disk, directory.path)
  await checkpoints.read()
  const found: FoundDirectory[] = []
  for (const entry of await disk.list(directory.path)) {
    if (!entry.isDirectory || entry.name === remoteIndexCache) continue
    const parsed = parsePartitionDirectory(entry.name)
    const path = `${directory.path}/${entry.name}`
    if (parsed?.topic === metadataTopic) continue
    if (parsed?.kind === 'current' || parsed?.kind === 'future') found.push({ ...parsed, path })
    else if (parsed?.kind === 'delete') options.onDeleted(path)
    else logger.warn({ path }, `${path} holds no log that is in use and is left alone`)
  }
  const progress = new Progress(options.world, directory.path, found.length, wasClean)
  await forEachAtOnce(found, opensAtOnceMax, async each => {
    await openOne(each, managed, options, summaries, progress)
    progress.logDone()
  })
  // A process that died while it created a log has made names that the disk may forget, with all that would now be
  // acknowledged under them.
  if (!wasClean && found.length > 0) await directory.syncNames()
  progress.finish()
}

interface FoundDirectory extends PartitionDirectory {
  readonly path: string
}

async function openOne(
  { topic, partition, kind, path }: FoundDirectory,
  { directory, checkpoints, clean }: ManagedDirectory,
  options: LoadLogsOptions,
  summaries: ReadonlyMap<string, LogSummary>,
  progress: Progress,
): Promise<void> {
  const { world, openFiles, indexCache, recompressor, onTooShort, producerExpirationMs } = options
  const isFuture = kind === 'future'
  if (isFuture) directory.disk.follow(path)
  const log = await openPartitionLog({
    world,
    directory,
    path,
    topic,
    partition,
    config: options.configOf(topic),
    openFiles,
    indexCache,
    recompressor,
    onTooShort,
    wasClean: clean !== undefined,
    summary: isFuture ? undefined : summaries.get(`${topic}-${partition}`),
    logStartOffset: offsetIn(checkpoints.logStartOffsets, topic, partition) ?? 0,
    recoveryPoint: offsetIn(checkpoints.recoveryPoints, topic, partition) ?? 0,
    producerExpirationMs,
    onRecovered: bytes => progress.bytesDone(bytes),
  })
  if (!options.isStray?.(topic, partition, log.topicId)) {
    options.onLoaded(log, isFuture ? 'future' : 'current')
    return
  }
  await log.abandon()
  const stray = `${directory.path}/${markedDirectoryName(topic, partition, world.random.bytes(16), 'stray')}`
  await world.disk.rename(path, stray)
  world.logger.warn(
    { path, stray },
    `${path} belongs to no topic of this broker and is now ${stray}; remove it when it is not needed`,
  )
}

/** None, unless they were written by whoever closed the directory. */
async function readSummaries({ directory, clean }: ManagedDirectory): Promise<ReadonlyMap<string, LogSummary>> {
  const path = `${directory.path}/${summaryName}`
  if (clean?.logs === undefined || !(await directory.disk.stat(path))) return new Map()
  const content = await directory.disk.readFile(path)
  return (crc32c(content) === clean.logs ? decodeSummaries(content) : undefined) ?? new Map()
}

/** Writes down how the logs of a directory were closed; answers the checksum of that. */
export async function writeSummaries(directory: LogDirectory, logs: readonly PartitionLog[]): Promise<number> {
  const summaries: LogSummary[] = []
  await forEachAtOnce(logs, opensAtOnceMax, async log => {
    const summary = await log.summarize()
    if (summary) summaries.push(summary)
  })
  const content = encodeSummaries(summaries)
  await directory.disk.replaceFile(`${directory.path}/${summaryName}`, content)
  return crc32c(content)
}

/** The offset of a partition in a checkpoint. */
export function offsetIn(checkpoint: OffsetCheckpoint, topic: string, partition: number): number | undefined {
  return checkpoint.get(topic)?.get(partition)
}

class Progress {
  readonly #world: World
  readonly #path: string
  readonly #total: number
  readonly #startMs: number
  readonly #verb: string
  #done = 0
  #bytes = 0
  #lastMs: number

  constructor(world: World, path: string, total: number, wasClean: boolean) {
    this.#world = world
    this.#path = path
    this.#total = total
    this.#startMs = world.clock.monotonicMs()
    this.#lastMs = this.#startMs
    this.#verb = wasClean ? 'opened' : 'recovered'
    if (total === 0 || wasClean) return
    world.logger.info(
      { directory: path, logs: total },
      `recovering ${total} logs in ${path}, which was not closed in good order`,
    )
  }

  bytesDone(bytes: number): void {
    this.#bytes += bytes
    this.#report()
  }

  logDone(): void {
    this.#done += 1
    this.#report()
  }

  #report(): void {
    const nowMs = this.#world.clock.monotonicMs()
    if (nowMs - this.#lastMs < progressIntervalMs) return
    this.#lastMs = nowMs
    const leftMs = this.#done > 0 ? ((nowMs - this.#startMs) / this.#done) * (this.#total - this.#done) : undefined
    const left = leftMs === undefined ? '' : `, about ${Math.ceil(leftMs / 1000)} s left`
    this.#world.logger.info(
      { directory: this.#path, done: this.#done, logs: this.#total, bytes: this.#bytes },
      `${this.#verb} ${this.#done} of ${this.#total} logs in ${this.#path} (${this.#bytes} bytes checked)${left}`,
    )
  }

  finish(): void {
    if (this.#total === 0) return
    const tookMs = Math.round(this.#world.clock.monotonicMs() - this.#startMs)
    this.#world.logger.info(
      { directory: this.#path, logs: this.#total, bytes: this.#bytes, tookMs },
      `${this.#verb} ${this.#total} logs in ${this.#path} in ${tookMs} ms`,
    )
  }
}
