// A broker of the kit as its users see it: kafkajs and bare requests over real sockets.

import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createConnection, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import kafkajs from 'kafkajs'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { errors } from '../../protocol/errors.ts'
import { describeConfigs } from '../../protocol/messages/describe-configs.ts'
import { fetch } from '../../protocol/messages/fetch.ts'
import { joinGroup } from '../../protocol/messages/join-group.ts'
import { metadata } from '../../protocol/messages/metadata.ts'
import { type StartBrokerOptions, startBroker, type TestBroker } from '../index.ts'
import { connect, send } from './bench-client.ts'

const { Kafka, logLevel } = kafkajs

const open: TestBroker[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map(broker => broker.close()))
})

async function start(options?: StartBrokerOptions): Promise<TestBroker> {
  const broker = await startBroker(options)
  open.push(broker)
  return broker
}

const kafkaOf = (broker: TestBroker) =>
  new Kafka({
    brokers: [broker.bootstrap],
    clientId: 'app',
    logLevel: logLevel.NOTHING,
    retry: { retries: 2, initialRetryTime: 20 },
  })

const valuesIn = async (broker: TestBroker, topic: string, partition = 0, isolation?: 'committed') =>
  (await broker.records(topic, partition, isolation)).map(({ value }) => String(value))

describe('a client that nobody here wrote', () => {
  test('produces and consumes as a group', async () => {
    const broker = await start({ topics: { orders: { partitions: 2 } } })
    const kafka = kafkaOf(broker)
    const producer = kafka.producer()
    await producer.connect()
    await producer.send({ topic: 'orders', messages: [{ key: 'a', value: '1', partition: 1, headers: { h: 'x' } }] })
    const consumer = kafka.consumer({ groupId: 'billing' })
    await consumer.connect()
    await consumer.subscribe({ topic: 'orders', fromBeginning: true })
    const seen = await new Promise<string>(resolve => {
      void consumer.run({ eachMessage: async ({ message }) => resolve(String(message.value)) })
    })
    expect(seen).toBe('1')
    const [record] = await broker.records('orders', 1)
    expect(record).toMatchObject({ offset: 0, key: Buffer.from('a'), value: Buffer.from('1') })
    expect(record!.headers).toEqual([{ key: 'h', value: Buffer.from('x') }])
    await Promise.all([consumer.disconnect(), producer.disconnect()])
  })

  test('transactions: what was aborted is stored, and not committed', async () => {
    const broker = await start({ topics: { orders: {} } })
    const producer = kafkaOf(broker).producer({ transactionalId: 'app', maxInFlightRequests: 1, idempotent: true })
    await producer.connect()
    for (const [value, end] of [
      ['kept', 'commit'],
      ['gone', 'abort'],
    ] as const) {
      // biome-ignore format: one thought
      const transaction = await producer.transaction()
      await transaction.send({ topic: 'orders', messages: [{ value }] })
      await transaction[end]()
    }
    expect(await valuesIn(broker, 'orders')).toEqual(['kept', 'gone'])
    expect(await valuesIn(broker, 'orders', 0, 'committed')).toEqual(['kept'])
    await producer.disconnect()
  })

  test('sees what the broker was told about it in `requests`', async () => {
    const broker = await start({ topics: { orders: {} } })
    const producer = kafkaOf(broker).producer()
    await producer.connect()
    await producer.send({ topic: 'orders', messages: [{ value: '1' }] })
    expect(broker.requests.all('Produce')).toMatchObject([{ api: 'Produce', version: 7, clientId: 'app' }])
    expect(broker.requests.count('JoinGroup')).toBe(0)
    expect([...broker.requests].length).toBe(broker.requests.count())
    broker.requests.clear()
    expect(broker.requests.count()).toBe(0)
    await producer.disconnect()
  })
})

describe('topics', () => {
  test('with partitions and settings, at the start and later', async () => {
    const broker = await start({ topics: { orders: { partitions: 3, config: { 'cleanup.policy': 'compact' } }, plain: {} } }) // biome-ignore format: one thought
    await broker.createTopic('late', { partitions: 2, config: { 'retention.ms': 5 } })
    const client = await connect(broker)
    const { topics } = await client.request(metadata, 9, { topics: null })
    const counts = Object.fromEntries(topics.map(({ name, partitions }) => [name, partitions.length]))
    expect(counts).toEqual({ orders: 3, plain: 1, late: 2 })
    const resources = [{ resourceType: 2, resourceName: 'late', configurationKeys: ['retention.ms'] }]
    const { results } = await client.request(describeConfigs, 4, { resources })
    expect(results[0]?.configs[0]).toMatchObject({ name: 'retention.ms', value: '5' })
    client.close()
  })

  test('one that is there already', async () => {
    const broker = await start({ topics: { orders: {} } })
    await expect(broker.createTopic('orders')).rejects.toMatchObject({ code: 'TOPIC_ALREADY_EXISTS', topic: 'orders' })
  })

  test('one with a setting that there is not: nothing starts', async () => {
    const starting = startBroker({ topics: { orders: { config: { 'retention.mss': 1 } } } })
    await expect(starting).rejects.toMatchObject({ code: 'INVALID_CONFIG', message: expect.stringContaining('retention.mss') }) // biome-ignore format: one thought
  })

  test('records of a partition that there is not', async () => {
    const broker = await start({ topics: { orders: {} } })
    for (const [topic, partition] of [
      ['orders', 1],
      ['bills', 0],
    ] as const) {
      // biome-ignore format: one thought
      await expect(broker.records(topic, partition)).rejects.toMatchObject({ code: 'UNKNOWN_TOPIC_OR_PARTITION' })
    }
  })
})

