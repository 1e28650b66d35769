// The producer against our broker on real sockets; what it wrote is read by kafkajs, which nobody here wrote.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import kafkajs, { type KafkaMessage } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Broker } from '../../broker/broker.ts'
import { brokerConfig } from '../../broker/config/broker-config.ts'
import { developmentProfile } from '../../broker/config/development-profile.ts'
import { realWorld } from '../../io/real-world.ts'
import { compress, decompress } from '../../protocol/records/compression.ts'
import type { CompressionType } from '../../protocol/records/compression-type.ts'
import { Producer } from './producer.ts'
import type { ProducerOptions } from './producer-options.ts'

const { CompressionCodecs, CompressionTypes, Kafka, logLevel } = kafkajs

const plugIn = (type: CompressionType) => () => ({
  compress: ({ buffer }: { buffer: Buffer }) => Promise.resolve(compress(type, buffer)),
  decompress: (bytes: Buffer) => Promise.resolve(decompress(type, bytes, 1 << 26)),
})
CompressionCodecs[CompressionTypes.Snappy] = plugIn('snappy')
CompressionCodecs[CompressionTypes.LZ4] = plugIn('lz4')
CompressionCodecs[CompressionTypes.ZSTD] = plugIn('zstd')

let directory: string
let broker: Broker
let bootstrap: string

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'millrace-producer-'))
  const config = brokerConfig({
    profile: developmentProfile({ port: 0, dataDir: join(directory, 'data') }),
    properties: new Map([
      ['group.initial.rebalance.delay.ms', '0'],
      ['offsets.topic.num.partitions', '1'],
      ['num.partitions', '3'],
    ]),
  })
  broker = await Broker.start({ world: realWorld(), config })
  bootstrap = `127.0.0.1:${broker.port}`
})
afterAll(async () => {
  await broker.stop()
  rmSync(directory, { recursive: true, force: true })
})

const producerWith = (options: Partial<ProducerOptions> = {}) => new Producer({ bootstrap, lingerMs: 1, ...options })

type Read = KafkaMessage & { readonly partition: number }

/** The first so many records of a topic, in the order of each partition. */
async function read(topic: string, count: number): Promise<Read[]> {
  const kafka = new Kafka({ brokers: [bootstrap], logLevel: logLevel.NOTHING })
  const consumer = kafka.consumer({ groupId: `reads-${topic}`, maxWaitTimeInMs: 50 })
  const found: Read[] = []
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  await new Promise<void>(resolve => {
    void consumer.run({
      eachMessage: async ({ message, partition }) => {
        found.push({ ...message, partition })
        if (found.length === count) resolve()
      },
    })
  })
  await consumer.disconnect()
  return found
}

