// A serde with kafkajs, and with our own client, on one topic of a broker of this process: each reads what the other has written.

import { Kafka, logLevel, Partitioners } from 'kafkajs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Consumer } from '../../client/consumer/consumer.ts'
import { Producer } from '../../client/producer/producer.ts'
import { startBroker, type TestBroker } from '../../testing/index.ts'
import { decodedRecords } from './decoded-records.ts'
import { PlayedRegistry } from './played-registry.ts'
import { SchemaRegistry } from './schema-registry.ts'
import { type Serde, serde } from './serde.ts'

interface Order {
  id: number
  note: string | null
}

let broker: TestBroker
let registry: SchemaRegistry
beforeAll(async () => {
  broker = await startBroker()
  registry = new SchemaRegistry({ url: 'http://r', world: { fetch: new PlayedRegistry().fetch } })
})
afterAll(() => broker.close())

const schema = {
  type: 'record',
  name: 'Order',
  fields: [
    { name: 'id', type: 'int' },
    { name: 'note', type: ['null', 'string'], default: null },
  ],
}

async function sendAll(topic: string): Promise<void> {
  const orders = serde<Order>({ registry, schema })
  const inHeaders = serde<Order>({ registry, schema, schemaId: 'header' })
  await using producer = new Producer({ bootstrap: broker.bootstrap })
  await producer.send(topic, { key: 'a', value: await orders.serialize(topic, { id: 1, note: 'ours' }) })
  const headers: Record<string, Buffer> = { trace: Buffer.from('x') }
  await producer.send(topic, {
    key: 'a',
    value: await inHeaders.serialize(topic, { id: 2, note: null }, headers),
    headers,
  })
  await producer.send(topic, { key: 'a', value: null })
  const kafka = new Kafka({ brokers: [broker.bootstrap], logLevel: logLevel.NOTHING })
  const other = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner })
  await other.connect()
  const theirs: Record<string, Buffer> = {}
  const value = await inHeaders.serialize(topic, { id: 4, note: 'theirs' }, theirs)
  const messages = [
    { key: 'a', value: await orders.serialize(topic, { id: 3, note: 'theirs' }) },
    { key: 'a', value, headers: theirs },
  ]
  await other.send({ topic, messages })
  await other.disconnect()
}

const all = [{ id: 1, note: 'ours' }, { id: 2, note: null }, null, { id: 3, note: 'theirs' }, { id: 4, note: 'theirs' }]

test('both write, both read, ids in front and in headers', async () => {
  await broker.createTopic('orders', { partitions: 1 })
  await sendAll('orders')
  const orders = serde<Order>({ registry, schema })
  await using consumer = new Consumer({ bootstrap: broker.bootstrap })
  consumer.assign([{ topic: 'orders', partition: 0, offset: 'earliest' }])
  const ours: unknown[] = []
  for await (const { record, value } of decodedRecords(consumer.records(), { value: orders })) {
    ours.push(value)
    expect(record.key?.toString()).toBe('a')
    if (ours.length === all.length) break
  }
  expect(ours).toEqual(all)
  expect(await readByKafkaJs(serde<Order>({ registry }))).toEqual(all)
})

async function readByKafkaJs(orders: Serde<Order>): Promise<unknown[]> {
  const kafka = new Kafka({ brokers: [broker.bootstrap], logLevel: logLevel.NOTHING })
  const consumer = kafka.consumer({ groupId: 'theirs' })
  await consumer.connect()
  await consumer.subscribe({ topic: 'orders', fromBeginning: true })
  const read: unknown[] = []
  await new Promise<void>((resolve, reject) => {
    const run = consumer.run({
      eachMessage: async ({ message }) => {
        read.push(await orders.deserialize(message.value, message.headers))
        if (read.length === all.length) resolve()
      },
    })
    run.catch(reject)
  })
  await consumer.disconnect()
  return read
}
