// The aborted transactions of a segment are known nowhere but in its transaction index once recovery begins behind them.

import { expect, test } from 'vitest'
import { seededRandom } from '../../io/sim/random.ts'
import { buildBatch } from '../../protocol/records/batch-builder.ts'
import { encodeControlRecord } from '../../protocol/records/control-record.ts'
import { batchOf, LogBench } from '../../testing/log-bench.ts'
import type { PartitionLog } from './partition-log.ts'

const config = { 'flush.messages': 1 }
const producer = { producerId: 7, producerEpoch: 0, transactional: true } as const

async function appendAborted(bench: LogBench, log: PartitionLog, baseSequence = 0): Promise<void> {
  await bench.append(log, batchOf(1, { ...producer, baseSequence }), { verification: 'disabled' })
  const marker = { ...encodeControlRecord({ type: 'ABORT', coordinatorEpoch: 0 }), timestamp: 1_767_225_600_000 }
  await bench.append(log, buildBatch([marker], { ...producer, control: true }), { origin: 'coordinator' })
}

async function aborted(log: PartitionLog): Promise<readonly unknown[]> {
  const options = { maxBytes: 1000, upTo: log.lastStableOffset, atLeastOneBatch: true, withAbortedTransactions: true }
  const read = await log.read(0, options)
  if (!read.ok) throw new Error('nothing can be read')
  read.release()
  return read.abortedTransactions
}

test('they outlive a loss of power also when recovery has written them, and a clean stop found nothing to add', async () => {
  for (let seed = 1; seed <= 20; seed++) {
    const bench = new LogBench({ disk: { random: seededRandom(seed) } })
    const first = await bench.open(config)
    await bench.syncParents()
    await appendAborted(bench, first)
    const { recoveryPoint } = first
    bench.crash()
    const recovered = await bench.open(config)
    await bench.done(recovered.close())
    bench.losePower()
    const log = await bench.open(config, { recoveryPoint, wasClean: true })
    expect([seed, await aborted(log)]).toEqual([seed, [{ producerId: 7, firstOffset: 0 }]])
  }
})

test('after a clean stop the log takes more of them, and knows all', async () => {
  const bench = new LogBench()
  const first = await bench.open(config)
  await appendAborted(bench, first)
  await bench.done(first.close())
  const summary = await first.summarize()
  expect(summary).toBeDefined()
  const log = await bench.open(config, { wasClean: true, summary })
  await appendAborted(bench, log, 1)
  expect(await aborted(log)).toEqual([
    { producerId: 7, firstOffset: 0 },
    { producerId: 7, firstOffset: 2 },
  ])
})
