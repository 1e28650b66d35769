// The way to one broker, which is of the test's making, in simulated time: opening, order, versions, the breaker, closing.

import { describe, expect, test } from 'vitest'
import { silentLogger } from '../../io/logger.ts'
import type { ConnectAddress, Net } from '../../io/net.ts'
import { SimWorld } from '../../io/sim/world.ts'
import { apiVersions } from '../../protocol/messages/api-versions.ts'
import { fetch } from '../../protocol/messages/fetch.ts'
import { heartbeat } from '../../protocol/messages/heartbeat.ts'
import { metadata } from '../../protocol/messages/metadata.ts'
import { produce } from '../../protocol/messages/produce.ts'
import { hangUp, noAnswer, ScriptedBroker, type ScriptedBrokerOptions } from '../../testing/scripted-broker.ts'
import { ClientError } from '../client-error.ts'
import { Broker } from './broker.ts'
import { type ClusterOptions, clusterSettings } from './cluster-options.ts'

const topic = (name: string) => ({ topics: [{ name }] })

async function make(options: Partial<ClusterOptions> = {}, scripted: ScriptedBrokerOptions = {}, seed = 1) {
  const sim = new SimWorld({ seed })
  const peer = new ScriptedBroker(sim, 'b', scripted)
  peer.on(metadata, asked => ({ brokers: [], topics: [], clusterId: asked.body.topics![0]!.name }))
  await peer.start()
  const world = { ...sim.host('client').start(), logger: silentLogger }
  const settings = clusterSettings({ bootstrap: 'b:9092', ...options })
  const broker = new Broker({ host: 'b', port: 9092 }, settings, world)
  const ask = (name: string, more = {}) =>
    broker.request(metadata, topic(name), more).then(({ clusterId }) => clusterId)
  return { sim, peer, world, broker, ask, settings }
}

/** The network, but the first five arrivals are told of, right after whom they are for. */
function tapped(net: Net, told: () => void): Net {
  const connect = async (address: ConnectAddress) => {
    const connection = await net.connect(address)
    const listen = connection.listen.bind(connection)
    let arrivals = 0
    connection.listen = events =>
      listen({
        ...events,
        data(chunk) {
          events.data(chunk)
          if (++arrivals <= 5) told()
        },
      })
    return connection
  }
  return { ...net, connect }
}

/** What it came to, and how long that took. */
async function timed(sim: SimWorld, work: Promise<unknown>): Promise<{ outcome: unknown; ms: number }> {
  const startMs = sim.nowMs
  const outcome = await sim.complete(work.catch((error: ClientError) => error.code))
  return { outcome, ms: sim.nowMs - startMs }
}

describe('connections', () => {
  test('are opened when they are needed, one for each lane', async () => {
    const { sim, peer, broker, ask } = await make()
    peer.on(fetch, () => noAnswer).on(heartbeat, () => ({ errorCode: 0 }))
    expect(peer.connections).toBe(0)
    await sim.complete(Promise.all([ask('a'), ask('b'), ask('c')]))
    expect(peer.connections).toBe(1)
    // A fetch that waits does not hold up what others ask.
    broker.request(fetch, { maxWaitMs: 500, minBytes: 1, topics: [] }).catch(() => {})
    const beat = broker.request(heartbeat, { groupId: 'g', generationId: 1, memberId: 'm' })
    await sim.complete(Promise.all([ask('d'), beat]))
    expect([peer.connections, broker.inFlight, broker.isIdle]).toEqual([3, 1, false])
    broker.close()
  })

  test('requests go out in the order of the calls, also of those that were asked while it was opened', async () => {
    const { sim, peer, world, settings } = await make()
    const asked: string[] = []
    const answers: Promise<unknown>[] = []
    const next = () => {
      asked.push(`t${asked.length}`)
      answers.push(broker.request(metadata, topic(asked.at(-1)!)))
    }
    // Asked in each of the microtasks that follow whatever arrives, the answer with which the connection becomes ready included.
    const net = tapped(world.net, async () => {
      for (let microtask = 0; microtask < 50; microtask++) {
        next()
        await undefined
      }
    })
    const broker = new Broker({ host: 'b', port: 9092 }, settings, { ...world, net })
    next()
    await sim.runFor(5)
    await sim.complete(Promise.all(answers))
    expect(asked.length).toBeGreaterThan(50)
    expect(peer.askedFor(metadata).map(({ body }) => body.topics![0]!.name)).toEqual(asked)
    broker.close()
  })

  test('one that the broker closed is opened again, which is no failure', async () => {
    const { sim, peer, ask } = await make({ breakerFailuresMax: 1 })
    await sim.complete(ask('a'))
    peer.hangUp()
    await sim.runFor(100)
    expect(await sim.complete(ask('b'))).toBe('b')
    expect(peer.connections).toBe(2)
  })

  test('one that is lost in mid-request fails all that wait on it, which is one failure', async () => {
    const { sim, peer, broker, ask } = await make({ breakerFailuresMax: 2 })
    peer.on(metadata, () => hangUp)
    const lost = await sim.complete(Promise.allSettled([ask('a'), ask('b'), ask('c')]))
    expect(lost.map(each => (each as PromiseRejectedResult).reason.code)).toEqual(Array(3).fill('CONNECTION_CLOSED'))
    expect(broker.isAvailable).toBe(true)
  })

  test('nobody listens: unreachable at once, and says what to look at', async () => {
    const { sim, peer, ask } = await make()
    peer.kill()
    const error = await sim.complete(ask('a').catch(reason => reason))
    expect(error).toMatchObject({ code: 'BROKER_UNREACHABLE', retriable: true, cause: { code: 'REFUSED' } })
    expect(error.message).toContain('cannot connect to b:9092: nobody listens there')
    expect(error.message).toContain('advertised.listeners')
  })
})

