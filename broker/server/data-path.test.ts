// Produce and fetch against a whole broker in the simulated world: what captures of a healthy Kafka do not show.

import { afterEach, describe, expect, test } from 'vitest'
import { errors } from '../../protocol/errors.ts'
import { createTopics } from '../../protocol/messages/create-topics.ts'
import { deleteRecords } from '../../protocol/messages/delete-records.ts'
import { deleteTopics } from '../../protocol/messages/delete-topics.ts'
import { describeLogDirs } from '../../protocol/messages/describe-log-dirs.ts'
import { fetch } from '../../protocol/messages/fetch.ts'
import { initProducerId } from '../../protocol/messages/init-producer-id.ts'
import { listOffsets } from '../../protocol/messages/list-offsets.ts'
import { metadata } from '../../protocol/messages/metadata.ts'
import { produce } from '../../protocol/messages/produce.ts'
import { type BatchOptions, buildBatch, type RecordInput } from '../../protocol/records/batch-builder.ts'
import { batches } from '../../protocol/records/batches.ts'
import { records } from '../../protocol/records/records.ts'
import { SimBroker, type SimBrokerOptions, type SimClient } from './replay/sim-broker.ts'

let sim: SimBroker
let client: SimClient

async function start(options: SimBrokerOptions = {}): Promise<void> {
  sim = await SimBroker.start(options)
  client = await sim.connect()
}
afterEach(async () => {
  await sim.stop().catch(() => {})
})

async function topic(name: string, numPartitions = 1, configs: [string, string][] = []): Promise<void> {
  const { topics } = await client.ask(createTopics, 7, {
    topics: [
      { name, numPartitions, replicationFactor: 1, configs: configs.map(([key, value]) => ({ name: key, value })) },
    ],
    timeoutMs: 1000,
  })
  expect(topics[0]!.errorCode).toBe(0)
}

const value = (text: string, timestamp = 1000): RecordInput => ({
  key: null,
  value: Buffer.from(text),
  headers: [],
  timestamp,
})
const keyed = (key: string, text: string): RecordInput => ({ ...value(text), key: Buffer.from(key) })

const produceRequest = (name: string, batch: Buffer | null, { index = 0, acks = -1, timeoutMs = 5000 } = {}) => ({
  acks,
  timeoutMs,
  topicData: [{ name, partitionData: [{ index, records: batch }] }],
})

async function send(
  name: string,
  inputs: RecordInput[],
  options: { index?: number; acks?: number } & BatchOptions = {},
) {
  const { index, acks, ...batchOptions } = options
  const request = produceRequest(name, buildBatch(inputs, batchOptions), { index, acks })
  const { responses } = await client.ask(produce, 12, request)
  return responses[0]!.partitionResponses[0]!
}

const fetchRequest = (name: string, fetchOffset: number, options: Record<string, number> = {}) => {
  const { index = 0, partitionMaxBytes = 1 << 20, ...rest } = options
  return {
    maxWaitMs: 0,
    minBytes: 1,
    maxBytes: 1 << 20,
    ...rest,
    topics: [{ topic: name, partitions: [{ partition: index, fetchOffset, partitionMaxBytes }] }],
  }
}

async function read(name: string, fetchOffset: number, options: Record<string, number> = {}) {
  const { responses } = await client.ask(fetch, 12, fetchRequest(name, fetchOffset, options))
  return responses[0]!.partitions[0]!
}

const values = (bytes: Buffer | null) =>
  [...batches(bytes ?? Buffer.alloc(0))].flatMap(batch => [...records(batch)].map(record => record.value!.toString()))

