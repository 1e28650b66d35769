import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { deleteRecords } from '../../protocol/messages/delete-records.ts'
import { fetch } from '../../protocol/messages/fetch.ts'
import { heartbeat } from '../../protocol/messages/heartbeat.ts'
import { produce } from '../../protocol/messages/produce.ts'
import { repositoryPath } from '../../testing/repository-path.ts'
import { handler } from './handler.ts'
import { BenchClient, ServerBench } from './server-bench.ts'
import { defaultSessionLimits } from './session-limits.ts'

const fetchBody = { maxWaitMs: 500, minBytes: 1, topics: [] }
const deleteBody = { topics: [], timeoutMs: 1 }
const produceBody = (bytes = 0) => ({
  acks: 1,
  timeoutMs: 1,
  topicData: [{ name: 't', partitionData: [{ index: 0, records: Buffer.alloc(bytes) }] }],
})

async function started(options = {}, others = [] as Parameters<ServerBench['start']>[0]): Promise<ServerBench> {
  const bench = new ServerBench(options)
  await bench.start(others)
  return bench
}

describe('order', () => {
  test('requests behind a parked fetch are decided at once and answered after it', async () => {
    const bench = await started()
    const client = await bench.connect()
    client.send(fetch, 12, 1, fetchBody)
    client.send(produce, 9, 2, produceBody())
    client.send(fetch, 12, 3, fetchBody)
    await bench.run()
    expect(bench.asked.map(({ apiName }) => apiName)).toEqual(['Fetch', 'Produce', 'Fetch'])
    bench.asked[2]!.answer({})
    bench.asked[1]!.answer({})
    await bench.run()
    expect(client.answered).toEqual([])
    bench.asked[0]!.answer({})
    await bench.run()
    expect(client.answered).toEqual([1, 2, 3])
  })

  test('a request that does not park holds up the decision of those behind it', async () => {
    const bench = await started()
    const client = await bench.connect()
    client.send(deleteRecords, 2, 1, deleteBody)
    client.send(fetch, 12, 2, fetchBody)
    await bench.run()
    expect(bench.asked.map(({ apiName }) => apiName)).toEqual(['DeleteRecords'])
    bench.asked[0]!.answer({})
    await bench.run()
    expect(bench.asked.map(({ apiName }) => apiName)).toEqual(['DeleteRecords', 'Fetch'])
    expect(client.answered).toEqual([1])
  })

  test('a request without an answer (acks=0) holds its place', async () => {
    const bench = await started()
    const client = await bench.connect()
    client.send(produce, 9, 1, produceBody())
    client.send(fetch, 12, 2, fetchBody)
    await bench.run()
    bench.asked[1]!.answer({})
    await bench.run()
    expect(client.answered).toEqual([])
    bench.asked[0]!.answer(undefined)
    await bench.run()
    expect(client.answered).toEqual([2])
  })

  test('every connection has an order of its own', async () => {
    const bench = await started()
    const [first, second] = [await bench.connect('one'), await bench.connect('two')]
    first.send(fetch, 12, 1, fetchBody)
    second.send(fetch, 12, 2, fetchBody)
    await bench.run()
    bench.asked.find(({ context }) => context.correlationId === 2)!.answer({})
    await bench.run()
    expect([first.answered, second.answered]).toEqual([[], [2]])
  })

  test('what was asked before the client hung up is answered (half-close)', async () => {
    const bench = await started()
    const client = await bench.connect()
    for (let i = 1; i <= 5; i++) client.send(fetch, 12, i, fetchBody)
    client.connection.end()
    await bench.run()
    expect(bench.asked.length).toBe(5)
    for (const asked of bench.asked) asked.answer({})
    await bench.run()
    expect(bench.server.connectionCount).toBe(0)
  })
})

