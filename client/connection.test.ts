// One connection against a broker of the test's making, in simulated time.

import { describe, expect, test } from 'vitest'
import { SimWorld } from '../io/sim/world.ts'
import { metadata } from '../protocol/messages/metadata.ts'
import { produce } from '../protocol/messages/produce.ts'
import { hangUp, noAnswer, ScriptedBroker } from '../testing/scripted-broker.ts'
import { BrokerConnection, type BrokerConnectionOptions } from './connection.ts'

const body = (name: string) => ({ topics: [{ name }] })
/** What each came to: what was answered, or the code of the failure. */
async function comeTo(asked: readonly Promise<string | null>[]): Promise<(string | null)[]> {
  const settled = await Promise.allSettled(asked)
  return settled.map(each => (each.status === 'fulfilled' ? each.value : (each.reason as { code: string }).code))
}
/** Names the topic that was asked for, so that answers can be told apart. */
const echo = (name: string | null) => ({ brokers: [], topics: [], clusterId: name })

async function connected(options: Partial<BrokerConnectionOptions> = {}, seed = 1) {
  const sim = new SimWorld({ seed })
  const broker = await new ScriptedBroker(sim, 'b').start()
  broker.on(metadata, ({ body: { topics } }) => echo(topics![0]!.name))
  const { net, clock } = sim.host('client').start()
  const open = () =>
    sim.complete(BrokerConnection.open(net, { host: 'b', port: 9092, clientId: 'me', clock, ...options }))
  const connection = await open()
  const ask = (name: string, timeoutMs?: number) =>
    connection.request(metadata, 12, body(name), timeoutMs).then(({ clusterId }) => clusterId)
  return { sim, broker, connection, ask, open }
}

describe('requests', () => {
  test('go out at once and are answered in order, however the network cuts them', async () => {
    for (let seed = 0; seed < 20; seed++) {
      const { sim, broker, ask } = await connected({}, seed)
      sim.network.conditions.splitChance = 1
      const names = Array.from({ length: 50 }, (_, index) => `topic-${index}`)
      expect(await sim.complete(Promise.all(names.map(name => ask(name))))).toEqual(names)
      expect(broker.asked.map(({ clientId }) => clientId)).toEqual(names.map(() => 'me'))
    }
  })

  test('one more than may wait is refused, and the others are not harmed', async () => {
    const { sim, connection, ask } = await connected({ inFlightMax: 2 })
    const waiting = [ask('a'), ask('b')]
    await expect(ask('c')).rejects.toMatchObject({ code: 'TOO_MANY_REQUESTS_IN_FLIGHT', broker: 'b:9092' })
    expect(connection.inFlight).toBe(2)
    expect(await sim.complete(Promise.all(waiting))).toEqual(['a', 'b'])
    expect(await sim.complete(ask('c'))).toBe('c')
  })

  test('that cannot be written are refused, and nothing is sent', async () => {
    const { sim, broker, connection, ask } = await connected()
    const wrong = connection.request(metadata, 12, { topics: [{ name: 7 as unknown as string }] })
    await expect(wrong).rejects.toMatchObject({ name: 'EncodeError' })
    expect(await sim.complete(ask('a'))).toBe('a')
    expect(broker.asked).toHaveLength(1)
  })

  test('without an answer hold no place', async () => {
    const { sim, broker, connection, ask } = await connected()
    broker.on(produce, () => noAnswer)
    await sim.complete(connection.sendWithoutAnswer(produce, 9, { acks: 0, timeoutMs: 1, topicData: [] }))
    expect(connection.inFlight).toBe(0)
    expect(await sim.complete(ask('a'))).toBe('a')
    expect(broker.askedFor(produce)).toHaveLength(1)
    connection.close()
    const late = connection.sendWithoutAnswer(produce, 9, { acks: 0, timeoutMs: 1, topicData: [] })
    await expect(late).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' })
  })
})

describe('timeouts', () => {
  test('give up the connection: all that wait are told, and none stays', async () => {
    const { sim, broker, connection, ask } = await connected()
    broker.freeze()
    const outcomes = comeTo([ask('a', 1000), ask('b', 5000), ask('c')])
    const startMs = sim.nowMs
    const settled = await sim.complete(outcomes)
    expect(sim.nowMs - startMs).toBeCloseTo(1000, -1)
    expect(settled).toEqual(Array(3).fill('REQUEST_TIMED_OUT_LOCALLY'))
    expect([connection.isOpen, connection.inFlight]).toEqual([false, 0])
    await expect(ask('d')).rejects.toThrow(
      'REQUEST_TIMED_OUT_LOCALLY: no answer to Metadata came in time at broker b:9092',
    )
    await sim.run()
    expect(sim.scheduler.pending).toBe(0)
  })

  test('an answer that comes after it is nobody’s: a new connection gets its own', async () => {
    const { sim, broker, ask, open } = await connected()
    broker.delayMs = 1500
    await expect(sim.complete(ask('late', 1000))).rejects.toMatchObject({ code: 'REQUEST_TIMED_OUT_LOCALLY' })
    broker.delayMs = 1000
    const second = await open()
    const answer = second.request(metadata, 12, body('own'), 5000)
    expect((await sim.complete(answer)).clusterId).toBe('own')
    await sim.run()
    expect(broker.askedFor(metadata).map(asked => asked.body.topics![0]!.name)).toEqual(['late', 'own'])
  })

  test('that are later than others do not fire for what was answered', async () => {
    const { sim, broker, connection, ask } = await connected()
    broker.delayMs = 700
    expect(await sim.complete(ask('a', 1000))).toBe('a')
    const second = ask('b', 1000)
    await sim.runFor(500)
    expect(connection.isOpen).toBe(true)
    expect(await sim.complete(second)).toBe('b')
    await sim.runFor(10_000)
    expect([connection.isOpen, sim.scheduler.pending]).toEqual([true, 0])
  })

  test('a shorter one behind a longer one is kept', async () => {
    const { sim, broker, ask } = await connected()
    broker.freeze()
    const startMs = sim.nowMs
    await sim.complete(comeTo([ask('a', 30_000), ask('b', 100)]))
    expect(sim.nowMs - startMs).toBeLessThan(110)
  })
})