describe('a broker that says nothing', () => {
  test('blackholed: connecting takes its time and no more', async () => {
    const { sim, ask } = await make({ connectTimeoutMs: 3000 })
    sim.network.partition(['client'], ['b'])
    const { outcome, ms } = await timed(sim, ask('a'))
    expect(outcome).toBe('BROKER_UNREACHABLE')
    expect(ms).toBeGreaterThan(2999)
    expect(ms).toBeLessThan(3010)
  })

  test('frozen, it accepts and is silent: being ready is part of connecting', async () => {
    const { sim, peer, ask } = await make({ connectTimeoutMs: 3000 })
    peer.freeze()
    const error = await sim.complete(
      ask('a').catch(reason => reason),
      3010,
    )
    expect(error).toMatchObject({ code: 'BROKER_UNREACHABLE' })
    expect(error.message).toContain('it is connected, but was not ready within 3000 ms')
    peer.thaw()
    expect(await sim.complete(ask('b'))).toBe('b')
  })

  test('frozen in mid-request: the request’s timeout, and the connection is dropped', async () => {
    const { sim, peer, ask } = await make({ requestTimeoutMs: 2000 })
    await sim.complete(ask('a'))
    peer.freeze()
    const { outcome, ms } = await timed(sim, ask('b'))
    expect(outcome).toBe('REQUEST_TIMED_OUT_LOCALLY')
    expect(ms).toBeLessThan(2010)
    peer.thaw()
    expect(await sim.complete(ask('c'))).toBe('c')
    expect(peer.connections).toBe(2)
  })

  test('an authenticator is part of connecting as well', async () => {
    const authenticator = { name: 'PLAIN', authenticate: () => new Promise<void>(() => {}) }
    const { sim, peer, ask } = await make({ connectTimeoutMs: 1000, authenticator })
    const { outcome, ms } = await timed(sim, ask('a'))
    expect(outcome).toBe('BROKER_UNREACHABLE')
    expect(ms).toBeLessThan(1010)
    await sim.runFor(10)
    expect(peer.openConnections).toBe(0)
  })

  test('what the authenticator rejects with is told as it is', async () => {
    const refused = new ClientError('SASL_AUTHENTICATION_FAILED', 'no')
    const authenticator = { name: 'PLAIN', authenticate: () => Promise.reject(refused) }
    const { sim, peer, ask } = await make({ authenticator })
    expect(await sim.complete(ask('a').catch(reason => reason))).toBe(refused)
    await sim.runFor(10)
    expect(peer.openConnections).toBe(0)
  })
})

describe('the breaker', () => {
  test('after some failures in a row requests fail at once, until a trial succeeds', async () => {
    const { sim, peer, broker, ask } = await make({ breakerFailuresMax: 3 })
    peer.kill()
    const outcomes = []
    for (let time = 0; time < 5; time++) outcomes.push((await timed(sim, ask('a'))).outcome)
    expect(outcomes).toEqual([
      ...['BROKER_UNREACHABLE', 'BROKER_UNREACHABLE', 'BROKER_UNREACHABLE'],
      ...['CIRCUIT_OPEN', 'CIRCUIT_OPEN'],
    ])
    const refused = await sim.complete(ask('a').catch((error: ClientError) => error))
    expect(refused).toMatchObject({ code: 'CIRCUIT_OPEN', cause: { code: 'BROKER_UNREACHABLE' } })
    expect(broker.isAvailable).toBe(false)
    await peer.start()
    await sim.runFor(60)
    expect(broker.isAvailable).toBe(true)
    // One of them is the trial, on which the others wait.
    expect(await sim.complete(Promise.all([ask('b'), ask('c')]))).toEqual(['b', 'c'])
    expect(peer.connections).toBe(1)
  })

  test('a broker that is down for a minute is tried about once a second', async () => {
    const { sim, peer, ask } = await make()
    peer.kill()
    let tried = 0
    const untilMs = sim.nowMs + 60_000
    while (sim.nowMs < untilMs) {
      if ((await timed(sim, ask('a'))).outcome === 'BROKER_UNREACHABLE') tried += 1
      await sim.runFor(5)
    }
    // Waits of 0.1 to 1 s, 0.55 s in the mean.
    expect(tried).toBeGreaterThan(50)
    expect(tried).toBeLessThan(200)
  })
})

