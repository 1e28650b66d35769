// For tests of the log: a partition log on a simulated disk, with a clock that the test moves, and batches to append.

import { brokerConfig } from '../broker/config/broker-config.ts'
import { developmentProfile } from '../broker/config/development-profile.ts'
import { type LogConfig, logConfigOf } from '../broker/config/log-config.ts'
import { IndexCache } from '../broker/log/index-cache.ts'
import { LogDirectory } from '../broker/log/log-directory.ts'
import { OpenFiles } from '../broker/log/open-files.ts'
import { type OpenLogOptions, openPartitionLog } from '../broker/log/open-log.ts'
import type { AppendOptions, AppendOutcome, PartitionLog } from '../broker/log/partition-log.ts'
import type { PreparedBatch } from '../broker/log/recompressor.ts'
import type { Disk } from '../io/disk.ts'
import type { Logger } from '../io/logger.ts'
import { ManualClock } from '../io/sim/clock.ts'
import { SimDisk, type SimDiskOptions } from '../io/sim/disk.ts'
import { seededRandom } from '../io/sim/random.ts'
import { type BatchOptions, buildBatch, type RecordInput } from '../protocol/records/batch-builder.ts'
import { batches } from '../protocol/records/batches.ts'
import { records } from '../protocol/records/records.ts'

/** A message that was logged. */
export interface LoggedLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly text: string
  readonly fields: object
}

export const benchTopicId = 'osfdB9rFShmMs2j6BzdIbw'
const topic = 'orders'
const logDirectory = '/logs'

/** Settings of the log as a topic would have them, Kafka's defaults for the rest. */
export function logConfig(overrides: Record<string, string | number> = {}): LogConfig {
  const texts = Object.entries(overrides).map(([name, value]) => [name, String(value)] as const)
  return logConfigOf(brokerConfig({ profile: developmentProfile() }), new Map(texts))
}

export interface BenchOptions {
  readonly disk?: SimDiskOptions
  readonly minFreeBytes?: number
  readonly openFiles?: OpenFiles
  readonly indexCache?: IndexCache
  readonly clock?: ManualClock
}

export class LogBench {
  readonly clock: ManualClock
  readonly sim: SimDisk
  readonly lines: LoggedLine[] = []
  readonly openFiles: OpenFiles
  readonly indexCache: IndexCache
  readonly path = `${logDirectory}/${topic}-0`
  readonly random = seededRandom(7)
  disk: Disk
  directory: LogDirectory
  readonly #minFreeBytes: number

  constructor(options: BenchOptions = {}) {
    this.clock = options.clock ?? new ManualClock()
    this.sim = new SimDisk({ nowMs: () => this.clock.now(), ...options.disk })
    this.openFiles = options.openFiles ?? new OpenFiles()
    this.indexCache = options.indexCache ?? new IndexCache()
    this.#minFreeBytes = options.minFreeBytes ?? 0
    this.disk = this.sim.mount()
    this.directory = this.#newDirectory()
  }

