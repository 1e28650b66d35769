// The lines that a cleaning leaves in the log. Source: Kafka 4.3.0's LogCleaner.CleanerThread.recordStats.

import type { Offset } from '../../../protocol/types.ts'
import type { CleanableLog } from './cleanable-log.ts'
import type { CleaningStats } from './cleaning-stats.ts'

/** What it says, and the same as fields. */
export function cleaningReport(
  name: string,
  from: Offset,
  to: Offset,
  stats: CleaningStats,
): { readonly fields: object; readonly text: string } {
  const {
    bytesRead,
    bytesWritten,
    recordsRead,
    recordsRetained,
    recordsWithoutKey,
    elapsedMs,
    indexMs,
    mapUsed,
    mapBytes,
  } = stats
  const seconds = elapsedMs / 1000
  const fields = {
    log: name,
    from,
    to,
    bytesRead,
    bytesWritten,
    recordsRead,
    recordsRetained,
    recordsWithoutKey,
    elapsedMs: Math.round(elapsedMs),
    indexMs: Math.round(indexMs),
    mapUsed: Number(mapUsed.toFixed(4)),
    mapBytes,
  }
  const text = [
    `${name} is compacted (dirty section [${from}, ${to})): ${megabytes(bytesRead)} with ${recordsRead} records before,`,
    `${megabytes(bytesWritten)} with ${recordsRetained} after (${percent(1 - bytesWritten / Math.max(1, bytesRead))} smaller),`,
    `in ${seconds.toFixed(1)} s (${megabytes(bytesRead / Math.max(seconds, 0.001))}/s),`,
    `offset map ${percent(mapUsed)} full (${megabytes(mapBytes)})`,
  ]
  return { fields, text: text.join(' ') }
}

/** Undefined: nothing to warn of. Where retention deletes, too, it often gets ahead of the cleaner. */
export function checkpointWarning(cleanable: CleanableLog, checkpoint: Offset | undefined): string | undefined {
  const { log, isCheckpointWrong, firstDirtyOffset } = cleanable
  if (!isCheckpointWrong || checkpoint === undefined) return undefined
  const isBelow = checkpoint < log.logStartOffset
  if (isBelow && log.config.cleanupPolicy.delete) return undefined
  const where = isBelow ? `below its start ${log.logStartOffset}` : `beyond its end ${log.logEndOffset}`
  return `${log.name} is compacted from ${firstDirtyOffset} on: cleaner-offset-checkpoint has ${checkpoint} for it, which is ${where}. Nothing is to be done, unless the log was cut by hand.`
}

/** Undefined: every record had a key. */
export function keylessWarning(name: string, { recordsWithoutKey }: CleaningStats): string | undefined {
  if (recordsWithoutKey === 0) return undefined
  return `${name}: compaction has removed ${recordsWithoutKey} records without a key, which were written before its cleanup.policy had compact. Take compact away from topics whose records have no keys.`
}

const megabytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MB`
const percent = (part: number) => `${(100 * part).toFixed(1)}%`
