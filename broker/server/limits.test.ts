// What all connections share, and what one may ask for, when it is used up. The limits of a single connection and of how many
// there may be stand in server.test.ts; what they mean for memory in broker/memory.test.ts.

import { describe, expect, test } from 'vitest'
import { seededRandom } from '../../io/sim/random.ts'
import { writeRequestFrame } from '../../protocol/framing.ts'
import { createTopics } from '../../protocol/messages/create-topics.ts'
import { deleteRecords } from '../../protocol/messages/delete-records.ts'
import { fetch } from '../../protocol/messages/fetch.ts'
import { listGroups } from '../../protocol/messages/list-groups.ts'
import { produce } from '../../protocol/messages/produce.ts'
import { buildBatch } from '../../protocol/records/batch-builder.ts'
import { FetchSessionCache, fetchPartitionsMax } from './fetch/fetch-session-cache.ts'
import { handler } from './handler.ts'
import { SimBroker } from './replay/sim-broker.ts'
import { type BenchClient, ServerBench } from './server-bench.ts'

const fetchBody = { maxWaitMs: 500, minBytes: 1, topics: [] }
const deleteBody = { topics: [], timeoutMs: 1 }
const produceBody = {
  acks: 1,
  timeoutMs: 1,
  topicData: [{ name: 't', partitionData: [{ index: 0, records: Buffer.alloc(9) }] }],
}

async function started(options = {}, others = [] as Parameters<ServerBench['start']>[0]): Promise<ServerBench> {
  const bench = new ServerBench(options)
  await bench.start(others)
  return bench
}

describe('queued.max.requests', () => {
  const ids = (bench: ServerBench) => bench.asked.map(({ context }) => context.correlationId)

  test('so many requests of all connections wait for our own work; the next one waits its turn, in order', async () => {
    const bench = await started({ queuedRequestsMax: 2 })
    const clients: BenchClient[] = []
    for (let i = 0; i < 5; i++) clients.push(await bench.connect(`client-${i}`))
    for (const [i, client] of clients.entries()) {
      client.send(produce, 9, i, produceBody)
      await bench.run(20)
    }
    expect(ids(bench)).toEqual([0, 1])
    expect([bench.server.queue.used, bench.server.queue.waitingCount, bench.server.load().pausedConnections]).toEqual([
      2, 3, 3,
    ])
    for (let i = 0; i < 5; i++) {
      bench.asked[i]!.answer({})
      await bench.run(20)
      expect(ids(bench)).toEqual([0, 1, 2, 3, 4].slice(0, i + 3))
    }
    expect(clients.map(client => client.answered)).toEqual([[0], [1], [2], [3], [4]])
    expect([bench.server.queue.used, bench.server.queue.waitingCount]).toEqual([0, 0])
  })

  test('a fetch waits for records, not for us: it passes by, and takes no place', async () => {
    const bench = await started({ queuedRequestsMax: 1 })
    const [producer, consumer] = [await bench.connect('one'), await bench.connect('two')]
    for (let i = 1; i <= 3; i++) consumer.send(fetch, 12, i, fetchBody)
    await bench.run()
    producer.send(produce, 9, 4, produceBody)
    await bench.run()
    consumer.send(fetch, 12, 5, fetchBody)
    await bench.run()
    expect(ids(bench)).toEqual([1, 2, 3, 4, 5])
  })

  test('what cannot be read, fails, or loses its client gives its place back', async () => {
    const bench = await started({ queuedRequestsMax: 1 })
    const [broken, failing, going, waiting, last] = await Promise.all(
      ['a', 'b', 'c', 'd', 'e'].map(name => bench.connect(name)),
    )
    broken!.sendRaw('0000000c0015000200000001000161ff')
    await bench.run()
    expect([broken!.isClosed, bench.server.queue.used]).toEqual([true, 0])
    failing!.send(deleteRecords, 2, 1, deleteBody)
    await bench.run()
    for (const [i, client] of [going, waiting, last].entries()) {
      client!.send(produce, 9, i + 2, produceBody)
      await bench.run(20)
    }
    // One that waits and goes is not read, so that nobody knows: it has its turn, and gives it back.
    waiting!.connection.destroy()
    await bench.run()
    bench.asked[0]!.fail(new Error('a bug'))
    await bench.run()
    expect(ids(bench)).toEqual([1, 2])
    // The one whose request is under way keeps its place until that is done.
    going!.connection.destroy()
    await bench.run()
    expect(bench.server.queue.used).toBe(1)
    bench.asked[1]!.answer({})
    await bench.run()
    bench.asked[2]?.answer({})
    await bench.run()
    expect(ids(bench).at(-1)).toBe(4)
    bench.asked.at(-1)!.answer({})
    await bench.run()
    expect([last!.answered, bench.server.queue.used]).toEqual([[4], 0])
  })
})