describe('versions', () => {
  test('the highest that both have', async () => {
    const offers = new Map([
      [apiVersions.key, [0, 3]],
      [metadata.key, [5, 9]],
    ] as const)
    const { sim, peer, broker, ask } = await make({}, { offers })
    await sim.complete(ask('a'))
    expect(peer.asked[0]!.apiVersion).toBe(9)
    expect(await sim.complete(broker.versionOf(metadata as never, [0, 6]))).toBe(6)
    expect(await sim.complete(broker.versionOf(fetch as never))).toBeUndefined()
  })

  test('the body is made for the version that is sent', async () => {
    const { sim, broker } = await make(
      {},
      {
        offers: new Map([
          [apiVersions.key, [0, 4]],
          [metadata.key, [1, 7]],
        ] as const),
      },
    )
    const made: number[] = []
    await sim.complete(
      broker.request(metadata, version => {
        made.push(version)
        return topic('a')
      }),
    )
    expect(made).toEqual([7])
  })

  test('none in common is told with both sides’ ranges, and is not tried again', async () => {
    const { sim, ask } = await make(
      {},
      {
        offers: new Map([
          [apiVersions.key, [0, 4]],
          [metadata.key, [90, 99]],
        ] as const),
      },
    )
    const error = await sim.complete(ask('a').catch(reason => reason))
    expect(error).toMatchObject({ code: 'UNSUPPORTED_BY_BROKER', retriable: false, broker: 'b:9092' })
    expect(error.message).toContain('Metadata is needed in versions 0 to 13, the broker has versions 90 to 99')
  })

  test.each([
    ['that tells its own range (KIP-511)', { tellsItsVersions: true }],
    ['before Kafka 2.4, which does not', { tellsItsVersions: false }],
  ])('a broker that does not know our ApiVersions, %s', async (_, options) => {
    const offers = new Map([
      [apiVersions.key, [0, 2]],
      [metadata.key, [0, 8]],
    ] as const)
    const { sim, peer, ask } = await make({}, { offers, ...options })
    expect(await sim.complete(ask('a'))).toBe('a')
    expect(peer.connections).toBe(1)
  })

  test('a broker like Redpanda: Produce 7, Fetch 11, Metadata 7', async () => {
    const offers = new Map([
      ...([
        [apiVersions.key, [0, 3]],
        [produce.key, [0, 7]],
        [fetch.key, [4, 11]],
        [metadata.key, [0, 7]],
      ] as const),
    ])
    const { sim, peer, broker, ask } = await make({}, { offers })
    peer.on(produce, () => ({ responses: [], throttleTimeMs: 0 })).on(fetch, () => ({ responses: [] }))
    await sim.complete(ask('a'))
    await sim.complete(broker.request(produce, { acks: -1, timeoutMs: 1, topicData: [] }))
    await sim.complete(broker.request(fetch, { maxWaitMs: 1, minBytes: 1, topics: [] }))
    expect(peer.asked.map(({ api, apiVersion }) => `${api.name} ${apiVersion}`)).toEqual([
      'Metadata 7',
      'Produce 7',
      'Fetch 11',
    ])
  })
})

describe('ending', () => {
  test('close while it is connecting: told at once, and nothing is left', async () => {
    const { sim, broker, ask } = await make()
    sim.network.partition(['client'], ['b'])
    const asked = Promise.allSettled([ask('a'), ask('b')])
    await sim.runFor(100)
    broker.close()
    const settled = await sim.complete(asked, 1)
    expect(settled.map(each => (each as PromiseRejectedResult).reason.code)).toEqual(Array(2).fill('CONNECTION_CLOSED'))
    expect([sim.scheduler.pending, broker.isIdle]).toEqual([0, true])
  })

  test('close at any moment: nothing hangs, no timer and no connection is left', async () => {
    for (let seed = 0; seed < 150; seed++) {
      const { sim, peer, broker, ask } = await make({}, {}, seed)
      peer.on(fetch, () => noAnswer)
      peer.delayMs = sim.random.int(3)
      const asked = Promise.allSettled([
        ask('a'),
        ask('b'),
        broker.request(fetch, { maxWaitMs: 500, minBytes: 1, topics: [] }),
        broker.sendWithoutAnswer(fetch, { maxWaitMs: 500, minBytes: 1, topics: [] }),
      ])
      await sim.runFor(sim.random.next() * 6)
      broker.close()
      await sim.complete(asked, 10)
      await sim.run()
      expect([sim.scheduler.pending, peer.openConnections], `seed ${seed}`).toEqual([0, 0])
      expect(await sim.complete(ask('c').catch((error: ClientError) => error.code))).toBe('CONNECTION_CLOSED')
    }
  })

  test('an AbortSignal raised before: nothing is sent; while it waits: told at once', async () => {
    const { sim, peer, ask } = await make()
    await expect(ask('a', { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'ABORTED' })
    await sim.runFor(100)
    expect(peer.connections).toBe(0)
    peer.freeze()
    const aborting = new AbortController()
    const asked = ask('b', { signal: aborting.signal })
    await sim.runFor(10)
    aborting.abort()
    await expect(asked).rejects.toMatchObject({ code: 'ABORTED' })
    peer.thaw()
    expect(await sim.complete(ask('c'))).toBe('c')
  })
})