describe('options', () => {
  test('settings of the broker, by their Kafka names', async () => {
    const broker = await start({ config: { 'num.partitions': 4, 'auto.create.topics.enable': false } })
    await broker.createTopic('orders')
    const client = await connect(broker)
    const { topics } = await client.request(metadata, 9, { topics: [{ name: 'orders' }, { name: 'none' }] })
    expect(topics.map(({ errorCode, partitions }) => [errorCode, partitions.length])).toEqual([[0, 4], [3, 0]]) // biome-ignore format: one thought
    client.close()
  })

  test.each([
    [{ config: { 'num.partition': 4 } }, 'Unknown setting num.partition. Did you mean num.partitions?'],
    [{ config: { 'num.partitions': 'many' } }, 'num.partitions'],
    [{ topic: {} }, 'there is no option topic. Did you mean topics?'],
    [{ storage: 'ram' }, 'storage is memory or directory, and not ram'],
    [{ storage: 'memory', directory: '/x' }, 'leave one out'],
    [{ clock: 'virtual' }, 'clock is real or manual'],
    [{ port: 70_000 }, 'port is a whole number'],
    [{ log: 'loud' }, 'log is debug, info, warn, error or a logger'],
  ])('%j is refused', async (options, text) => {
    await expect(startBroker(options as StartBrokerOptions)).rejects.toThrow(text)
  })

  test('a port of its own; one that is taken is an error that names it', async () => {
    const taken = createServer()
    const port = await new Promise<number>(resolve => {
      taken.listen(0, '127.0.0.1', () => resolve((taken.address() as { port: number }).port))
    })
    await expect(startBroker({ port })).rejects.toThrow(String(port))
    await new Promise(resolve => taken.close(resolve))
    expect((await start({ port })).port).toBe(port)
  })

  test('nothing is written to standard error unless asked for', async () => {
    const written = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
    try {
      for (const log of [undefined, 'warn', 'info'] as const) {
        written.mockClear()
        const broker = await start({ topics: { orders: {} }, ...(log && { log }) })
        const socket = createConnection(broker.port, broker.host)
        socket.on('error', () => {})
        await new Promise(resolve => socket.on('close', resolve).end(Buffer.alloc(8, 0x7f)))
        const text = written.mock.calls.map(([line]) => String(line)).join('')
        if (log === undefined) expect(text).toBe('')
        else expect(text).toContain('cannot be read')
        expect(text.includes('listening')).toBe(log === 'info')
        await broker.close()
      }
    } finally {
      written.mockRestore()
    }
  })

  test('a logger of the caller', async () => {
    const lines: string[] = []
    const line = (_: object, text: string) => void lines.push(text)
    await start({ log: { debug: line, info: line, warn: line, error: line } })
    expect(lines).toContain('listening')
  })

  test('as many requests are remembered as asked for, all are counted', async () => {
    const broker = await start({ requestsMax: 3, topics: { orders: {} } })
    const client = await connect(broker)
    for (let i = 1; i <= 10; i++) {
      await send(client, 'orders', [0])
      const { requests } = broker
      expect([requests.all().length, requests.count('Produce'), requests.forgotten]).toEqual([Math.min(i, 3), i, Math.max(0, i - 3)]) // biome-ignore format: one thought
    }
    expect(broker.requests.all().at(-1)?.correlationId).toBe(10)
    expect(() => broker.requests.all('Prod' as 'Produce')).toThrow('there is no API Prod')
    client.close()
  })
})

