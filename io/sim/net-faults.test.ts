// What the twin adds to a network that works: the ways in which it does not.

import { describe, expect, test } from 'vitest'
import { Peer } from '../contract/peer.ts'
import type { Net } from '../net.ts'
import type { NetworkConditions } from './net.ts'
import { SimWorld } from './world.ts'

async function pair(conditions: Partial<NetworkConditions> = {}, seed = 1) {
  const sim = new SimWorld({ seed, network: conditions })
  const a = sim.host('a').start()
  const b = sim.host('b').start()
  let server: Peer | undefined
  await sim.complete(b.net.listen({ host: 'b', port: 9092 }, connection => (server = new Peer(connection, b.clock))))
  const client = new Peer(await sim.complete(a.net.connect({ host: 'b', port: 9092 })), a.clock)
  return { sim, a, b, client, server: server! }
}

const connectFrom = (net: Net, host: string, timeoutMs = 3000) => net.connect({ host, port: 9092, timeoutMs })

describe('partitions', () => {
  test('hold bytes back until they are healed, in order', async () => {
    const { sim, client, server } = await pair()
    client.connection.send([Buffer.from('before ')])
    sim.network.partition(['a'], ['b'])
    client.connection.send([Buffer.from('during ')])
    await sim.runFor(5000)
    expect(server.received).toBe(0)
    sim.network.heal()
    client.connection.send([Buffer.from('after')])
    await sim.run()
    expect(String(server.bytes())).toBe('before during after')
  })

  test('stop what is already under way', async () => {
    const { sim, client, server } = await pair({ latencyMsMin: 5, latencyMsMax: 5 })
    client.connection.send([Buffer.from('under way')])
    await sim.runFor(2)
    sim.network.partition(['a'], ['b'])
    await sim.runFor(1000)
    expect(server.received).toBe(0)
    sim.network.heal()
    await sim.run()
    expect(server.received).toBe(9)
  })

  test('that come and go while bytes are under way never change their order', async () => {
    for (let seed = 0; seed < 50; seed++) {
      const { sim, client, server } = await pair({ latencyMsMin: 0.1, latencyMsMax: 10, splitChance: 0.5 }, seed)
      const sent = Buffer.from(Array.from({ length: 250 }, (_, index) => index))
      for (let at = 0; at < sent.length; at += 5) {
        client.connection.send([sent.subarray(at, at + 5)])
        await sim.runFor(1)
        if (sim.random.chance(0.2)) sim.network.partition(['a'], ['b'])
        else if (sim.random.chance(0.5)) sim.network.heal()
      }
      sim.network.heal()
      await sim.run()
      expect(server.bytes().equals(sent), `seed ${seed}`).toBe(true)
    }
  })

  test('break the connection for the sender when they last; the other side learns when they are healed', async () => {
    const { sim, client, server } = await pair({ retransmitMs: 20_000 })
    sim.network.partition(['a'], ['b'])
    client.connection.send([Buffer.from('lost')])
    await sim.runFor(19_000)
    expect(client.isClosed).toBe(false)
    await sim.runFor(2000)
    expect(await client.closed).toMatchObject({ code: 'FAILED' })
    expect(server.isClosed).toBe(false)
    sim.network.heal()
    await sim.run()
    expect(await server.closed).toMatchObject({ code: 'RESET' })
    expect(server.received).toBe(0)
  })

  test('can hold in one direction only', async () => {
    const { sim, client, server } = await pair()
    sim.network.block('a', 'b', { oneWay: true })
    client.connection.send([Buffer.from('held')])
    server.connection.send([Buffer.from('through')])
    await sim.runFor(1000)
    expect([server.received, String(client.bytes())]).toEqual([0, 'through'])
  })

  test('nobody can connect through them in time, but as soon as they are healed', async () => {
    const { sim, a } = await pair()
    sim.network.partition(['a'], ['b'])
    const startMs = sim.nowMs
    await expect(sim.complete(connectFrom(a.net, 'b'))).rejects.toMatchObject({ code: 'UNREACHABLE' })
    expect(sim.nowMs - startMs).toBeCloseTo(3000, -2)
    const patient = connectFrom(a.net, 'b')
    await sim.runFor(1500)
    sim.network.heal()
    expect((await sim.complete(patient)).remoteHost).toBe('b')
  })

  test('groups: who is in none reaches all', async () => {
    const { sim, a } = await pair()
    const c = sim.host('c').start()
    sim.network.partition(['a'], ['b'])
    await sim.complete(connectFrom(c.net, 'b'))
    await expect(sim.complete(connectFrom(a.net, 'b'))).rejects.toMatchObject({ code: 'UNREACHABLE' })
  })
})

