import { expect, test } from 'vitest'
import { errors } from '../../../protocol/errors.ts'
import { MemoryLog } from '../testing/memory-log.ts'
import { MemoryPartition } from '../testing/memory-partition.ts'
import { TestTransactions } from '../testing/test-transactions.ts'

test('a marker that cannot be written is worth one line when that lasts, and none when it passes', async () => {
  const lines: string[] = []
  const say = (_fields: object, text: string) => void lines.push(text)
  const nothing = () => {}
  const logger = { debug: nothing, info: nothing, warn: say, error: say }
  const partitions = [new MemoryPartition(new MemoryLog({ autoCommit: true }))]
  const bench = await new TestTransactions({ partitions, logger }).start()
  const { coordinator, clock } = bench
  async function answered<Answer>(answer: Promise<Answer>): Promise<Answer> {
    await clock.run()
    return answer
  }
  const transactionalId = 'app'
  const begin = { transactionalId, timeoutMs: 60_000, owned: undefined, enable2Pc: false, keepPreparedTxn: false }
  const { producerId, producerEpoch } = await answered(coordinator.initProducerId(begin))
  const producer = { transactionalId, producerId, producerEpoch }
  await answered(coordinator.addPartitions({ ...producer, partitions: [{ topic: 't', partition: 0 }] }, 2))
  bench.markersAnswer = errors.NOT_LEADER_OR_FOLLOWER
  const ended = await answered(coordinator.endTransaction({ ...producer, committed: true, clientVersion: 2 }))
  expect(ended.error).toBe(errors.NONE)
  await clock.run(500)
  expect(lines).toEqual([])
  await clock.run(60_000)
  expect(lines).toEqual(['a transaction marker could not be written; it is tried again until it is'])
  bench.markersAnswer = errors.NONE
  await clock.run(1000)
  expect(coordinator.describeTransactions([transactionalId])).toMatchObject([{ transactionState: 'CompleteCommit' }])
})
