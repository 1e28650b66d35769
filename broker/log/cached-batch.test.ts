import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { DiskFile } from '../../io/disk.ts'
import { seededRandom } from '../../io/sim/random.ts'
import { batchOf, LogBench } from '../../testing/log-bench.ts'
import { BatchScanner } from './batch-scanner.ts'
import { cachedBatch } from './cached-batch.ts'
import { recentBatchesMax } from './recent-batches.ts'

/** A segment with batches of two records, of which reads find so much in memory. */
async function segmentFile(valueBytes: readonly number[], cachedChance: number, seed = 1) {
  const bench = new LogBench({ disk: { cachedChance, random: seededRandom(seed) } })
  const log = await bench.open()
  for (const bytes of valueBytes) await bench.append(log, batchOf(2, { valueBytes: bytes }))
  const file = await bench.disk.open(`${bench.path}/00000000000000000000.log`, 'write')
  return { file, end: log.sizeBytes, endOffset: log.logEndOffset }
}

async function scanned(file: DiskFile, end: number, offset: number) {
  const scanner = new BatchScanner(file, 0, end)
  const isFound = await scanner.find(batch => batch.lastOffset >= offset)
  return isFound ? { baseOffset: scanner.baseOffset, position: scanner.position, size: scanner.size } : undefined
}

test('what is found without waiting is what the scan finds', async () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 9000 }), { minLength: 1, maxLength: 30 })
  let foundCount = 0
  await fc.assert(
    fc.asyncProperty(sizes, fc.integer(), async (valueBytes, seed) => {
      const { file, end, endOffset } = await segmentFile(valueBytes, 0.8, seed)
      for (let offset = 0; offset <= endOffset; offset += 1) {
        const found = cachedBatch(file, 0, end, offset)
        if (!found) continue
        foundCount += 1
        expect(found).toEqual(await scanned(file, end, offset))
      }
    }),
    { numRuns: 50 },
  )
  expect(foundCount).toBeGreaterThan(100)
})

test('a read behind the batches that are remembered waits for nothing when its bytes are in memory', async () => {
  const operations: string[] = []
  const trace = (line: string) => void operations.push(line)
  const bench = new LogBench({ disk: { cachedChance: 1, trace } })
  const log = await bench.open()
  for (let count = 0; count < recentBatchesMax + 20; count += 1)
    await bench.append(log, batchOf(1, { valueBytes: 300 }))
  operations.length = 0
  const read = log.read(5, { maxBytes: 100, upTo: log.logEndOffset, atLeastOneBatch: true })
  expect(read).toMatchObject({ ok: true, batchBaseOffset: 5 })
  expect(operations).toEqual([])
})

test('what is damaged or cut is left to the scan, which says so', async () => {
  const { file, end } = await segmentFile([1, 1, 1, 1], 1)
  const third = cachedBatch(file, 0, end, 4)!
  for (const size of [0x7fffffff, 3, -5]) {
    const bytes = Buffer.alloc(4)
    bytes.writeInt32BE(size)
    await file.write([bytes], third.position + 8)
    expect(cachedBatch(file, 0, end, 6)).toBe(undefined)
    expect(cachedBatch(file, 0, end, 2)?.baseOffset).toBe(2)
  }
  expect(cachedBatch(file, 0, third.position, 4)).toBe(undefined)
  expect(cachedBatch(file, 0, third.position + 30, 4)).toBe(undefined)
})
