// A cluster whose brokers fail, lie, move and are asked by thousands, in simulated time.

import { describe, expect, test } from 'vitest'
import { errors } from '../../protocol/errors.ts'
import { metadata } from '../../protocol/messages/metadata.ts'
import { hangUp } from '../../testing/scripted-broker.ts'
import { scriptedCluster } from '../../testing/scripted-cluster.ts'
import type { ClientError } from '../client-error.ts'
import { leaderIn } from './cluster-image.ts'

const code = (error: ClientError) => error.code

describe('storms', () => {
  test('a thousand who say that the image is wrong are one request', async () => {
    const { sim, cluster, metadataCount } = await scriptedCluster()
    await sim.complete(cluster.refresh())
    for (let time = 0; time < 1000; time++) cluster.imageIsWrong()
    await sim.runFor(5000)
    expect(metadataCount()).toBe(2)
    cluster.close()
  })

  test('who says so after each answer for a minute makes about one request a second', async () => {
    const { sim, cluster, metadataCount } = await scriptedCluster()
    await sim.complete(cluster.refresh())
    cluster.onImage(() => {
      for (let time = 0; time < 100; time++) cluster.imageIsWrong()
    })
    cluster.imageIsWrong()
    await sim.runFor(60_000)
    // Waits of 0.1 to 1 s, 0.55 s in the mean, after the first few.
    expect(metadataCount()).toBeGreaterThan(60)
    expect(metadataCount()).toBeLessThan(150)
    cluster.close()
  })

  test('an answer that says something new makes it quick again', async () => {
    const { sim, said, cluster, metadataCount } = await scriptedCluster()
    cluster.topics.add('orders')
    await sim.complete(cluster.refresh())
    const stop = cluster.onImage(() => cluster.imageIsWrong())
    cluster.imageIsWrong()
    await sim.runFor(30_000)
    stop()
    said.leaderId = 2
    said.leaderEpoch += 1
    await sim.complete(cluster.refresh())
    const before = metadataCount()
    cluster.imageIsWrong()
    await sim.runFor(101)
    expect(metadataCount()).toBe(before + 1)
    cluster.close()
  })

  test('hundreds of calls that look for what is not there for a minute stay within the budget', async () => {
    const { sim, said, cluster, metadataCount } = await scriptedCluster()
    said.leaderId = -1
    cluster.topics.add('orders')
    const calls = Array.from({ length: 300 }, () =>
      cluster.until(image => leaderIn(image, 'orders', 0), { what: 'it', timeoutMs: 60_000 }).catch(code),
    )
    expect(new Set(await sim.complete(Promise.all(calls)))).toEqual(new Set(['DEADLINE_EXCEEDED']))
    expect(metadataCount()).toBeLessThan(2 + 100 + 60 + 600)
    cluster.close()
  })

  test('a cluster that is down for a minute is asked about once a second', async () => {
    const { sim, peers, cluster, world } = await scriptedCluster()
    await sim.complete(cluster.refresh())
    let connects = 0
    const { connect } = world.net
    world.net.connect = address => {
      connects += 1
      return connect(address)
    }
    for (const peer of peers) peer.kill()
    cluster.imageIsWrong()
    await sim.runFor(60_000)
    // Three brokers; each is left alone for up to a second.
    expect(connects).toBeGreaterThan(60)
    expect(connects).toBeLessThan(500)
    cluster.close()
  })
})