describe('a process that dies', () => {
  test('is not told; its connections end at the other side, its port is free', async () => {
    const { sim, client, server } = await pair()
    server.connection.send([Buffer.from('taken')])
    await sim.run()
    sim.host('b').crashProcess()
    await sim.run()
    expect([String(client.bytes()), client.ended, server.isClosed]).toEqual(['taken', true, false])
    const again = sim.host('b').start()
    await sim.complete(again.net.listen({ host: 'b', port: 9092 }, () => {}))
  })

  test('nobody listens there any more', async () => {
    const { sim, a } = await pair()
    sim.host('b').crashProcess()
    await expect(sim.complete(connectFrom(a.net, 'b'))).rejects.toMatchObject({ code: 'REFUSED' })
  })

  test('resets its connections when it had not read everything', async () => {
    const { sim, client, server } = await pair()
    server.connection.pause()
    client.connection.send([Buffer.from('unread')])
    await sim.run()
    sim.host('b').crashProcess()
    await sim.run()
    expect(await client.closed).toMatchObject({ code: 'RESET' })
  })
})

describe('a host without power', () => {
  test('leaves its peers in the dark until they send and give up', async () => {
    const { sim, a, client } = await pair({ retransmitMs: 20_000 })
    sim.host('b').losePower()
    await sim.runFor(100_000)
    expect(client.isClosed).toBe(false)
    await expect(sim.complete(connectFrom(a.net, 'b'))).rejects.toMatchObject({ code: 'UNREACHABLE' })
    client.connection.send([Buffer.from('anybody?')])
    await sim.runFor(21_000)
    expect(await client.closed).toMatchObject({ code: 'FAILED' })
  })

  test('that is back knows nothing of old connections and resets them', async () => {
    const { sim, client } = await pair()
    sim.host('b').losePower()
    client.connection.send([Buffer.from('anybody?')])
    await sim.runFor(1000)
    sim.host('b').start()
    await sim.run()
    expect(await client.closed).toMatchObject({ code: 'RESET' })
  })

  test('what it had sent and nobody had received is gone', async () => {
    const { sim, client, server } = await pair({ latencyMsMin: 5, latencyMsMax: 5 })
    server.connection.send([Buffer.from('under way')])
    await sim.runFor(2)
    sim.host('b').losePower()
    sim.host('b').start()
    await sim.run()
    expect(client.received).toBe(0)
  })
})

describe('chance', () => {
  test('resets connections: both sides learn of it', async () => {
    const { sim, client, server } = await pair({ resetChance: 1 })
    client.connection.send([Buffer.from('x')])
    await sim.run()
    expect(await client.closed).toMatchObject({ code: 'RESET' })
    expect(await server.closed).toMatchObject({ code: 'RESET' })
  })

  test('refuses connections', async () => {
    const { sim, a } = await pair()
    sim.network.conditions.refuseChance = 1
    await expect(sim.complete(connectFrom(a.net, 'b'))).rejects.toMatchObject({ code: 'REFUSED' })
  })

  test('cuts what is sent at once anywhere, and loses nothing', async () => {
    const lengths = new Set<number>()
    for (let seed = 0; seed < 50; seed++) {
      const { sim, client, server } = await pair({ splitChance: 1 }, seed)
      const sent = Buffer.from('cut me into pieces')
      client.connection.send([sent])
      await sim.run()
      expect(server.bytes().equals(sent)).toBe(true)
      expect(server.pieces).toBeGreaterThan(1)
      lengths.add(server.pieces)
    }
    expect(lengths.size).toBeGreaterThan(2)
  })

  test('a test can reset connections by host', async () => {
    const { sim, client, server } = await pair()
    sim.network.reset('a', 'c')
    await sim.run()
    expect(client.isClosed).toBe(false)
    sim.network.reset('b')
    await sim.run()
    expect([client.isClosed, server.isClosed]).toEqual([true, true])
  })
})

describe('addresses', () => {
  test('a listener on the loopback address is for its own host', async () => {
    const { sim, a } = await pair()
    const c = sim.host('c').start()
    await sim.complete(c.net.listen({ host: '127.0.0.1', port: 9092 }, () => {}))
    await expect(sim.complete(connectFrom(a.net, 'c'))).rejects.toMatchObject({ code: 'REFUSED' })
    expect((await sim.complete(connectFrom(c.net, 'localhost'))).remoteHost).toBe('c')
    const d = sim.host('d').start()
    await sim.complete(d.net.listen({ host: '0.0.0.0', port: 9092 }, () => {}))
    expect((await sim.complete(connectFrom(a.net, 'd'))).remoteHost).toBe('d')
  })
})