describe('what cannot be served', () => {
  interface Exchange {
    readonly n: number
    readonly note: string
    readonly answer?: string
    readonly requestHex: string
    readonly responseHex: string | null
  }
  const exchanges = gunzipSync(readFileSync(repositoryPath('broker/server/testdata/protocol-errors.jsonl.gz')))
    .toString('utf8')
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as Exchange)

  test.each(exchanges.map(exchange => [exchange.note, exchange] as const))('as Kafka: %s', async (_, exchange) => {
    // ApiVersions tells what is in the table, which is not the whole of Kafka here.
    const isOwnAnswer = exchange.n >= 9 && exchange.responseHex !== null
    const bench = await started()
    const [client, other] = [await bench.connect('one'), await bench.connect('two')]
    other.send(fetch, 12, 7, fetchBody)
    client.sendRaw(exchange.requestHex)
    await bench.run()
    if (exchange.answer === 'connection closed') {
      expect(client.isClosed).toBe(true)
      expect(client.frames).toEqual([])
      expect(bench.complaints).toHaveLength(1)
    } else if (isOwnAnswer) {
      expect(client.frames[0]!.readInt32BE(0)).toBe(9)
      expect(client.isClosed).toBe(false)
    } else {
      expect(client.frames.map(frame => frame.toString('hex'))).toEqual([exchange.responseHex!.slice(8)])
      expect(client.isClosed).toBe(false)
    }
    expect(bench.asked).toHaveLength(1)
    bench.asked[0]!.answer({})
    await bench.run()
    expect(other.answered).toEqual([7])
  })

  test.each([
    ['a negative length', 'ffffffff'],
    ['an absurd length', '7fffffff'],
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\n\r\n').toString('hex')],
  ])('%s closes the connection with one line in the log, after earlier answers', async (_, hex) => {
    const bench = await started()
    const client = await bench.connect()
    client.send(fetch, 12, 1, fetchBody)
    client.sendRaw(hex)
    client.send(fetch, 12, 2, fetchBody)
    await bench.run()
    expect(bench.asked).toHaveLength(1)
    expect(client.isClosed).toBe(false)
    bench.asked[0]!.answer({})
    await bench.run()
    expect(client.answered).toEqual([1])
    expect(client.isClosed).toBe(true)
    expect(bench.complaints).toHaveLength(1)
    expect(bench.complaints[0]).toContain('bytes was announced')
  })

  test('a handler that fails answers what it can, the log says why, the connection stays', async () => {
    const failing = handler(heartbeat, () => Promise.reject(new Error('a bug')), {
      failure: (_, errorCode) => ({ errorCode }),
    })
    const bench = await started({}, [failing])
    const client = await bench.connect()
    client.send(heartbeat, 4, 1, {})
    client.send(fetch, 12, 2, fetchBody)
    await bench.run()
    expect(client.body(0, heartbeat, 4).errorCode).toBe(-1)
    expect(bench.complaints).toEqual(['a request failed unexpectedly: Error: a bug'])
    expect(bench.asked).toHaveLength(1)
  })

  test('a handler that fails and has no such answer closes the connection, after earlier answers', async () => {
    const bench = await started()
    const client = await bench.connect()
    client.send(fetch, 12, 1, fetchBody)
    client.send(produce, 9, 2, produceBody())
    client.send(fetch, 12, 3, fetchBody)
    await bench.run()
    bench.asked[1]!.fail(new Error('a bug'))
    bench.asked[2]!.answer({})
    await bench.run()
    expect(client.isClosed).toBe(false)
    bench.asked[0]!.answer({})
    await bench.run()
    expect(client.answered).toEqual([1])
    expect(client.isClosed).toBe(true)
  })

  test('an answer that cannot be encoded is such a failure', async () => {
    const bench = await started()
    const client = await bench.connect()
    client.send(fetch, 12, 1, fetchBody)
    await bench.run()
    bench.asked[0]!.answer({ responses: [null] } as never)
    await bench.run()
    expect(bench.complaints[0]).toContain('FetchResponse v12')
    expect(client.isClosed).toBe(true)
  })
})