describe('produce', () => {
  test('what is refused is refused alone; nothing of it is appended', async () => {
    await start()
    await topic('good', 2)
    const good = buildBatch([value('a')])
    const corrupt = Buffer.from(good)
    corrupt[corrupt.length - 1]! ^= 1
    const { responses } = await client.ask(produce, 12, {
      acks: -1,
      timeoutMs: 1000,
      topicData: [
        {
          name: 'good',
          partitionData: [
            { index: 0, records: good },
            { index: 1, records: corrupt },
          ],
        },
        { name: 'absent', partitionData: [{ index: 0, records: good }] },
        { name: '__consumer_offsets', partitionData: [{ index: 0, records: null }] },
      ],
    })
    const codes = responses.map(({ partitionResponses }) => partitionResponses.map(({ errorCode }) => errorCode))
    expect(codes).toEqual([[0, errors.CORRUPT_MESSAGE.code], [3], [3]])
    expect((await read('good', 0, { index: 1 })).highWatermark).toBe(0)
  })

  test('max.message.bytes of the topic', async () => {
    await start()
    await topic('small', 1, [['max.message.bytes', '200']])
    expect((await send('small', [value('x'.repeat(300))])).errorCode).toBe(errors.MESSAGE_TOO_LARGE.code)
    expect((await send('small', [value('x')])).errorCode).toBe(0)
  })

  test('a record without a key on a compacted topic: INVALID_RECORD, and which record', async () => {
    await start()
    await topic('compacted', 1, [['cleanup.policy', 'compact']])
    const refused = await send('compacted', [keyed('a', '1'), value('no key'), keyed('b', '2')])
    expect(refused.errorCode).toBe(errors.INVALID_RECORD.code)
    expect(refused.recordErrors.map(({ batchIndex }) => batchIndex)).toEqual([1])
    expect(refused.errorMessage).not.toBeNull()
    expect((await send('compacted', [keyed('a', '1')])).baseOffset).toBe(0)
  })

  test('two batches for one partition, and none, are INVALID_RECORD', async () => {
    await start()
    await topic('t')
    const batch = buildBatch([value('a')])
    for (const bytes of [Buffer.concat([batch, batch]), Buffer.alloc(0), null]) {
      const { responses } = await client.ask(produce, 12, produceRequest('t', bytes))
      expect(responses[0]!.partitionResponses[0]!.errorCode).toBe(errors.INVALID_RECORD.code)
    }
  })

  test('acks=0 gets no answer; an error closes the connection', async () => {
    await start()
    await topic('t')
    const other = await sim.connect()
    void other.send(produce, 12, produceRequest('t', buildBatch([value('a')]), { acks: 0 }))
    await sim.world.runFor(100)
    expect(other.isClosed).toBe(false)
    expect(values((await read('t', 0)).records)).toEqual(['a'])
    void other.send(produce, 12, produceRequest('absent', buildBatch([value('a')]), { acks: 0 }))
    await sim.world.runFor(100)
    expect(other.isClosed).toBe(true)
  })

  test('an idempotent batch that is sent again gets the offsets it has, one out of order is refused', async () => {
    await start()
    await topic('t')
    const { producerId, producerEpoch, errorCode } = await client.ask(initProducerId, 5, { transactionalId: null })
    expect(errorCode).toBe(0)
    const as = (baseSequence: number) => ({ producerId, producerEpoch, baseSequence })
    expect((await send('t', [value('a'), value('b')], as(0))).baseOffset).toBe(0)
    expect((await send('t', [value('c')], as(2))).baseOffset).toBe(2)
    expect((await send('t', [value('a'), value('b')], as(0))).baseOffset).toBe(0)
    expect((await send('t', [value('z')], as(9))).errorCode).toBe(errors.OUT_OF_ORDER_SEQUENCE_NUMBER.code)
    expect(values((await read('t', 0)).records)).toEqual(['a', 'b', 'c'])
  })

  test('producer ids are never given twice, also across a crash', async () => {
    await start()
    const ids = new Set<unknown>()
    for (let i = 0; i < 5; i++) ids.add((await client.ask(initProducerId, 5, { transactionalId: null })).producerId)
    sim.world.host('broker').crashProcess()
    await sim.start()
    client = await sim.connect()
    for (let i = 0; i < 5; i++) ids.add((await client.ask(initProducerId, 5, { transactionalId: null })).producerId)
    expect(ids.size).toBe(10)
  })

  test('a transactional batch of a producer that no coordinator knows of is refused', async () => {
    await start()
    await topic('t')
    const batch = { producerId: 1, producerEpoch: 0, baseSequence: 0, transactional: true }
    expect((await send('t', [value('a')], batch)).errorCode).toBe(errors.INVALID_TXN_STATE.code)
    expect((await read('t', 0)).highWatermark).toBe(0)
  })

  test('a disk that fails: KAFKA_STORAGE_ERROR, never an acknowledgement', async () => {
    await start({ settings: { 'log.dirs': '/data,/data2' } })
    for (const name of ['a', 'b', 'c', 'd']) await topic(name)
    const answers = new Map<string, number>()
    sim.host.disk.fail({ operation: 'write', path: '/data2' })
    for (const name of ['a', 'b', 'c', 'd']) answers.set(name, (await send(name, [value('x')])).errorCode)
    const isLost = (name: string) => answers.get(name) === errors.KAFKA_STORAGE_ERROR.code
    expect([...answers.keys()].filter(isLost).length).toBeGreaterThan(0)
    expect([...answers.values()].every(code => code === 0 || code === errors.KAFKA_STORAGE_ERROR.code)).toBe(true)
    const name = [...answers.keys()].find(isLost)!
    expect((await read(name, 0)).errorCode).toBe(errors.KAFKA_STORAGE_ERROR.code)
    const { results } = await client.ask(describeLogDirs, 5, { topics: null })
    expect(results.map(({ logDir, errorCode }) => [logDir, errorCode])).toEqual([
      ['/data', 0],
      ['/data2', errors.KAFKA_STORAGE_ERROR.code],
    ])
  })
})