  get logger(): Logger {
    const log = (level: LoggedLine['level']) => (fields: object, text: string) => {
      this.lines.push({ level, text, fields })
    }
    return { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') }
  }

  #newDirectory(): LogDirectory {
    const { disk, clock, logger } = this
    return new LogDirectory({ disk, clock, logger, path: logDirectory, minFreeBytes: this.#minFreeBytes })
  }

  /** The process dies; what it had written is there. */
  crash(): void {
    this.sim.crashProcess()
    this.#restart()
  }

  /** The machine goes off; what was not synced may be gone. */
  losePower(): void {
    this.sim.losePower()
    this.#restart()
  }

  #restart(): void {
    this.disk = this.sim.mount()
    this.directory = this.#newDirectory()
  }

  /** Opens the log `orders-0`, as after an unclean stop unless told otherwise. */
  open(
    config: LogConfig | Record<string, string | number> = {},
    options: Partial<OpenLogOptions> = {},
  ): Promise<PartitionLog> {
    const { clock, random, logger, directory, path, openFiles, indexCache } = this
    return openPartitionLog({
      world: { clock, random, logger },
      directory,
      path,
      topic,
      partition: 0,
      topicId: benchTopicId,
      config: 'segmentBytes' in config ? (config as LogConfig) : logConfig(config as Record<string, string | number>),
      openFiles,
      indexCache,
      wasClean: false,
      producerExpirationMs: 86_400_000,
      ...options,
    })
  }

  /** Makes the log directory itself outlive a loss of power. */
  async syncParents(): Promise<void> {
    for (const path of ['/', logDirectory]) await this.disk.syncDirectory(path)
  }

  /** Lets everything happen that needs no time to pass. */
  settle(): Promise<void> {
    return this.clock.run()
  }

  /** Waits for a promise while the clock's `soon`s run. */
  async done<Result>(promise: Promise<Result>): Promise<Result> {
    promise.catch(() => {})
    await this.settle()
    return promise
  }

  /** Appends as a client in epoch 0, and lets the write happen. */
  async append(log: PartitionLog, batch: Buffer, options: Partial<AppendOptions> = {}): Promise<AppendOutcome> {
    const outcome = log.append(batch, { leaderEpoch: 0, origin: 'client', ...options })
    await this.settle()
    return outcome
  }

  /** Appends as a client whose batch is prepared first where it must be; answers what has become of it when it is known. */
  appendPrepared(log: PartitionLog, batch: Buffer, options: Partial<AppendOptions> = {}): { outcome?: AppendOutcome } {
    const answer: { outcome?: AppendOutcome } = {}
    const append = (prepared?: PreparedBatch) => {
      const bytes = prepared?.outcome.ok ? prepared.outcome.batch : batch
      answer.outcome = log.append(bytes, { leaderEpoch: 0, origin: 'client', ...options, prepared })
    }
    if (!log.prepare(batch, append)) append()
    return answer
  }

  /** Names of the files of the partition. */
  async files(): Promise<string[]> {
    return (await this.disk.list(this.path)).map(entry => entry.name)
  }

  file(name: string): Buffer {
    return this.sim.peek(`${this.path}/${name}`)
  }
}

/** A batch as a producer sends it: values `prefix-0`, `prefix-1` … with keys, at the bench clock's start. */
export function batchOf(
  count: number,
  options: BatchOptions & { prefix?: string; timestamp?: number; valueBytes?: number } = {},
): Buffer {
  const { prefix = 'value', timestamp = 1_767_225_600_000, valueBytes = 0, ...batch } = options
  const inputs: RecordInput[] = Array.from({ length: count }, (_, index) => ({
    key: Buffer.from(`key-${index}`),
    value: Buffer.from(`${prefix}-${index}`.padEnd(valueBytes, '.')),
    timestamp: timestamp + index,
  }))
  return buildBatch(inputs, batch)
}

/** Offset and value of every record of some batches. */
export function recordsIn(bytes: Buffer): { offset: number; value: string }[] {
  const found: { offset: number; value: string }[] = []
  for (const batch of batches(bytes)) {
    for (const { offset, value } of records(batch)) found.push({ offset, value: value?.toString() ?? '' })
  }
  return found
}

/** Everything in the log from an offset on, in memory. */
export async function readAll(log: PartitionLog, from = log.logStartOffset): Promise<Buffer> {
  const found: Buffer[] = []
  for (let offset = from; offset < log.logEndOffset; ) {
    const bytes = await log.readBytes(offset, { maxBytes: 1 << 20, upTo: log.logEndOffset })
    const all = [...batches(bytes)]
    if (all.length === 0) break
    found.push(bytes)
    const last = all.at(-1)!
    offset = Number(last.readBigInt64BE(0)) + last.readInt32BE(23) + 1
  }
  return Buffer.concat(found)
}
