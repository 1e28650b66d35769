import { expect, test } from 'vitest'
import { errors } from '../../../protocol/errors.ts'
import { buildBatch } from '../../../protocol/records/batch-builder.ts'
import { coordinatorPartition } from '../runtime/java-hash.ts'
import { MemoryLog } from '../testing/memory-log.ts'
import { MemoryPartition } from '../testing/memory-partition.ts'
import { TestTransactions } from '../testing/test-transactions.ts'

const idIn = (partition: number): string => {
  for (let n = 0; ; n++) if (coordinatorPartition(`id-${n}`, 3) === partition) return `id-${n}`
}

test('a partition that cannot be read fails alone, with one line that says so', async () => {
  const lines: string[] = []
  const say = (_fields: object, text: string) => void lines.push(text)
  const nothing = () => {}
  const logger = { debug: nothing, info: nothing, warn: say, error: say }
  const damaged = buildBatch([
    { key: Buffer.from('0000000361', 'hex'), value: Buffer.from('00010203', 'hex'), timestamp: 0 },
  ])
  const contents = [[], [damaged], []]
  const partitions = contents.map(content => new MemoryPartition(new MemoryLog({ content, autoCommit: true })))
  const test = await new TestTransactions({ partitions, logger }).start()
  const request = { timeoutMs: 1000, owned: undefined, enable2Pc: false, keepPreparedTxn: false }
  const answers = [0, 1, 2].map(async partition => {
    const answer = test.coordinator.initProducerId({ ...request, transactionalId: idIn(partition) })
    await test.clock.run()
    return (await answer).error
  })
  expect(await Promise.all(answers)).toEqual([errors.NONE, errors.NOT_COORDINATOR, errors.NONE])
  expect(lines).toHaveLength(1)
  expect(lines[0]).toMatch(/coordinator of __transaction_state-1 could not load.*NOT_COORDINATOR until/)
  // What can be listed is listed.
  const listed = test.coordinator.listTransactions({
    stateFilters: [],
    producerIdFilters: [],
    durationFilter: -1,
    transactionalIdPattern: null,
  })
  expect(listed.transactions).toHaveLength(2)
})