describe('a disk that is full', () => {
  test('refuses records; reads, deleting records and topics go on; writing resumes by itself', async () => {
    await start()
    // The records are from 1970, and time passes here: retention must not take them.
    await topic('t', 1, [['retention.ms', '-1']])
    await send('t', [value('a'), value('b')])
    const { disk } = sim.host
    const roomyBytes = disk.capacityBytes
    disk.capacityBytes = disk.usedBytes + 1_000_000
    // It notices within seconds, or when something is written.
    await send('t', [value('c')])
    await sim.world.runFor(30_000)
    const refused = await send('t', [value('d')])
    expect(refused.errorCode).toBe(errors.KAFKA_STORAGE_ERROR.code)
    expect(values((await read('t', 0)).records)).toEqual(['a', 'b', 'c'])
    await topic('another')
    const deleted = await client.ask(deleteRecords, 2, {
      topics: [{ name: 't', partitions: [{ partitionIndex: 0, offset: 1 }] }],
      timeoutMs: 1000,
    })
    expect(deleted.topics[0]!.partitions[0]).toMatchObject({ errorCode: 0, lowWatermark: 1 })
    expect(sim.fatal).toEqual([])
    disk.capacityBytes = roomyBytes
    await sim.world.runFor(30_000)
    expect((await send('t', [value('e')])).baseOffset).toBe(3)
  })
})

describe('a topic with LogAppendTime', () => {
  test('answers the time at which the broker appended', async () => {
    await start()
    await topic('stamped', 1, [['message.timestamp.type', 'LogAppendTime']])
    const { logAppendTimeMs, errorCode } = await send('stamped', [value('a', 5)])
    expect(errorCode).toBe(0)
    expect(Number(logAppendTimeMs)).toBeGreaterThan(1_700_000_000_000)
    const [stored] = [...batches((await read('stamped', 0)).records!)].flatMap(batch => [...records(batch)])
    expect(stored!.timestamp).toBe(logAppendTimeMs)
  })
})

