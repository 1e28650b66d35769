// Bytes that wait for a log's disk, when there are as many as may be.

import { expect, test } from 'vitest'
import { errors } from '../../protocol/errors.ts'
import { buildBatch } from '../../protocol/records/batch-builder.ts'
import { LogBench } from '../../testing/log-bench.ts'
import { queuedBytesMax } from './log-writer.ts'

test('a producer faster than the disk is refused beyond queuedBytesMax, and comes again when the disk has taken them', async () => {
  const bench = new LogBench()
  const log = await bench.open()
  const batch = buildBatch([{ key: null, value: Buffer.alloc(1_000_000), headers: [], timestamp: 1000 }])
  const append = () => log.append(Buffer.from(batch), { leaderEpoch: 0, origin: 'client' })
  let accepted = 0
  while (append().ok) accepted++
  expect(accepted).toBe(Math.floor(queuedBytesMax / batch.length))
  expect(append()).toMatchObject({ ok: false, error: errors.REQUEST_TIMED_OUT })
  expect(log.queuedBytes).toBeLessThanOrEqual(queuedBytesMax)
  await bench.settle()
  expect([log.queuedBytes, log.logEndOffset]).toEqual([0, accepted])
  expect(append().ok).toBe(true)
  await bench.settle()
})
