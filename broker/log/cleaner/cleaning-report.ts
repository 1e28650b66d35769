// The line that a cleaning leaves in the log. Source: Kafka 4.3.0's LogCleaner.CleanerThread.recordStats.

import type { Offset } from '../../../protocol/types.ts'
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

const megabytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MB`
const percent = (part: number) => `${(100 * part).toFixed(1)}%`