describe('connections', () => {
  const unlimited = { connectionsMax: 100, connectionsPerIpMax: 100, perListener: new Map(), perIpOverrides: new Map() }

  test('an address with an override has its own number, more or fewer than the others', async () => {
    const connections = { ...unlimited, connectionsPerIpMax: 1, perIpOverrides: new Map([['many', 2]]) }
    const bench = await started({ connections })
    const clients: BenchClient[] = []
    for (const host of ['many', 'many', 'many', 'others', 'others']) clients.push(await bench.connect(host))
    await bench.run()
    expect(clients.map(client => client.isClosed || client.isEnded)).toEqual([false, false, true, false, true])
  })

  test('a full listener makes its connections wait, and those of other listeners go ahead of them', async () => {
    const connections = { ...unlimited, perListener: new Map([['PLAINTEXT', 1]]) }
    const bench = await started({ connections })
    await bench.world.complete(bench.server.bind({ name: 'INTERNAL', host: '0.0.0.0', port: 9999 }))
    const [first, second] = [await bench.connect('one'), await bench.connect('two')]
    const [other] = [await bench.connect('three', 9999)]
    for (const [id, client] of [first, second, other].entries()) client!.send(fetch, 12, id, fetchBody)
    await bench.run()
    expect(bench.asked.map(({ context }) => context.correlationId)).toEqual([0, 2])
    other!.connection.destroy()
    bench.asked[1]!.answer({})
    await bench.run()
    expect(bench.asked).toHaveLength(2)
    first!.connection.destroy()
    bench.asked[0]!.answer({})
    await bench.run()
    expect(bench.asked.map(({ context }) => context.correlationId)).toEqual([0, 2, 1])
  })
})

describe('answers that are not taken', () => {
  test('requests that came in one piece are not all decided at once when their answers are large', async () => {
    let decided = 0
    const large = handler(listGroups, () => {
      decided++
      return { groups: [{ groupId: 'x'.repeat(30_000), protocolType: '' }] }
    })
    const bench = await started({}, [large])
    const client = await bench.connect()
    client.connection.pause()
    const frame = (id: number) =>
      Buffer.concat(writeRequestFrame(listGroups, 0, { correlationId: id, clientId: null }, {}) as Buffer[])
    client.connection.send(Array.from({ length: 120 }, (_, i) => frame(i)))
    await bench.run()
    // A mebibyte in the queue, and another one handed to the network; the simulated window takes a little.
    expect(decided).toBeLessThan(90)
    expect(bench.server.load().pendingBytes).toBeLessThan(3 * 1024 * 1024)
    client.connection.resume()
    await bench.run(2000)
    expect(client.answered).toEqual(Array.from({ length: 120 }, (_, i) => i))
  })
})

describe('partitions of a fetch', () => {
  const fetchOf = (count: number) => ({
    maxWaitMs: 0,
    minBytes: 0,
    maxBytes: 1000,
    sessionId: 0,
    sessionEpoch: 0,
    topics: [
      {
        topic: 't',
        partitions: Array.from({ length: count }, (_, partition) => ({ partition, partitionMaxBytes: 1 })),
      },
    ],
  })

  test('more than fetchPartitionsMax are refused with INVALID_REQUEST; the connection stays', async () => {
    const sim = await SimBroker.start()
    const client = await sim.connect()
    await client.ask(createTopics, 7, {
      topics: [{ name: 't', numPartitions: 1, replicationFactor: 1 }],
      timeoutMs: 1000,
    })
    const refused = await client.ask(fetch, 12, fetchOf(fetchPartitionsMax + 1))
    expect([refused.errorCode, refused.responses]).toEqual([42, []])
    const older = await client.ask(fetch, 6, fetchOf(fetchPartitionsMax + 1))
    expect(new Set(older.responses[0]!.partitions.map(({ errorCode }) => errorCode))).toEqual(new Set([42]))
    expect((await client.ask(fetch, 12, fetchOf(1))).errorCode).toBe(0)
    await sim.stop()
  })

  test('fetch.max.bytes holds whatever the client asks for', async () => {
    const sim = await SimBroker.start({ settings: { 'fetch.max.bytes': '3000' } })
    const client = await sim.connect()
    await client.ask(createTopics, 7, {
      topics: [{ name: 't', numPartitions: 1, replicationFactor: 1 }],
      timeoutMs: 1000,
    })
    const records = buildBatch([{ key: null, value: Buffer.alloc(1000), headers: [], timestamp: 1000 }])
    const body = { acks: 1, timeoutMs: 1000, topicData: [{ name: 't', partitionData: [{ index: 0, records }] }] }
    for (let i = 0; i < 10; i++) await client.ask(produce, 9, body)
    const partitions = [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1_000_000 }]
    const asked = { maxWaitMs: 0, minBytes: 1, maxBytes: 1_000_000, topics: [{ topic: 't', partitions }] }
    const { responses } = await client.ask(fetch, 12, asked)
    expect(responses[0]!.partitions[0]!.records!.length).toBe(3000)
    await sim.stop()
  })

  test('sessions have so many partitions together: beyond, a client goes without one, and one that grows loses its own', () => {
    const cache = new FetchSessionCache(10, seededRandom(1), 100)
    const open = (partitionCount: number) => {
      const session = cache.create({ isPrivileged: false, usesTopicIds: false, partitionCount, nowMs: 0 })
      for (let index = 0; index < partitionCount; index++) session?.put({ ...wanted, index })
      return session
    }
    const wanted = {
      topic: 't',
      topicId: '',
      fetchOffset: 0,
      currentLeaderEpoch: -1,
      lastFetchedEpoch: -1,
      maxBytes: 1,
    } as never as Parameters<NonNullable<ReturnType<typeof open>>['put']>[0]
    const [first, second] = [open(60), open(40)]
    expect(open(1)).toBeUndefined()
    expect(cache.keepGrown(first!)).toBe(true)
    second!.put({ ...wanted, index: 40 })
    expect(cache.keepGrown(second!)).toBe(false)
    expect([cache.size, cache.partitionCount]).toEqual([1, 60])
  })
})
