import { expect, test } from 'vitest'
import { batchOf, LogBench, readAll, recordsIn } from '../../testing/log-bench.ts'

test('what is appended is written behind the decision and read back', async () => {
  const bench = new LogBench()
  const log = await bench.open()
  const outcome = log.append(batchOf(3), { leaderEpoch: 0, origin: 'client' })
  expect(outcome).toEqual({ ok: true, baseOffset: 0, lastOffset: 2, logAppendTimeMs: -1, duplicate: false })
  expect([log.nextOffset, log.logEndOffset]).toEqual([3, 0])
  await bench.settle()
  expect(log.logEndOffset).toBe(3)
  expect(recordsIn(await readAll(log)).map(record => record.offset)).toEqual([0, 1, 2])
})
