// kafkajs, a client that nobody here wrote, against a broker on a free port of this machine with a real disk.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import kafkajs, {
  type EachMessagePayload,
  type Kafka as KafkaClient,
  type TopicPartitionOffsetAndMetadata,
} from 'kafkajs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { realWorld } from '../io/real-world.ts'
import { compress, decompress } from '../protocol/records/compression.ts'
import type { CompressionType } from '../protocol/records/compression-type.ts'
import { Broker } from './broker.ts'
import { brokerConfig } from './config/broker-config.ts'
import { developmentProfile } from './config/development-profile.ts'

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
let kafka: KafkaClient

async function startBroker(): Promise<void> {
  const config = brokerConfig({
    profile: developmentProfile({ port: 0, dataDir: join(directory, 'data') }),
    properties: new Map([
      ['group.initial.rebalance.delay.ms', '0'],
      ['offsets.topic.num.partitions', '4'],
      ['num.partitions', '3'],
    ]),
  })
  broker = await Broker.start({ world: realWorld(), config })
  kafka = new Kafka({ brokers: [`127.0.0.1:${broker.port}`], clientId: 'kafkajs', logLevel: logLevel.NOTHING })
}

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'millrace-kafkajs-'))
  await startBroker()
})
afterAll(async () => {
  await broker.stop()
  rmSync(directory, { recursive: true, force: true })
})

/** Runs consumers of a group until so many messages have come, and answers them. */
async function consume(
  groupId: string,
  topic: string,
  count: number,
  consumerCount = 1,
): Promise<EachMessagePayload[]> {
  const received: EachMessagePayload[] = []
  const consumers = Array.from({ length: consumerCount }, () =>
    kafka.consumer({ groupId, maxWaitTimeInMs: 100, sessionTimeout: 10_000, rebalanceTimeout: 5000 }),
  )
  await new Promise<void>((resolve, reject) => {
    const run = async (consumer: (typeof consumers)[number]) => {
      await consumer.connect()
      await consumer.subscribe({ topic, fromBeginning: true })
      await consumer.run({
        eachMessage: async payload => {
          received.push(payload)
          if (received.length >= count) resolve()
        },
      })
    }
    for (const consumer of consumers) run(consumer).catch(reject)
  })
  await Promise.all(consumers.map(consumer => consumer.disconnect()))
  return received
}

/** Joins the group and commits one offset with its metadata. */
async function committed(groupId: string, commit: TopicPartitionOffsetAndMetadata): Promise<void> {
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 100 })
  await consumer.connect()
  await consumer.subscribe({ topic: commit.topic })
  const joined = new Promise(resolve => consumer.on(consumer.events.GROUP_JOIN, resolve))
  await consumer.run({ autoCommit: false, eachMessage: async () => {} })
  await joined
  await consumer.commitOffsets([commit])
  await consumer.disconnect()
}