describe('fetch', () => {
  test('from an offset inside a batch answers the batch', async () => {
    await start()
    await topic('t')
    await send('t', [value('a'), value('b'), value('c')])
    await send('t', [value('d')])
    expect(values((await read('t', 1)).records)).toEqual(['a', 'b', 'c', 'd'])
    expect(values((await read('t', 3)).records)).toEqual(['d'])
    expect((await read('t', 4)).records).toHaveLength(0)
    expect((await read('t', 5)).errorCode).toBe(errors.OFFSET_OUT_OF_RANGE.code)
  })

  test('the first batch comes whole whatever the limits; later partitions get what is left', async () => {
    await start()
    await topic('t', 3)
    for (const index of [0, 1, 2]) await send('t', [value('x'.repeat(1000))], { index })
    const partitions = [0, 1, 2].map(partition => ({ partition, fetchOffset: 0, partitionMaxBytes: 10 }))
    const small = await client.ask(fetch, 12, {
      maxWaitMs: 0,
      minBytes: 1,
      maxBytes: 10,
      topics: [{ topic: 't', partitions }],
    })
    const sizes = small.responses[0]!.partitions.map(({ records: bytes }) => bytes!.length)
    expect(sizes[0]).toBeGreaterThan(1000)
    expect(sizes.slice(1)).toEqual([0, 0])
  })

  test('waits for a record and comes as soon as it is there', async () => {
    await start()
    await topic('t', 2)
    const startMs = sim.world.nowMs
    const waiting = client.send(fetch, 12, fetchRequest('t', 0, { maxWaitMs: 10_000 }))
    let isDone = false
    void waiting.then(() => {
      isDone = true
    })
    await sim.world.runFor(1000)
    expect(isDone).toBe(false)
    const producer = await sim.connect()
    // Another partition's records do not wake it.
    await producer.ask(produce, 12, produceRequest('t', buildBatch([value('other')]), { index: 1 }))
    await sim.world.runFor(1000)
    expect(isDone).toBe(false)
    await producer.ask(produce, 12, produceRequest('t', buildBatch([value('a')])))
    const { responses } = await sim.world.complete(waiting)
    expect(values(responses[0]!.partitions[0]!.records)).toEqual(['a'])
    expect(sim.world.nowMs - startMs).toBeLessThan(3000)
  })

  test('waits for min bytes over several partitions; when the time is up it takes what there is', async () => {
    await start()
    await topic('t', 2)
    const partitions = [0, 1].map(partition => ({ partition, fetchOffset: 0, partitionMaxBytes: 1 << 20 }))
    const request = { maxWaitMs: 5000, minBytes: 3000, maxBytes: 1 << 20, topics: [{ topic: 't', partitions }] }
    const producer = await sim.connect()
    const put = (index: number, bytes: number) =>
      producer.ask(produce, 12, produceRequest('t', buildBatch([value('x'.repeat(bytes))]), { index }))
    const startMs = sim.world.nowMs
    const enough = client.send(fetch, 12, request)
    await put(0, 1000)
    await put(1, 1000)
    await sim.world.runFor(100)
    await put(0, 1500)
    const first = await sim.world.complete(enough)
    expect(sim.world.nowMs - startMs).toBeLessThan(2000)
    expect(first.responses[0]!.partitions.map(({ records: bytes }) => values(bytes).length)).toEqual([2, 1])
    const lateMs = sim.world.nowMs
    const late = await client.ask(fetch, 12, { ...request, minBytes: 1_000_000 })
    expect(sim.world.nowMs - lateMs).toBeGreaterThanOrEqual(5000)
    expect(late.responses[0]!.partitions.map(({ records: bytes }) => values(bytes).length)).toEqual([2, 1])
  })

  test('a topic that is deleted while a fetch waits for it ends the wait', async () => {
    await start()
    await topic('t')
    const waiting = client.send(fetch, 12, fetchRequest('t', 0, { maxWaitMs: 10_000 }))
    await sim.world.runFor(100)
    const other = await sim.connect()
    await other.ask(deleteTopics, 5, { topicNames: ['t'], timeoutMs: 1000 })
    const { responses } = await sim.world.complete(waiting, 1000)
    expect(responses[0]!.partitions[0]!.errorCode).toBe(errors.UNKNOWN_TOPIC_OR_PARTITION.code)
  })

  test('leader epochs that are older or newer than ours', async () => {
    await start()
    await topic('t')
    const ask = async (currentLeaderEpoch: number) => {
      const request = {
        maxWaitMs: 0,
        minBytes: 1,
        topics: [
          { topic: 't', partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1, currentLeaderEpoch }] },
        ],
      }
      const { responses } = await client.ask(fetch, 12, request)
      return responses[0]!.partitions[0]!.errorCode
    }
    const epoch = sim.broker.partitions.get('t', 0)!.leaderEpoch
    expect(await ask(epoch)).toBe(0)
    expect(await ask(epoch + 1)).toBe(errors.UNKNOWN_LEADER_EPOCH.code)
    if (epoch > 0) expect(await ask(epoch - 1)).toBe(errors.FENCED_LEADER_EPOCH.code)
    await sim.stop()
    await sim.start()
    client = await sim.connect()
    expect(sim.broker.partitions.get('t', 0)!.leaderEpoch).toBeGreaterThan(epoch)
    expect(await ask(epoch)).toBe(errors.FENCED_LEADER_EPOCH.code)
  })

  test('in a session only what is new is told, and what had data goes to the end of the line', async () => {
    await start()
    await topic('t', 3)
    const partitions = [0, 1, 2].map(partition => ({ partition, fetchOffset: 0, partitionMaxBytes: 1 << 20 }))
    const base = { maxWaitMs: 0, minBytes: 1, maxBytes: 1 << 20 }
    const opened = await client.ask(fetch, 12, {
      ...base,
      sessionId: 0,
      sessionEpoch: 0,
      topics: [{ topic: 't', partitions }],
    })
    expect(opened.sessionId).toBeGreaterThan(0)
    expect(opened.responses[0]!.partitions).toHaveLength(3)
    const { sessionId } = opened
    const quiet = await client.ask(fetch, 12, { ...base, sessionId, sessionEpoch: 1 })
    expect(quiet.responses).toEqual([])
    await send('t', [value('a')], { index: 1 })
    await send('t', [value('b')], { index: 2 })
    // There is room for one batch in each answer: the second answer has the other partition.
    const order: number[] = []
    for (const sessionEpoch of [2, 3]) {
      const { responses } = await client.ask(fetch, 12, { ...base, maxBytes: 1, sessionId, sessionEpoch })
      const full = responses[0]!.partitions.filter(({ records: bytes }) => bytes!.length > 0)
      order.push(...full.map(({ partitionIndex }) => partitionIndex))
    }
    expect(order).toEqual([1, 2])
  })
})