describe('storage', () => {
  const temporary = () => new Set(readdirSync(tmpdir()).filter(name => name.startsWith('millrace-')))

  test('a temporary directory is there while the broker runs', async () => {
    const before = temporary()
    const broker = await startBroker({ storage: 'directory', topics: { orders: {} } })
    const [made] = [...temporary()].filter(name => !before.has(name) && existsSync(join(tmpdir(), name, 'orders-0')))
    expect(made).toBeDefined()
    const client = await connect(broker)
    expect(await send(client, 'orders', [0])).toEqual([0])
    expect(await valuesIn(broker, 'orders')).toEqual(['v'])
    client.close()
    await broker.close()
    expect(existsSync(join(tmpdir(), made!))).toBe(false)
  })

  test('a directory of the caller is kept and opened again', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'kit-kept-'))
    try {
      const first = await start({ directory, topics: { orders: {} } })
      const client = await connect(first)
      await send(client, 'orders', [0], 'kept')
      client.close()
      await first.close()
      expect(await valuesIn(await start({ directory }), 'orders')).toEqual(['kept'])
      await expect(startBroker({ directory })).rejects.toThrow(directory)
    } finally {
      await Promise.all(open.splice(0).map(broker => broker.close()))
      rmSync(directory, { recursive: true })
    }
  })

  test('in memory: what is read is what was written, over many segments and batches', async () => {
    const broker = await start({ topics: { orders: { config: { 'segment.bytes': 1_048_576 } } } })
    const client = await connect(broker)
    const value = 'x'.repeat(400_000)
    for (let i = 0; i < 8; i++) expect(await send(client, 'orders', [0], `${i}${value}`)).toEqual([0])
    const asked = { topic: 'orders', partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 9_000_000 }] }
    const answer = await client.request(fetch, 11, { maxWaitMs: 0, minBytes: 1, maxBytes: 9_000_000, topics: [asked] })
    expect(answer.responses[0]!.partitions[0]!.records!.length).toBeGreaterThan(800_000)
    const values = await valuesIn(broker, 'orders')
    expect(values).toEqual(Array.from({ length: 8 }, (_, i) => `${i}${value}`))
    client.close()
  })
})

test('many at once, each with its own port, topics and data', async () => {
  const brokers = await Promise.all(Array.from({ length: 10 }, (_, i) => start({ topics: { [`t${i}`]: {} } })))
  expect(new Set(brokers.map(({ port }) => port)).size).toBe(10)
  await Promise.all(
    brokers.map(async (broker, i) => {
      const client = await connect(broker)
      expect(await send(client, `t${i}`, [0], `v${i}`)).toEqual([0])
      expect(await valuesIn(broker, `t${i}`)).toEqual([`v${i}`])
      client.close()
    }),
  )
})

describe('close', () => {
  test('answers what waits: a long fetch, and a member that waits for others', async () => {
    const broker = await start({ topics: { orders: {} }, config: { 'group.initial.rebalance.delay.ms': 60_000 } })
    const [fetching, joining] = [await connect(broker), await connect(broker)]
    const partitions = [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1000 }]
    const fetched = fetching.request(fetch, 11, {
      maxWaitMs: 600_000,
      minBytes: 1,
      maxBytes: 1000,
      topics: [{ topic: 'orders', partitions }],
    })
    const joined = joining.request(joinGroup, 3, {
      groupId: 'g',
      sessionTimeoutMs: 30_000,
      rebalanceTimeoutMs: 60_000,
      protocolType: 'consumer',
      protocols: [{ name: 'range', metadata: Buffer.alloc(0) }],
    })
    while (broker.requests.count('Fetch') + broker.requests.count('JoinGroup') < 2) await turn()
    await turn()
    await broker.close()
    expect((await fetched).errorCode).toBe(0)
    expect([errors.NOT_COORDINATOR.code, errors.COORDINATOR_NOT_AVAILABLE.code]).toContain((await joined).errorCode)
  })

  test.each(['real', 'manual'] as const)('does not wait for a client that takes nothing (%s clock)', async clock => {
    const broker = await start({ clock, topics: { orders: {} } })
    const client = await connect(broker)
    await send(client, 'orders', [0], 'x'.repeat(900_000))
    const socket = createConnection(broker.port, broker.host)
    socket.on('error', () => {})
    socket.pause()
    const { writeRequestFrame } = await import('../../protocol/framing.ts')
    const partitions = [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1_000_000 }]
    const body = { maxWaitMs: 0, minBytes: 1, maxBytes: 1_000_000, topics: [{ topic: 'orders', partitions }] }
    for (let correlationId = 0; correlationId < 60; correlationId++) {
      const frame = writeRequestFrame(fetch, 11, { correlationId, clientId: 'slow' }, body)
      for (const part of frame) socket.write(part as Uint8Array)
    }
    while (broker.requests.count('Fetch') < 5) await turn()
    await broker.close()
    socket.destroy()
    client.close()
  })

  test('can be called again, and nothing works after it', async () => {
    const broker = await start()
    await Promise.all([broker.close(), broker.close(), broker[Symbol.asyncDispose]()])
    expect(() => broker.bootstrap).toThrow('CLOSED: the broker is not running; start another one with startBroker()')
    await expect(async () => broker.createTopic('x')).rejects.toMatchObject({ code: 'CLOSED' })
  })

  test('await using', async () => {
    let port = 0
    {
      await using broker = await startBroker()
      port = broker.port
      ;(await connect(broker)).close()
    }
    const refused = await new Promise(resolve => createConnection(port, '127.0.0.1').on('error', resolve))
    expect(refused).toMatchObject({ code: 'ECONNREFUSED' })
  })
})

const turn = () => new Promise(resolve => setImmediate(resolve))