describe('produce and consume', () => {
  const codecs = [
    ['none', CompressionTypes.None],
    ['gzip', CompressionTypes.GZIP],
    ['snappy', CompressionTypes.Snappy],
    ['lz4', CompressionTypes.LZ4],
    ['zstd', CompressionTypes.ZSTD],
  ] as const

  test.each(codecs)('%s: keys, values, headers and timestamps come back as they were', async (name, compression) => {
    const producer = kafka.producer()
    await producer.connect()
    const messages = Array.from({ length: 100 }, (_, i) => ({
      key: i % 10 === 0 ? null : `key-${i}`,
      value: i % 7 === 0 ? null : `value ${i} `.repeat(20),
      headers: { number: String(i), text: 'ünïcode' },
      timestamp: String(1_700_000_000_000 + i),
    }))
    await producer.send({ topic: `codec-${name}`, messages, compression, acks: -1 })
    await producer.disconnect()
    const received = await consume(`group-${name}`, `codec-${name}`, 100)
    const sortKey = (value: { timestamp: string }) => Number(value.timestamp)
    const got = received.map(({ message }) => ({
      key: message.key?.toString() ?? null,
      value: message.value?.toString() ?? null,
      headers: Object.fromEntries(Object.entries(message.headers!).map(([key, value]) => [key, String(value)])),
      timestamp: message.timestamp,
    }))
    expect(got.sort((a, b) => sortKey(a) - sortKey(b))).toEqual(messages)
    expect(new Set(received.map(({ partition }) => partition)).size).toBe(3)
  })

  test('three consumers of a group share twelve partitions and read each message once', async () => {
    const admin = kafka.admin()
    await admin.connect()
    await admin.createTopics({ topics: [{ topic: 'shared', numPartitions: 12 }] })
    const producer = kafka.producer({ idempotent: true })
    await producer.connect()
    const count = 3000
    for (let from = 0; from < count; from += 500) {
      const messages = Array.from({ length: 500 }, (_, i) => ({ key: `k${from + i}`, value: `v${from + i}` }))
      await producer.send({ topic: 'shared', messages })
    }
    await producer.disconnect()
    const received = await consume('sharers', 'shared', count, 3)
    expect(new Set(received.map(({ message }) => message.value!.toString())).size).toBe(count)
    const offsets = await admin.fetchOffsets({ groupId: 'sharers', topics: ['shared'] })
    const committed = offsets[0]!.partitions.reduce((sum, { offset }) => sum + Math.max(Number(offset), 0), 0)
    expect(committed).toBe(count)
    const { groups } = await admin.describeGroups(['sharers'])
    expect(groups[0]).toMatchObject({ groupId: 'sharers', state: 'Empty', protocolType: 'consumer' })
    await admin.deleteGroups(['sharers'])
    expect((await admin.listGroups()).groups.map(({ groupId }) => groupId)).not.toContain('sharers')
    await admin.disconnect()
  })

  test('a group goes on where it was, and a commit keeps its metadata', async () => {
    const producer = kafka.producer()
    await producer.connect()
    await producer.send({ topic: 'resumed', messages: Array.from({ length: 10 }, (_, i) => ({ value: `a${i}` })) })
    await consume('resumers', 'resumed', 10)
    await producer.send({ topic: 'resumed', messages: Array.from({ length: 5 }, (_, i) => ({ value: `b${i}` })) })
    await producer.disconnect()
    const rest = await consume('resumers', 'resumed', 5)
    expect(rest.map(({ message }) => message.value!.toString()).sort()).toEqual(['b0', 'b1', 'b2', 'b3', 'b4'])
    const admin = kafka.admin()
    await admin.connect()
    const commit = { topic: 'resumed', partition: 0, offset: '1', metadata: 'by hand' }
    await committed('resumers', commit)
    const [offsets] = await admin.fetchOffsets({ groupId: 'resumers', topics: ['resumed'] })
    expect(offsets!.partitions.find(({ partition }) => partition === 0)).toMatchObject({
      offset: '1',
      metadata: 'by hand',
    })
    await admin.disconnect()
  })
})

describe('admin', () => {
  test('topics: create, list, describe, offsets, delete records, partitions, configs, delete', async () => {
    const admin = kafka.admin()
    await admin.connect()
    const configEntries = [{ name: 'retention.ms', value: '86400000' }]
    expect(await admin.createTopics({ topics: [{ topic: 'managed', numPartitions: 2, configEntries }] })).toBe(true)
    expect(await admin.createTopics({ topics: [{ topic: 'managed', numPartitions: 2 }] })).toBe(false)
    await admin.createPartitions({ topicPartitions: [{ topic: 'managed', count: 4 }] })
    const { topics } = await admin.fetchTopicMetadata({ topics: ['managed'] })
    expect(topics[0]!.partitions.map(({ partitionId }) => partitionId).sort()).toEqual([0, 1, 2, 3])
    const producer = kafka.producer()
    await producer.connect()
    const messages = Array.from({ length: 10 }, (_, i) => ({ value: String(i), partition: 1 }))
    await producer.send({ topic: 'managed', messages })
    await producer.disconnect()
    await admin.deleteTopicRecords({ topic: 'managed', partitions: [{ partition: 1, offset: '4' }] })
    const offsets = await admin.fetchTopicOffsets('managed')
    expect(offsets.find(({ partition }) => partition === 1)).toMatchObject({ low: '4', high: '10' })
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: 'managed', configNames: ['retention.ms'] }],
    })
    expect(resources[0]!.configEntries[0]).toMatchObject({ configName: 'retention.ms', configValue: '86400000' })
    await admin.deleteTopics({ topics: ['managed'] })
    expect(await admin.listTopics()).not.toContain('managed')
    const cluster = await admin.describeCluster()
    expect(cluster).toMatchObject({ clusterId: broker.clusterId, controller: 1 })
    await admin.disconnect()
  })
})

test('everything is there after a stop and a start', async () => {
  const producer = kafka.producer()
  await producer.connect()
  await producer.send({ topic: 'kept', messages: Array.from({ length: 100 }, (_, i) => ({ value: `v${i}` })) })
  await producer.disconnect()
  await broker.stop()
  await startBroker()
  const received = await consume('keepers', 'kept', 100)
  expect(new Set(received.map(({ message }) => message.value!.toString())).size).toBe(100)
})
