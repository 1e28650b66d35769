// Logs and their directories: what is on disk, what is not yet safe, what is open and cached.

import type { LogDirectoryInfo, LogManager } from '../log/log-manager.ts'
import type { PartitionLog } from '../log/partition-log.ts'
import { cleanerMetrics } from './cleaner-metrics.ts'
import { counter, gauge, type Metric } from './metric.ts'

export function logMetrics(logs: LogManager): readonly Metric[] {
  return [
    ...directoryMetrics(logs),
    ...sizeMetrics(logs),
    ...cacheMetrics(logs),
    ...cleanerMetrics(logs),
    ...moveMetrics(logs),
  ]
}

function directoryMetrics(logs: LogManager): readonly Metric[] {
  const each = (value: (directory: LogDirectoryInfo) => number) => () => {
    logs.lookAtSpace()
    return logs.directories.map(directory => ({ labels: { directory: directory.path }, value: value(directory) }))
  }
  const labels = ['directory']
  return [
    gauge(
      { name: 'millrace_log_directory_online', help: '1: in use. 0: its disk failed.', labels },
      each(({ isOnline }) => Number(isOnline)),
    ),
    gauge(
      {
        name: 'millrace_log_directory_full',
        help: '1: below log.dir.min.free.bytes, produce is refused until there is space again.',
        labels,
      },
      each(({ isFull }) => Number(isFull)),
    ),
    gauge(
      {
        name: 'millrace_log_directory_free_bytes',
        help: 'Free space, as of the last look at it: the scrape before this one at the latest. -1: not known.',
        labels,
      },
      each(({ space }) => space.freeBytes),
    ),
    gauge(
      { name: 'millrace_log_directory_capacity_bytes', help: 'Size of the file system. -1: not known.', labels },
      each(({ space }) => space.totalBytes),
    ),
  ]
}

function sizeMetrics(logs: LogManager): readonly Metric[] {
  const sum = (value: (log: PartitionLog) => number) => () => {
    let total = 0
    for (const log of logs.allWithMetadata()) total += value(log)
    return total
  }
  return [
    gauge(
      { name: 'millrace_log_partitions', help: 'Logs that are open, the metadata log among them.' },
      sum(() => 1),
    ),
    gauge(
      { name: 'millrace_log_segments', help: 'Segments of all logs.' },
      sum(log => log.segmentCount),
    ),
    gauge(
      { name: 'millrace_log_size_bytes', help: 'Bytes of records in all logs.' },
      sum(log => log.sizeBytes),
    ),
    gauge(
      { name: 'millrace_log_queued_bytes', help: 'Bytes decided that wait for the disk to take them.' },
      sum(log => log.queuedBytes),
    ),
    gauge(
      {
        name: 'millrace_log_unsynced_bytes',
        help: 'Bytes written since this start that no fdatasync covers yet: what a loss of power would take from this broker alone.',
      },
      sum(log => log.unsyncedBytes),
    ),
  ]
}

function cacheMetrics({ openFiles, indexCache }: LogManager): readonly Metric[] {
  return [
    gauge({ name: 'millrace_open_segment_files', help: 'Segment files that are kept open.' }, () => openFiles.count),
    gauge(
      { name: 'millrace_open_segment_files_max', help: 'How many are; beyond, the one used longest ago is closed.' },
      () => openFiles.countMax,
    ),
    counter({ name: 'millrace_segment_files_opened_total', help: 'Segment files opened.' }, () => openFiles.opened),
    counter(
      { name: 'millrace_segment_files_evicted_total', help: 'Segment files closed to make room for others.' },
      () => openFiles.evicted,
    ),
    counter(
      {
        name: 'millrace_index_lookups_total',
        help: 'Lookups in segment indexes: "hit" found them in memory, "miss" read them from their files.',
        labels: ['result'],
      },
      () => [
        { labels: { result: 'hit' }, value: indexCache.hits },
        { labels: { result: 'miss' }, value: indexCache.misses },
      ],
    ),
    counter(
      { name: 'millrace_index_cache_evictions_total', help: 'Indexes dropped to make room for others.' },
      () => indexCache.evictions,
    ),
    gauge(
      { name: 'millrace_index_cache_bytes', help: 'Memory of the cached indexes of inactive segments.' },
      () => indexCache.bytes,
    ),
    gauge({ name: 'millrace_index_cache_max_bytes', help: 'How much that may be.' }, () => indexCache.bytesMax),
  ]
}

function moveMetrics({ moves }: LogManager): readonly Metric[] {
  return [
    counter(
      {
        name: 'millrace_log_moves_total',
        help: 'Moves of a partition to another log directory: "done"; "cancelled" for another one, or with the topic; "failed": see the log of the broker.',
        labels: ['result'],
      },
      () => [
        { labels: { result: 'done' }, value: moves.counts.completed },
        { labels: { result: 'cancelled' }, value: moves.counts.cancelled },
        { labels: { result: 'failed' }, value: moves.counts.failed },
      ],
    ),
    counter(
      { name: 'millrace_log_move_copied_bytes_total', help: 'Bytes that moves have copied, as they go.' },
      () => moves.counts.copiedBytes,
    ),
    gauge(
      { name: 'millrace_log_moves_active', help: 'Partitions that are on their way to another log directory.' },
      () => moves.activeCount,
    ),
    gauge({ name: 'millrace_log_moves_running', help: 'Those of them that copy now.' }, () => moves.runningCount),
    gauge(
      { name: 'millrace_log_move_max_lag', help: 'Offsets that the copy lies behind which lies behind most.' },
      () => moves.lagMax,
    ),
  ]
}
