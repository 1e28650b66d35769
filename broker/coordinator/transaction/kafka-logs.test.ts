// Partitions of __transaction_state as a Kafka 4.3.0 broker left them: every record decodes, and encodes to the same bytes;
// what Kafka's admin client saw in them is what ours answers.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { batches } from '../../../protocol/records/batches.ts'
import { records } from '../../../protocol/records/records.ts'
import { MemoryLog } from '../testing/memory-log.ts'
import { MemoryPartition } from '../testing/memory-partition.ts'
import { TestTransactions } from '../testing/test-transactions.ts'
import { transactionRecordCodec } from './transaction-record.ts'

interface LeftByKafka {
  /** By partition: the segments in base64. */
  readonly logs: { readonly [partition: string]: readonly string[] }
  readonly transactions: readonly {
    readonly transactionalId: string
    readonly producerId: number
    readonly producerEpoch: number
    readonly state: string
    readonly timeoutMs: number
    readonly partitions: readonly string[]
  }[]
}

const file = join(import.meta.dirname, '../testdata/transaction-state-clean.json.gz')
const left = JSON.parse(gunzipSync(readFileSync(file)).toString('utf8')) as LeftByKafka
const segments = Object.values(left.logs).map(log => log.map(segment => Buffer.from(segment, 'base64')))

test('every record decodes and encodes to the same bytes', () => {
  const all = segments.flat().flatMap(segment => [...batches(segment)].flatMap(batch => [...records(batch)]))
  expect(all.length).toBeGreaterThan(150)
  const statuses = new Set<string>()
  for (const { key, value } of all) {
    const record = transactionRecordCodec.decode(key, value)
    if (typeof record === 'number') throw new Error(`a record of type ${record}`)
    statuses.add(record.transaction?.status ?? 'forgotten')
    expect(transactionRecordCodec.encode(record)).toEqual({ key, value })
  }
  expect([...statuses].sort()).toEqual([
    'CompleteAbort',
    'CompleteCommit',
    'Empty',
    'Ongoing',
    'PrepareAbort',
    'PrepareCommit',
  ])
})

test('the transactions are those that Kafka had', async () => {
  const partitions = segments.map(content => new MemoryPartition(new MemoryLog({ content, autoCommit: true })))
  const { coordinator } = await new TestTransactions({ partitions }).start()
  const described = coordinator.describeTransactions(left.transactions.map(({ transactionalId }) => transactionalId))
  const ours = described.map(each => ({
    transactionalId: each.transactionalId,
    producerId: each.producerId,
    producerEpoch: each.producerEpoch,
    state: each.transactionState,
    timeoutMs: each.transactionTimeoutMs,
    partitions: (each.topics ?? [])
      .flatMap(({ topic, partitions = [] }) => partitions.map(index => `${topic}-${index}`))
      .sort(),
  }))
  expect(ours).toEqual(left.transactions.map(each => ({ ...each, partitions: [...each.partitions].sort() })))
})

test('a value of a version to come is passed over, a status that does not exist is not', () => {
  const key = Buffer.from('00000003617070', 'hex')
  expect(transactionRecordCodec.decode(key, Buffer.from('0002ffff', 'hex'))).toBe(0)
  const value = transactionRecordCodec.encode({
    transactionalId: 'app',
    version: 1,
    transaction: {
      transactionalId: 'app',
      producerId: 1,
      previousProducerId: -1,
      nextProducerId: -1,
      producerEpoch: 0,
      lastProducerEpoch: -1,
      timeoutMs: 1,
      status: 'Ongoing',
      partitions: new Map(),
      startMs: 1,
      lastUpdateMs: 1,
      clientVersion: 2,
    },
  }).value!
  // int16 version, int64 producer id, int16 epoch, int32 timeout, int8 status.
  value[2 + 8 + 2 + 4] = 9
  expect(() => transactionRecordCodec.decode(key, value)).toThrow('9 is the number of no transaction status')
})