describe('finding a broker', () => {
  test('the next one is asked when one does not answer: down, frozen, blackholed, garbage', async () => {
    for (const fault of ['down', 'frozen', 'blackhole', 'garbage'] as const) {
      const { sim, b1, b2, cluster } = await scriptedCluster({ requestTimeoutMs: 2000, connectTimeoutMs: 2000 })
      await sim.complete(cluster.refresh())
      if (fault === 'down') b1.kill()
      if (fault === 'frozen') b1.freeze()
      if (fault === 'blackhole') sim.network.partition(['client'], ['b1'])
      if (fault === 'garbage') b1.on(metadata, () => Buffer.from('what is this?'))
      b2.on(metadata, () => hangUp)
      const startMs = sim.nowMs
      expect([...(await sim.complete(cluster.refresh())).brokers.keys()], fault).toEqual([1, 2, 3])
      expect(sim.nowMs - startMs, fault).toBeLessThan(4100)
      cluster.close()
    }
  })

  test('none answers: says of each why not', async () => {
    const { sim, peers, cluster } = await scriptedCluster({ bootstrap: 'b1:9092,b2:9092' })
    for (const peer of peers) peer.kill()
    const error = await sim.complete(cluster.refresh().catch(reason => reason))
    expect(error).toMatchObject({ code: 'NO_BROKER_AVAILABLE', retriable: true })
    expect(error.message).toContain('cannot connect to b1:9092: nobody listens there')
    expect(error.message).toContain('cannot connect to b2:9092: nobody listens there')
    cluster.close()
  })

  test('a blackholed cluster does not hold up a call beyond its time', async () => {
    const { sim, cluster } = await scriptedCluster()
    sim.network.partition(['client'], ['b1', 'b2', 'b3'])
    const found = cluster.until(image => leaderIn(image, 'orders', 0), { what: 'find it', timeoutMs: 1000 })
    expect(await sim.complete(found.catch(code), 1001)).toBe('DEADLINE_EXCEEDED')
    cluster.close()
  })

  test('when all of the image are gone, the bootstrap addresses are asked (KIP-899)', async () => {
    const { sim, said, b1, b2, b3, cluster } = await scriptedCluster()
    said.hosts = { 2: 'b2', 3: 'b3' }
    await sim.complete(cluster.refresh())
    b2.kill()
    b3.kill()
    said.hosts = { 4: 'b1' }
    expect([...(await sim.complete(cluster.refresh())).brokers.keys()]).toEqual([4])
    expect(b1.askedFor(metadata)).toHaveLength(2)
    cluster.close()
  })

  test('a broker that asks for it, and silence for long, make it forget its brokers (KIP-1102)', async () => {
    const { sim, said, says, b2, b3, cluster } = await scriptedCluster({ rebootstrapAfterMs: 10_000 })
    said.hosts = { 2: 'b2' }
    await sim.complete(cluster.refresh())
    says.set('b2', { errorCode: errors.REBOOTSTRAP_REQUIRED.code })
    expect(await sim.complete(cluster.refresh().catch(code))).toBe('REBOOTSTRAP_REQUIRED')
    expect(cluster.image.brokers.size).toBe(0)
    said.hosts = { 3: 'b3' }
    await sim.runFor(200)
    expect([...cluster.image.brokers.keys()]).toEqual([3])
    for (const peer of [b2, b3]) peer.kill()
    sim.network.partition(['client'], ['b1'])
    cluster.imageIsWrong()
    await sim.runFor(60_000)
    expect(cluster.image.brokers.size).toBe(0)
    said.hosts = { 1: 'b1' }
    sim.network.heal()
    await sim.runFor(5000)
    expect([...cluster.image.brokers.keys()]).toEqual([1])
    cluster.close()
  })

  test('a broker that has moved is found at its new address; what it had open is closed', async () => {
    const { sim, said, b2, b3, cluster } = await scriptedCluster()
    cluster.topics.add('orders')
    said.leaderId = 2
    await sim.complete(cluster.refresh())
    const leader = () => cluster.broker(leaderIn(cluster.image, 'orders', 0)!)
    await sim.complete(leader().request(metadata, { topics: [] }))
    expect(b2.openConnections).toBe(1)
    said.hosts = { 1: 'b1', 2: 'b3' }
    const before = leader()
    await sim.complete(cluster.refresh())
    await sim.runFor(10)
    expect([leader().name, b2.openConnections]).toEqual(['b3:9092', 0])
    await sim.complete(leader().request(metadata, { topics: [] }))
    expect(b3.openConnections).toBe(1)
    // Who kept the old one is told to look again.
    expect(await sim.complete(before.request(metadata, { topics: [] }).catch(reason => reason))).toMatchObject({
      code: 'CONNECTION_CLOSED',
      retriable: true,
    })
    cluster.close()
  })

  test('who waits for a connection to a broker that is not in the image is left alone', async () => {
    const { sim, said, b3, cluster } = await scriptedCluster()
    said.hosts = { 1: 'b1' }
    await sim.complete(cluster.refresh())
    b3.delayMs = 500
    const asked = cluster.broker({ nodeId: 3, host: 'b3', port: 9092, rack: null }).request(metadata, { topics: [] })
    await sim.runFor(100)
    await sim.complete(cluster.refresh())
    expect((await sim.complete(asked)).clusterId).toBe('c')
    cluster.close()
  })

  test('the controller, or any other when it is not named', async () => {
    const { sim, said, cluster } = await scriptedCluster()
    const controller = () => sim.complete(cluster.controller({ what: 'it', timeoutMs: 1000 }))
    expect((await controller()).name).toBe('b1:9092')
    said.hosts = { 2: 'b2' }
    await sim.complete(cluster.refresh())
    expect((await controller()).name).toBe('b2:9092')
    cluster.close()
  })
})