describe('offsets', () => {
  test('by timestamp: the first record that is not older, also inside a batch', async () => {
    await start()
    await topic('t')
    await send('t', [value('a', 100), value('b', 200), value('c', 300)])
    await send('t', [value('d', 250), value('e', 400)])
    const at = async (timestamp: number) => {
      const { topics } = await client.ask(listOffsets, 7, {
        replicaId: -1,
        topics: [{ name: 't', partitions: [{ partitionIndex: 0, timestamp }] }],
      })
      const { offset, timestamp: found } = topics[0]!.partitions[0]!
      return [offset, found]
    }
    expect(await at(0)).toEqual([0, 100])
    expect(await at(101)).toEqual([1, 200])
    expect(await at(201)).toEqual([2, 300])
    expect(await at(301)).toEqual([4, 400])
    expect(await at(401)).toEqual([-1, -1])
    expect(await at(-1)).toEqual([5, -1])
    expect(await at(-2)).toEqual([0, -1])
    expect(await at(-3)).toEqual([4, 400])
  })

  test('a partition that is named twice is an INVALID_REQUEST for both', async () => {
    await start()
    await topic('t')
    const asked = { partitionIndex: 0, timestamp: -1 }
    const { topics } = await client.ask(listOffsets, 7, {
      replicaId: -1,
      topics: [{ name: 't', partitions: [asked, asked] }],
    })
    expect(topics[0]!.partitions.map(({ errorCode }) => errorCode)).toEqual([42, 42])
  })
})

