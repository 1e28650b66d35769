// Kafka's checkpoint files: text, a version, a count, then one entry per line. They are replaced as a whole.
// Source: Kafka 4.3.0's CheckpointFile, OffsetCheckpointFile, LeaderEpochCheckpointFile.

import { type Disk, DiskError } from '../../io/disk.ts'
import type { Offset, TopicPartition } from '../../protocol/types.ts'
import type { EpochEntry } from './leader-epoch-cache.ts'

export const recoveryPointCheckpointName = 'recovery-point-offset-checkpoint'
export const logStartOffsetCheckpointName = 'log-start-offset-checkpoint'
export const highWatermarkCheckpointName = 'replication-offset-checkpoint'
export const cleanerOffsetCheckpointName = 'cleaner-offset-checkpoint'
export const leaderEpochCheckpointName = 'leader-epoch-checkpoint'

const checkpointVersion = 0

/** The file exists and does not read as a checkpoint. */
export class CheckpointError extends Error {
  readonly code = 'CHECKPOINT_MALFORMED'

  constructor(path: string, problem: string) {
    super(`${path}: ${problem}`)
    this.name = 'CheckpointError'
  }
}

/** Offsets by partition: `topic partition offset` per line. */
export type OffsetCheckpoint = Map<string, Map<number, Offset>>

/** Empty when the file is missing. Throws CheckpointError. */
export async function readOffsetCheckpoint(disk: Disk, path: string): Promise<OffsetCheckpoint> {
  const offsets: OffsetCheckpoint = new Map()
  for (const [topic, partition, offset] of await readLines(disk, path, 3)) {
    const partitions = offsets.get(topic!) ?? new Map<number, Offset>()
    partitions.set(wholeNumber(path, partition!), wholeNumber(path, offset!))
    offsets.set(topic!, partitions)
  }
  return offsets
}

/** The whole file's content. */
export function formatOffsetCheckpoint(offsets: Iterable<readonly [TopicPartition, Offset]>): Buffer {
  return format(Array.from(offsets, ([{ topic, partition }, offset]) => `${topic} ${partition} ${offset}`))
}

/** `epoch start-offset` per line. Empty when the file is missing. Throws CheckpointError. */
export async function readEpochCheckpoint(disk: Disk, path: string): Promise<EpochEntry[]> {
  const lines = await readLines(disk, path, 2)
  return lines.map(([epoch, startOffset]) => ({
    epoch: wholeNumber(path, epoch!),
    startOffset: wholeNumber(path, startOffset!),
  }))
}

/** The whole file's content. */
export function formatEpochCheckpoint(entries: readonly EpochEntry[]): Buffer {
  return format(entries.map(({ epoch, startOffset }) => `${epoch} ${startOffset}`))
}

/** The text of a checkpoint, line by line. Throws CheckpointError. */
export function parseCheckpoint(path: string, text: string, fieldsPerLine: number): string[][] {
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  if (lines.length < 2) {
    if (lines.length === 1) checkVersion(path, lines[0]!)
    return []
  }
  checkVersion(path, lines[0]!)
  const count = wholeNumber(path, lines[1]!)
  const entries = lines.slice(2).map(line => line.split(/\s+/))
  const malformed = entries.findIndex(fields => fields.length !== fieldsPerLine)
  if (malformed >= 0) throw new CheckpointError(path, `malformed line "${lines[2 + malformed]}"`)
  if (entries.length !== count) throw new CheckpointError(path, `${count} entries announced, ${entries.length} found`)
  return entries
}

async function readLines(disk: Disk, path: string, fieldsPerLine: number): Promise<string[][]> {
  try {
    return parseCheckpoint(path, (await disk.readFile(path)).toString('utf8'), fieldsPerLine)
  } catch (error) {
    if (error instanceof DiskError && error.code === 'NOT_FOUND') return []
    throw error
  }
}

function format(lines: readonly string[]): Buffer {
  return Buffer.from([checkpointVersion, lines.length, ...lines, ''].join('\n'))
}

function checkVersion(path: string, line: string): void {
  if (wholeNumber(path, line) !== checkpointVersion) {
    throw new CheckpointError(path, `version ${line}, expected ${checkpointVersion}`)
  }
}

function wholeNumber(path: string, text: string): number {
  const value = Number(text)
  if (!/^-?\d+$/.test(text) || !Number.isSafeInteger(value))
    throw new CheckpointError(path, `malformed number "${text}"`)
  return value
}