describe('limits', () => {
  test('a connection has so many requests under way and no more; the rest waits in its socket', async () => {
    const bench = await started({ limits: { ...defaultSessionLimits, requestsInFlightMax: 3 } })
    const client = await bench.connect()
    for (let i = 1; i <= 10; i++) client.send(fetch, 12, i, fetchBody)
    await bench.run()
    expect(bench.asked).toHaveLength(3)
    for (let i = 0; i < 10; i++) {
      bench.asked[i]!.answer({})
      await bench.run(10)
    }
    expect(client.answered).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  })

  test('so many bytes, though a single request may be larger', async () => {
    const bench = await started({ limits: { ...defaultSessionLimits, bytesInFlightMax: 10_000 } })
    const client = await bench.connect()
    client.send(produce, 9, 1, produceBody(50_000))
    client.send(produce, 9, 2, produceBody(6000))
    client.send(produce, 9, 3, produceBody(6000))
    client.send(produce, 9, 4, produceBody(6000))
    await bench.run()
    expect(bench.asked).toHaveLength(1)
    bench.asked[0]!.answer({})
    await bench.run()
    expect(bench.asked).toHaveLength(3)
  })

  test('a client that does not read is not read; nobody else notices', async () => {
    const bench = await started()
    const [slow, quick] = [await bench.connect('slow'), await bench.connect('quick')]
    slow.connection.pause()
    const large = { responses: [{ topic: 't', partitions: [{ records: Buffer.alloc(400_000) }] }] }
    let sent = 0
    let answered = 0
    for (let round = 0; round < 50; round++) {
      slow.send(fetch, 12, ++sent, fetchBody)
      await bench.run(5)
      while (answered < bench.asked.length) bench.asked[answered++]!.answer(large)
      await bench.run(5)
    }
    // 1 MiB of answers may pend, and the simulated window takes a little; the rest of the requests is not decided.
    expect(bench.asked.length).toBeLessThan(10)
    quick.send(fetch, 12, 1, fetchBody)
    await bench.run()
    bench.asked.at(-1)!.answer({})
    await bench.run()
    expect(quick.answered).toEqual([1])
    slow.connection.resume()
    for (let round = 0; round < 100; round++) {
      await bench.run(20)
      for (const asked of bench.asked.splice(0)) asked.answer(large)
    }
    expect(slow.answered).toEqual(Array.from({ length: 50 }, (_, i) => i + 1))
  })

  test('large requests share a budget; those beyond it wait their turn, small ones do not', async () => {
    const bench = await started({ queuedRequestBytesMax: 500_000 })
    const clients: BenchClient[] = []
    for (let i = 0; i < 4; i++) clients.push(await bench.connect(`large-${i}`))
    for (const [i, client] of clients.entries()) client.send(produce, 9, i, produceBody(400_000))
    await bench.run(1000)
    // The first may take the budget beyond its end, as in Kafka.
    expect(bench.asked).toHaveLength(2)
    const small = await bench.connect('small')
    small.send(produce, 9, 9, produceBody(10))
    await bench.run()
    expect(bench.asked).toHaveLength(3)
    for (let i = 0; i < 5; i++) {
      bench.asked[i]!.answer({})
      await bench.run(500)
    }
    expect(clients.map(client => client.answered)).toEqual([[0], [1], [2], [3]])
  })

  test('a connection that waits for the budget and goes away gives its place up', async () => {
    const bench = await started({ queuedRequestBytesMax: 500_000 })
    const clients: BenchClient[] = []
    for (let i = 0; i < 4; i++) clients.push(await bench.connect(`large-${i}`))
    for (const [i, client] of clients.entries()) client.send(produce, 9, i, produceBody(400_000))
    await bench.run(1000)
    expect(bench.asked).toHaveLength(2)
    clients[2]!.connection.destroy()
    bench.asked[0]!.answer({})
    bench.asked[1]!.answer({})
    await bench.run(1000)
    for (const asked of bench.asked.slice(2)) asked.answer({})
    await bench.run()
    expect(clients[3]!.answered).toEqual([3])
  })

  test('max.connections.per.ip turns away at once, with one line; an override counts for its address', async () => {
    const connections = {
      connectionsMax: 100,
      connectionsPerIpMax: 1,
      perListener: new Map(),
      perIpOverrides: new Map(),
    }
    const bench = await started({ connections })
    const first = await bench.connect()
    const second = await bench.connect()
    await bench.run()
    expect(second.isClosed || second.isEnded).toBe(true)
    expect(first.isClosed).toBe(false)
    expect(bench.log.filter(({ fields }) => fields.limit === 'max.connections.per.ip')).toHaveLength(1)
    first.connection.destroy()
    await bench.run()
    const third = await bench.connect()
    third.send(fetch, 12, 1, fetchBody)
    await bench.run()
    expect(bench.asked).toHaveLength(1)
  })

  test('beyond max.connections a connection waits for another one to close; only so many may wait', async () => {
    const connections = {
      connectionsMax: 1,
      connectionsPerIpMax: 100,
      perListener: new Map(),
      perIpOverrides: new Map(),
    }
    const bench = await started({ connections, waitingConnectionsMax: 1 })
    const served = await bench.connect('one')
    const waiting = await bench.connect('two')
    await bench.run()
    waiting.send(fetch, 12, 1, fetchBody)
    await bench.run()
    expect(bench.asked).toHaveLength(0)
    const tooMany = await bench.connect('three')
    await bench.run()
    expect(tooMany.isClosed || tooMany.isEnded).toBe(true)
    served.connection.destroy()
    await bench.run()
    expect(bench.asked).toHaveLength(1)
    expect(bench.server.connectionCount).toBe(1)
  })
})