describe('records', () => {
  test('arrive with key, value, headers and time, and the answer says where', async () => {
    await using producer = producerWith()
    const sent = await producer.send('whole', {
      key: 'ключ',
      value: Buffer.from([0, 1, 255]),
      headers: [
        { key: 'a', value: 'eins' },
        { key: 'a', value: null },
      ],
      timestamp: 1_700_000_000_123,
    })
    const [record] = await read('whole', 1)
    expect(sent).toEqual({
      topic: 'whole',
      partition: record!.partition,
      offset: Number(record!.offset),
      timestampMs: 1_700_000_000_123,
    })
    expect(record!.key?.toString()).toBe('ключ')
    expect(record!.value).toEqual(Buffer.from([0, 1, 255]))
    expect(record!.timestamp).toBe('1700000000123')
    expect(record!.headers!.a).toEqual([Buffer.from('eins'), null])
  })

  test('of a key go where the clients of others send them', async () => {
    await using producer = producerWith()
    const keys = ['a', 'b', 'some-longer-key', 'żółw', '']
    const sent = await Promise.all(keys.map(key => producer.send('keyed', { key, value: null })))
    const choose = kafkajs.Partitioners.DefaultPartitioner()
    const partitionMetadata = [0, 1, 2].map(partitionId => ({ partitionId, leader: 1 }))
    const expected = keys.map(key =>
      choose({ topic: 'keyed', partitionMetadata: partitionMetadata as never, message: { key, value: null } }),
    )
    expect(sent.map(({ partition }) => partition)).toEqual(expected)
  })

  test.each(['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const)('compressed with %s', async compression => {
    await using producer = producerWith({ compression, batchBytes: 4096 })
    const values = Array.from({ length: 500 }, (_, i) => `value ${i} ${'x'.repeat(i % 50)}`)
    const { ranges, count } = await producer.sendBatch(
      `with-${compression}`,
      values.map(value => ({ value, partition: 1 })),
    )
    expect(count).toBe(values.length)
    expect(ranges.length).toBeGreaterThan(compression === 'none' ? 4 : 0)
    const found = await read(`with-${compression}`, values.length)
    expect(found.map(({ value }) => value!.toString())).toEqual(values)
  })

  test('in the order of the calls, whatever waits for memory', async () => {
    await using producer = producerWith({ batchBytes: 1024, bufferMemoryBytes: 3000 })
    const sent = Array.from({ length: 2000 }, (_, i) => producer.send('ordered', { value: `${i}`, partition: 0 }))
    const offsets = (await Promise.all(sent)).map(({ offset }) => offset)
    expect(offsets).toEqual(offsets.map((_, i) => i))
    const found = await read('ordered', 2000)
    expect(found.map(({ value }) => value!.toString())).toEqual(sent.map((_, i) => `${i}`))
  })

  test('from an encoder and from anything iterable', async () => {
    await using producer = producerWith({ batchBytes: 512, bufferMemoryBytes: 1024 })
    const encoder = {
      count: 100,
      fill(record: { value: unknown; partition: unknown }, index: number) {
        record.value = `${index}`
        record.partition = 0
      },
    }
    await producer.sendBatch('from-sources', encoder)
    const set = new Set([
      { value: 'a', partition: 0 },
      { value: 'b', partition: 0 },
    ])
    const { ranges } = await producer.sendBatch('from-sources', set)
    expect(ranges).toEqual([{ partition: 0, baseOffset: 100, count: 2 }])
    const found = await read('from-sources', 102)
    expect(found.map(({ value }) => value!.toString())).toEqual([
      ...Array.from({ length: 100 }, (_, i) => `${i}`),
      'a',
      'b',
    ])
  })
})

describe('acknowledgements', () => {
  test.each([0, 1] as const)('acks %i', async acks => {
    await using producer = producerWith({ acks })
    const sent = await producer.send(`acks-${acks}`, { value: 'v', partition: 2 })
    expect(sent.offset).toBe(acks === 0 ? -1 : 0)
    const [record] = await read(`acks-${acks}`, 1)
    expect(record!.value!.toString()).toBe('v')
  })

  test('flush waits for all that was sent before it', async () => {
    await using producer = producerWith({ lingerMs: 60_000, deliveryTimeoutMs: 120_000 })
    const done: string[] = []
    void producer.send('flushed', { value: 'a' }).then(() => done.push('a'))
    void producer.send('flushed', { value: 'b' }).then(() => done.push('b'))
    await producer.flush()
    expect(done.sort()).toEqual(['a', 'b'])
  })
})

describe('what cannot be sent', () => {
  test('a record larger than a request', async () => {
    await using producer = producerWith({ maxRequestBytes: 20_000 })
    await expect(producer.send('large', { value: Buffer.alloc(20_000) })).rejects.toMatchObject({
      code: 'MESSAGE_TOO_LARGE',
      topic: 'large',
    })
  })

  test('a name that is no topic, at once', async () => {
    await using producer = producerWith()
    await expect(producer.send('no/topic', { value: 'v' })).rejects.toMatchObject({ code: 'INVALID_TOPIC_EXCEPTION' })
    await expect(producer.send('', { value: 'v' })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
  })

  test('a topic that does not exist, and may not be created', async () => {
    await using producer = producerWith({ allowTopicCreation: false, maxBlockMs: 300 })
    const failure = producer.send('missing', { value: 'v' })
    await expect(failure).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED', topic: 'missing' })
    await expect(failure).rejects.toThrow(/no such topic/)
  })

  test('a partition that does not exist', async () => {
    await using producer = producerWith()
    await expect(producer.send('few', { value: 'v', partition: 3 })).rejects.toThrow(/the topic has 3, counted from 0/)
  })

  test('something that is neither bytes nor text', async () => {
    await using producer = producerWith()
    const call = producer.sendBatch('odd', [{ value: 'a' }, { value: 7 as never }])
    await expect(call).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
  })

  test('anything after close, which can be called again', async () => {
    const producer = producerWith()
    await producer.close()
    await producer.close()
    await expect(producer.send('closed', { value: 'v' })).rejects.toMatchObject({ code: 'CLOSED' })
  })
})