describe('metadata', () => {
  test('creates a topic that is asked for, once, unless it is told not to', async () => {
    await start()
    const [first, second] = [await sim.connect(), await sim.connect()]
    const request = { topics: [{ name: 'new' }], allowAutoTopicCreation: true }
    const answers = [first.send(metadata, 12, request), second.send(metadata, 12, request)]
    const [a, b] = await Promise.all(answers.map(answer => sim.world.complete(answer)))
    expect(a!.topics[0]).toMatchObject({ errorCode: 0, name: 'new' })
    expect(a!.topics[0]!.partitions).toHaveLength(1)
    expect(b!.topics[0]!.topicId).toBe(a!.topics[0]!.topicId)
    const refused = await client.ask(metadata, 12, { topics: [{ name: 'other' }], allowAutoTopicCreation: false })
    expect(refused.topics[0]!.errorCode).toBe(errors.UNKNOWN_TOPIC_OR_PARTITION.code)
  })

  test('auto.create.topics.enable=false', async () => {
    await start({ settings: { 'auto.create.topics.enable': 'false' } })
    const { topics } = await client.ask(metadata, 12, { topics: [{ name: 'new' }], allowAutoTopicCreation: true })
    expect(topics[0]!.errorCode).toBe(errors.UNKNOWN_TOPIC_OR_PARTITION.code)
  })

  test('advertises what it was told to, never a name that resolves to another address', async () => {
    await start()
    const { brokers, clusterId } = await client.ask(metadata, 12, { topics: [] })
    expect(brokers).toMatchObject([{ nodeId: 1, host: '127.0.0.1', port: 19094 }])
    expect(clusterId).toBe(sim.broker.clusterId)
  })
})

describe('stopping and starting', () => {
  test('a fetch that waits is answered when the broker stops, not when its time is up', async () => {
    await start()
    await topic('t')
    const waiting = client.send(fetch, 12, fetchRequest('t', 0, { maxWaitMs: 30_000 }))
    await sim.world.runFor(100)
    const startMs = sim.world.nowMs
    await sim.stop()
    expect((await waiting).responses[0]!.partitions[0]!.errorCode).toBe(0)
    expect(sim.world.nowMs - startMs).toBeLessThan(5000)
  })

  test('what was acknowledged is there after a clean stop, after a crash, and, when it was flushed, after a loss of power', async () => {
    await start()
    await topic('t', 1, [['flush.messages', '1']])
    await send('t', [value('a')])
    await sim.stop()
    await sim.start()
    client = await sim.connect()
    expect(values((await read('t', 0)).records)).toEqual(['a'])
    await send('t', [value('b')])
    sim.world.host('broker').crashProcess()
    await sim.start()
    client = await sim.connect()
    expect(values((await read('t', 0)).records)).toEqual(['a', 'b'])
    await send('t', [value('c')])
    sim.world.host('broker').losePower()
    await sim.start()
    client = await sim.connect()
    expect(values((await read('t', 0)).records)).toEqual(['a', 'b', 'c'])
  })

  test('two brokers on one directory: the second one says who holds it', async () => {
    await start()
    await expect(sim.start()).rejects.toThrow(/lock|in use|held/i)
  })
})