describe('idle connections', () => {
  test('are closed; one that waits for an answer is not idle', async () => {
    const bench = await started({ idleMsMax: 60_000 })
    const [idle, parked] = [await bench.connect('idle'), await bench.connect('parked')]
    parked.send(fetch, 12, 1, fetchBody)
    await bench.run(50_000)
    expect(idle.isClosed).toBe(false)
    await bench.run(20_000)
    expect([idle.isClosed, parked.isClosed]).toEqual([true, false])
    bench.asked[0]!.answer({})
    await bench.run(50_000)
    expect(parked.isClosed).toBe(false)
    await bench.run(20_000)
    expect(parked.isClosed).toBe(true)
  })

  test('a client that never takes its answer is idle too', async () => {
    const bench = await started({ idleMsMax: 60_000 })
    const client = await bench.connect()
    client.connection.pause()
    client.send(fetch, 12, 1, fetchBody)
    await bench.run()
    bench.asked[0]!.answer({ responses: [{ topic: 't', partitions: [{ records: Buffer.alloc(5_000_000) }] }] })
    await bench.run(70_000)
    expect(bench.server.connectionCount).toBe(0)
  })
})

describe('stopping', () => {
  test('what is under way is answered, what comes after is not decided, then connections close', async () => {
    const bench = await started()
    const [client, quiet] = [await bench.connect('one'), await bench.connect('two')]
    client.send(fetch, 12, 1, fetchBody)
    await bench.run()
    const stopped = bench.server.stop()
    client.send(fetch, 12, 2, fetchBody)
    await bench.run()
    expect(bench.asked).toHaveLength(1)
    expect(quiet.isClosed).toBe(true)
    bench.asked[0]!.answer({})
    await bench.world.complete(stopped)
    expect(client.answered).toEqual([1])
    await expect(bench.connect('three')).rejects.toMatchObject({ code: 'REFUSED' })
  })

  test('what does not get answered is cut off in the end, with a line in the log', async () => {
    const bench = await started({ drainMsMax: 5000 })
    const client = await bench.connect()
    client.send(fetch, 12, 1, fetchBody)
    await bench.run()
    await bench.world.complete(bench.server.stop(), 6000)
    await bench.run()
    expect(client.isClosed).toBe(true)
    expect(bench.complaints).toEqual(['requests were still under way when the broker stopped: '])
  })

  test('connections that come before the broker serves are served then', async () => {
    const bench = new ServerBench()
    await bench.world.complete(bench.server.bind({ name: 'PLAINTEXT', host: '0.0.0.0', port: 1234 }))
    const { net } = bench.world.host('client').start()
    const client = new BenchClient(await bench.world.complete(net.connect({ host: 'broker', port: 1234 })))
    client.send(fetch, 12, 1, fetchBody)
    await bench.run()
    expect(bench.asked).toHaveLength(0)
    await bench.start()
    await bench.run()
    expect(bench.asked).toHaveLength(1)
  })
})

describe('what an answer holds', () => {
  test('is let go once when it has been sent, and when it never will be', async () => {
    const bench = await started()
    const [stays, goes] = [await bench.connect('stays'), await bench.connect('goes')]
    stays.send(fetch, 12, 1, fetchBody)
    goes.send(fetch, 12, 2, fetchBody)
    goes.send(fetch, 12, 3, fetchBody)
    await bench.run()
    const released: number[] = []
    const byId = (id: number) => bench.asked.find(({ context }) => context.correlationId === id)!
    for (const id of [1, 3]) byId(id).context.afterSend(() => released.push(id))
    byId(1).answer({})
    byId(3).answer({})
    await bench.run()
    expect(released).toEqual([1])
    await bench.world.complete(bench.server.destroy())
    await bench.run()
    expect(released).toEqual([1, 3])
    byId(2).context.afterSend(() => released.push(2))
    byId(2).answer({})
    await bench.run()
    expect(released).toEqual([1, 3, 2])
  })
})
