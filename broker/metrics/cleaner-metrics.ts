// Compaction: what it does, what is in its way, and what it needs. Which of Kafka's metrics each of them is: README.md.

import type { CleaningStats } from '../log/cleaner/cleaning-stats.ts'
import type { LogCleaner } from '../log/cleaner/log-cleaner.ts'
import type { LogManager } from '../log/log-manager.ts'
import { counter, gauge, type Metric } from './metric.ts'

export function cleanerMetrics(logs: LogManager): readonly Metric[] {
  return [...cleaningCounters(logs), ...uncleanableMetrics(logs), ...stateMetrics(logs), ...lastCleaningMetrics(logs)]
}

/** 0 until the logs are loaded. */
function of(logs: LogManager, value: (cleaner: LogCleaner) => number): () => number {
  return () => (logs.cleaner ? value(logs.cleaner) : 0)
}

function cleaningCounters(logs: LogManager): readonly Metric[] {
  return [
    counter(
      {
        name: 'millrace_log_cleanings_total',
        help: 'Compactions of a log: "done"; "aborted" with the log, the broker or for lack of space; "failed", and not tried again.',
        labels: ['result'],
      },
      () => {
        const counts = logs.cleaner?.counts
        return [
          { labels: { result: 'done' }, value: counts?.cleanings ?? 0 },
          { labels: { result: 'aborted' }, value: counts?.aborted ?? 0 },
          { labels: { result: 'failed' }, value: counts?.failed ?? 0 },
        ]
      },
    ),
    counter(
      { name: 'millrace_log_cleaner_read_bytes_total', help: 'Bytes that compaction has looked through, as it goes.' },
      of(logs, ({ counts }) => counts.bytesRead),
    ),
    counter(
      { name: 'millrace_log_cleaner_written_bytes_total', help: 'Bytes that were left of them, as it goes.' },
      of(logs, ({ counts }) => counts.bytesWritten),
    ),
    counter(
      { name: 'millrace_log_cleaner_removed_records_total', help: 'Records that compaction has removed.' },
      of(logs, ({ counts }) => counts.recordsRemoved),
    ),
  ]
}

function uncleanableMetrics(logs: LogManager): readonly Metric[] {
  const uncleanable = (which: 'count' | 'bytes') => () =>
    logs.directories.map(({ path }) => {
      return { labels: { directory: path }, value: logs.cleaner?.uncleanableIn(path)[which] ?? 0 }
    })
  return [
    gauge(
      {
        name: 'millrace_log_cleaner_uncleanable_partitions',
        help: 'Compacted logs that are not compacted any more because it failed: see the log of the broker.',
        labels: ['directory'],
      },
      uncleanable('count'),
    ),
    gauge(
      {
        name: 'millrace_log_cleaner_uncleanable_bytes',
        help: 'What of these logs would be compacted, when the cleaner last looked.',
        labels: ['directory'],
      },
      uncleanable('bytes'),
    ),
  ]
}

function stateMetrics(logs: LogManager): readonly Metric[] {
  return [
    gauge(
      { name: 'millrace_log_cleaner_running', help: 'Logs that are being compacted.' },
      of(logs, ({ runningCount }) => runningCount),
    ),
    gauge(
      {
        name: 'millrace_log_cleaner_max_dirty_ratio',
        help: 'Of the log of which the largest part is not compacted, 0 to 1, when the cleaner last looked.',
      },
      of(logs, ({ dirtyRatioMax }) => dirtyRatioMax),
    ),
    gauge(
      {
        name: 'millrace_log_cleaner_max_compaction_delay_seconds',
        help: 'For how long a log has been overdue by max.compaction.lag.ms, of all the longest, when the cleaner last looked.',
      },
      of(logs, ({ overdueMsMax }) => overdueMsMax / 1000),
    ),
    gauge(
      { name: 'millrace_log_cleaner_last_look_age_seconds', help: 'Since a cleaner last looked for a log to compact.' },
      of(logs, ({ sinceLastLookMs }) => sinceLastLookMs / 1000),
    ),
    gauge(
      { name: 'millrace_log_cleaner_map_bytes', help: 'Memory that the cleaners keep for keys.' },
      of(logs, ({ mapBytes }) => mapBytes),
    ),
    gauge(
      { name: 'millrace_log_cleaner_map_max_bytes', help: 'How much that may be: log.cleaner.dedupe.buffer.size.' },
      of(logs, ({ mapBytesMax }) => mapBytesMax),
    ),
  ]
}

/** Of each of log.cleaner.threads the last one. */
function lastCleaningMetrics(logs: LogManager): readonly Metric[] {
  const most = (value: (stats: CleaningStats) => number) => of(logs, ({ last }) => Math.max(0, ...last.map(value)))
  return [
    gauge(
      {
        name: 'millrace_log_cleaner_last_duration_seconds',
        help: "How long the last compaction of a log took, of the cleaners' last ones the longest.",
      },
      most(({ elapsedMs }) => elapsedMs / 1000),
    ),
    gauge(
      {
        name: 'millrace_log_cleaner_last_map_used_ratio',
        help: 'How much of log.cleaner.dedupe.buffer.size the last compaction used, 0 to 1. 1: another one had to follow.',
      },
      most(({ mapUsed }) => mapUsed),
    ),
    gauge(
      {
        name: 'millrace_log_cleaner_last_recopy_ratio',
        help: "What the cleaners' last compactions wrote of what they read, 0 to 1.",
      },
      of(logs, ({ last }) => {
        const [read, written] = [sum(last.map(each => each.bytesRead)), sum(last.map(each => each.bytesWritten))]
        return written / Math.max(1, read)
      }),
    ),
  ]
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
