// A segment that is rolled when everything in it has been flushed: its indexes are written then, and must outlive a loss of power.

import { expect, test } from 'vitest'
import { seededRandom } from '../../io/sim/random.ts'
import { batchOf, LogBench } from '../../testing/log-bench.ts'

const config = { 'flush.messages': 1, 'internal.segment.bytes': 1000, 'index.interval.bytes': 0 }
const batch = () => batchOf(1, { valueBytes: 300 })

async function losePower(seed: number, appendsAfterRoll: number) {
  const bench = new LogBench({ disk: { random: seededRandom(seed) } })
  const log = await bench.open(config)
  await bench.syncParents()
  while (log.segmentCount < 2) await bench.append(log, batch())
  for (let count = 1; count < appendsAfterRoll; count++) await bench.append(log, batch())
  const { recoveryPoint, logEndOffset } = log
  expect(recoveryPoint).toBe(logEndOffset)
  bench.losePower()
  return { bench, recoveryPoint }
}

test.each([1, 2])('its records are not taken for old ones: %i appends behind it', async appends => {
  for (let seed = 1; seed <= 20; seed++) {
    const { bench, recoveryPoint } = await losePower(seed, appends)
    const log = await bench.open(config, { recoveryPoint })
    await bench.done(log.deleteOldSegments(bench.clock.now()))
    expect([seed, log.logStartOffset]).toEqual([seed, 0])
  }
})

test('where the power goes right behind the roll, they are on the disk before the next segment is', async () => {
  const bench = new LogBench()
  const log = await bench.open(config)
  for (let count = 0; count < 2; count++) await bench.append(log, batch())
  const operations: string[] = []
  const { disk } = bench
  const open = disk.open.bind(disk)
  disk.open = async (path, mode) => {
    const file = await open(path, mode)
    const name = path.slice(path.lastIndexOf('/') + 1).replace(/^0+(\d\.)/, '$1')
    if (mode === 'create') operations.push(`create ${name}`)
    const datasync = file.datasync.bind(file)
    file.datasync = async () => {
      operations.push(`sync ${name}`)
      await datasync()
    }
    return file
  }
  await bench.append(log, batch())
  expect([log.segmentCount, log.recoveryPoint]).toEqual([2, 3])
  const created = operations.indexOf('create 2.log')
  expect(created).toBeGreaterThan(0)
  expect(operations.slice(0, created)).toEqual(expect.arrayContaining(['sync 0.index', 'sync 0.timeindex']))
})
