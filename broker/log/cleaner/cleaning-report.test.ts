import { describe, expect, test } from 'vitest'
import { ManualClock } from '../../../io/sim/clock.ts'
import { buildBatch } from '../../../protocol/records/batch-builder.ts'
import { CleanerBench } from '../../../testing/cleaner-bench.ts'
import { checkpointWarning, cleaningReport, keylessWarning } from './cleaning-report.ts'
import { CleaningStats } from './cleaning-stats.ts'

async function warning(cleanedUpTo: number | undefined, policy = 'compact'): Promise<string | undefined> {
  const bench = new CleanerBench()
  await bench.open({ 'cleanup.policy': policy })
  for (let i = 0; i < 30; i += 1) await bench.append(bench.log, buildBatch([{ key: Buffer.from('k'), value: null }]))
  bench.log.roll()
  await bench.settle()
  await bench.log.deleteRecordsBefore(20)
  return checkpointWarning(await bench.cleanable(cleanedUpTo), cleanedUpTo)
}

describe('a checkpoint that cannot be', () => {
  test('is told of', async () => {
    expect(await warning(5)).toContain('compacted from 20 on: cleaner-offset-checkpoint has 5 for it, which is below its start 20') // biome-ignore format: one thought
    expect(await warning(31)).toContain('has 31 for it, which is beyond its end 30')
    expect(await warning(31, 'compact,delete')).toContain('beyond its end 30')
  })

  test('is not told of where there is none, where it can be, and where retention has deleted', async () => {
    expect(await warning(undefined)).toBeUndefined()
    expect(await warning(20)).toBeUndefined()
    expect(await warning(30)).toBeUndefined()
    expect(await warning(5, 'compact,delete')).toBeUndefined()
  })
})

test('records without a key are told of', () => {
  const stats = new CleaningStats(new ManualClock())
  expect(keylessWarning('orders-0', stats)).toBeUndefined()
  stats.recordsWithoutKey = 3
  expect(keylessWarning('orders-0', stats)).toContain('orders-0: compaction has removed 3 records without a key')
})

test('the line of a cleaning has its figures', () => {
  const stats = new CleaningStats(new ManualClock())
  Object.assign(stats, { bytesRead: 10 * 2 ** 20, bytesWritten: 2 ** 20, recordsRead: 100, recordsRetained: 10, mapBytes: 2 ** 20 }) // biome-ignore format: one thought
  stats.indexed(0.5)
  const { text, fields } = cleaningReport('orders-0', 3, 90, stats)
  expect(text).toContain('orders-0 is compacted (dirty section [3, 90)): 10.0 MB with 100 records before, 1.0 MB with 10 after (90.0% smaller)') // biome-ignore format: one thought
  expect(text).toContain('offset map 50.0% full (1.0 MB)')
  expect(fields).toMatchObject({ from: 3, to: 90, recordsRetained: 10, mapUsed: 0.5, mapBytes: 2 ** 20 })
})