describe('the end of a connection', () => {
  test('in mid-request is told to all that wait', async () => {
    const { sim, broker, connection, ask } = await connected()
    broker.on(metadata, ({ body: { topics } }) => (topics![0]!.name === 'b' ? hangUp : echo(topics![0]!.name)))
    const settled = await sim.complete(comeTo([ask('a', 1000), ask('b', 1000), ask('c', 1000)]))
    expect(settled).toEqual(['a', 'CONNECTION_CLOSED', 'CONNECTION_CLOSED'])
    expect(connection.isOpen).toBe(false)
    await expect(ask('d')).rejects.toMatchObject({ code: 'CONNECTION_CLOSED', retriable: true })
    await sim.run()
    expect(sim.scheduler.pending).toBe(0)
  })

  test('by a reset keeps the reason as its cause', async () => {
    const { sim, broker, ask } = await connected()
    broker.freeze()
    const asked = ask('a')
    await sim.runFor(10)
    sim.network.reset('b')
    const error = await sim.complete(asked.catch(reason => reason))
    expect(error).toMatchObject({ code: 'CONNECTION_CLOSED', cause: { code: 'RESET' } })
  })

  test('close rejects what waits and leaves neither timer nor connection', async () => {
    const { sim, broker, connection, ask } = await connected()
    broker.freeze()
    const asked = comeTo([ask('a', 5000), ask('b')])
    await sim.runFor(10)
    connection.close()
    connection.close()
    expect(await asked).toEqual(['CONNECTION_CLOSED', 'CONNECTION_CLOSED'])
    await sim.run()
    expect([sim.scheduler.pending, broker.openConnections]).toEqual([0, 0])
  })
})

describe('answers that are no answers', () => {
  const frame = (hex: string) => Buffer.from(hex, 'hex')
  test.each([
    ['a length below zero', frame('ffffffff00000001')],
    ['a length beyond all measure', frame('7fffffff00000001')],
    ['what a web server says', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')],
    ['what a TLS listener says to plain bytes', frame('15030300020246')],
    ['the correlation id of another request', frame('000000070000002a000000')],
    ['a frame that ends in its header', frame('0000000200ff')],
    ['a body that ends early', frame('0000000b000000010000000000000002')],
  ])('%s: the connection is given up and says whose fault it is', async (_, bytes) => {
    const { sim, broker, connection, ask } = await connected()
    broker.on(metadata, () => bytes)
    const settled = await sim.complete(comeTo([ask('a', 1000), ask('b', 1000)]))
    expect(settled).toEqual(['BROKEN_ANSWER', 'BROKEN_ANSWER'])
    expect(connection.isOpen).toBe(false)
    await sim.run()
    expect([sim.scheduler.pending, broker.openConnections]).toEqual([0, 0])
  })

  test('an answer that nobody waits for: the connection is given up', async () => {
    const { sim, broker, connection, ask } = await connected()
    const twice = Buffer.from('0000000600000001000000000000060000000100000000', 'hex')
    broker.on(metadata, () => twice)
    await sim.complete(ask('a', 1000).catch(() => {}))
    await sim.run()
    expect(connection.isOpen).toBe(false)
  })

  test('random bytes never hang or crash it', async () => {
    for (let seed = 0; seed < 200; seed++) {
      const { sim, broker, ask } = await connected({ frameBytesMax: 65_536 }, seed)
      const { random } = sim
      broker.on(metadata, () => Buffer.from(random.bytes(1 + random.int(300))))
      const settled = await sim.complete(comeTo([ask('a', 1000), ask('b', 1000)]), 2000)
      expect(
        settled.every(code => ['BROKEN_ANSWER', 'REQUEST_TIMED_OUT_LOCALLY'].includes(code!)),
        `seed ${seed}`,
      ).toBe(true)
      await sim.run()
      expect(sim.scheduler.pending).toBe(0)
    }
  })

  test('a frame that is larger than allowed is not made room for', async () => {
    const allocated: number[] = []
    const allocate = (bytes: number) => {
      allocated.push(bytes)
      return Buffer.alloc(bytes)
    }
    const { sim, broker, ask } = await connected({ frameBytesMax: 1000, allocate })
    broker.on(metadata, () => frame('000003e900000001'))
    const error = await sim.complete(ask('a', 1000).catch(reason => reason))
    expect(error).toMatchObject({ code: 'BROKEN_ANSWER' })
    expect(error.message).toContain('at most 1000 are read')
    expect(allocated).toEqual([])
  })
})
