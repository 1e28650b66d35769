// Producer and consumer together: what is written is read, in each codec, whole and in order.

import assert from 'node:assert/strict'
import { type CompressionType, compressionTypes } from '../../protocol/records/compression-type.ts'
import { Admin } from '../admin/admin.ts'
import { Consumer } from '../consumer/consumer.ts'
import type { ConsumerRecord } from '../consumer/consumer-record.ts'
import { Producer } from '../producer/producer.ts'
import type { CheckContext, ClientCheck } from './check.ts'

const recordCount = 2000
const timestampFirst = 1_790_000_000_000

/** Text that repeats itself, and some that does not, so that every codec has something to do. */
const textOf = (index: number) =>
  `{"number":${index},"text":"${'abc'.repeat(index % 50)}${(index * 2_654_435_761) % 4_294_967_296}"}`

async function createTopic({ bootstrap, world, replicationFactor }: CheckContext, name: string): Promise<void> {
  const admin = new Admin({ bootstrap }, world)
  try {
    await admin.topics.create({ name, partitions: 1, replicationFactor })
  } finally {
    await admin.close()
  }
}

/** The first so many records of partition 0. */
async function readFrom({ bootstrap, world }: CheckContext, topic: string, count: number): Promise<ConsumerRecord[]> {
  const consumer = new Consumer({ bootstrap }, world)
  try {
    consumer.assign([{ topic, partition: 0, offset: 'earliest' }])
    const records: ConsumerRecord[] = []
    for await (const record of consumer.records()) if (records.push(record) === count) break
    return records
  } finally {
    await consumer.close()
  }
}

/** Creates the topic and writes what `readRecords` expects. */
export async function writeRecords(context: CheckContext, topic: string, compression: CompressionType): Promise<void> {
  await createTopic(context, topic)
  const producer = new Producer({ bootstrap: context.bootstrap, compression }, context.world)
  try {
    const sent = Array.from({ length: recordCount }, (_, index) =>
      producer.send(topic, {
        key: `key-${index}`,
        value: index % 100 === 99 ? null : textOf(index),
        headers: { index: String(index) },
        timestamp: timestampFirst + index,
      }),
    )
    for (const [index, { partition, offset }] of (await Promise.all(sent)).entries()) {
      assert.deepEqual([partition, Number(offset)], [0, index])
    }
  } finally {
    await producer.close()
  }
}

/** Reads what `writeRecords` wrote, and rejects when it is something else. */
export async function readRecords(context: CheckContext, topic: string): Promise<void> {
  const records = await readFrom(context, topic, recordCount)
  for (const [index, record] of records.entries()) {
    assert.equal(record.offset, index)
    assert.equal(String(record.key), `key-${index}`)
    assert.equal(record.value === null ? null : String(record.value), index % 100 === 99 ? null : textOf(index))
    assert.equal(String(record.header('index')?.value), String(index))
    assert.equal(record.timestamp, timestampFirst + index)
  }
}

const roundTrip = (compression: CompressionType): ClientCheck => ({
  name: `records/${compression}: what is written is read, in order, with keys, headers and timestamps`,
  async run(context) {
    const topic = context.newName(compression)
    await writeRecords(context, topic, compression)
    await readRecords(context, topic)
  },
})

export const recordsChecks: readonly ClientCheck[] = compressionTypes.map(roundTrip)
