import { expect, test } from 'vitest'
import { ManualClock } from '../../io/sim/clock.ts'
import { CleaningStats } from '../log/cleaner/cleaning-stats.ts'
import type { LogManager } from '../log/log-manager.ts'
import { cleanerMetrics } from './cleaner-metrics.ts'

function stats(read: number, written: number, mapUsed: number, seconds: number): CleaningStats {
  const clock = new ManualClock()
  const made = Object.assign(new CleaningStats(clock), { bytesRead: read, bytesWritten: written })
  made.indexed(mapUsed)
  clock.advance(seconds * 1000)
  made.finish()
  return made
}

const values = (logs: object) =>
  Object.fromEntries(
    cleanerMetrics(logs as LogManager).map(metric => {
      const found = [...metric.read()]
      const [only] = found
      return [metric.name.replace('millrace_log_', ''), only && !only.labels ? only.value : found]
    }),
  )

test('two cleaners: the most of what is a time or a part, and together what they copied', () => {
  const cleaner = {
    counts: { cleanings: 5, aborted: 1, failed: 2, bytesRead: 100, bytesWritten: 20, recordsRemoved: 7 },
    runningCount: 1,
    dirtyRatioMax: 0.5,
    overdueMsMax: 2500,
    sinceLastLookMs: 1500,
    mapBytes: 240,
    mapBytesMax: 2400,
    last: [stats(1000, 100, 0.25, 3), stats(3000, 900, 0.75, 1)],
    uncleanableIn: (directory: string) => (directory === '/a' ? { count: 2, bytes: 77 } : { count: 0, bytes: 0 }),
  }
  expect(values({ cleaner, directories: [{ path: '/a' }, { path: '/b' }] })).toMatchObject({
    cleaner_uncleanable_partitions: [
      { labels: { directory: '/a' }, value: 2 },
      { labels: { directory: '/b' }, value: 0 },
    ],
    cleaner_uncleanable_bytes: [
      { labels: { directory: '/a' }, value: 77 },
      { labels: { directory: '/b' }, value: 0 },
    ],
    cleaner_max_compaction_delay_seconds: 2.5,
    cleaner_last_look_age_seconds: 1.5,
    cleaner_map_bytes: 240,
    cleaner_map_max_bytes: 2400,
    cleaner_last_duration_seconds: 3,
    cleaner_last_map_used_ratio: 0.75,
    cleaner_last_recopy_ratio: 0.25,
  })
})

test('before the logs are loaded there is nothing to tell', () => {
  expect(values({ cleaner: undefined, directories: [] })).toMatchObject({ cleaner_running: 0, cleaner_last_recopy_ratio: 0 }) // biome-ignore format: one thought
})
