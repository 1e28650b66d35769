// The cluster as a client sees it, against brokers of the test's making, in simulated time.

import { describe, expect, test } from 'vitest'
import { silentLogger } from '../../io/logger.ts'
import { SimWorld } from '../../io/sim/world.ts'
import { errors } from '../../protocol/errors.ts'
import { apiVersions } from '../../protocol/messages/api-versions.ts'
import { findCoordinator } from '../../protocol/messages/find-coordinator.ts'
import { metadata } from '../../protocol/messages/metadata.ts'
import { noAnswer, ScriptedBroker } from '../../testing/scripted-broker.ts'
import { metadataAnswer, type Said, scriptedCluster, scriptedTopicId } from '../../testing/scripted-cluster.ts'
import type { ClientError } from '../client-error.ts'
import { Cluster } from './cluster.ts'
import { leaderIn } from './cluster-image.ts'

const leaderOf = ({ image }: Cluster) => leaderIn(image, 'orders', 0)?.nodeId
const code = (error: ClientError) => error.code

describe('the image', () => {
  test('is asked for at first use, and again when it is old', async () => {
    const { sim, cluster, metadataCount } = await scriptedCluster({ metadataMaxAgeMs: 60_000 })
    cluster.topics.add('orders')
    await sim.runFor(1000)
    expect(metadataCount()).toBe(0)
    const find = () =>
      sim.complete(cluster.until(image => leaderIn(image, 'orders', 0), { what: 'it', timeoutMs: 1000 }))
    expect((await find()).nodeId).toBe(1)
    expect((await find()).nodeId).toBe(1)
    expect(metadataCount()).toBe(1)
    await sim.runFor(600_100)
    expect(metadataCount()).toBe(11)
    cluster.close()
  })

  test('who asks while it is asked for gets the next answer, all of them the same', async () => {
    const { sim, said, cluster, metadataCount, peers } = await scriptedCluster()
    cluster.topics.add('orders')
    await sim.complete(cluster.refresh())
    peers[0]!.delayMs = 10
    const first = cluster.refresh()
    await sim.runFor(5)
    Object.assign(said, { leaderId: 2, leaderEpoch: 6 })
    const others = Array.from({ length: 100 }, () => cluster.refresh())
    expect(leaderIn(await sim.complete(first), 'orders', 0)?.nodeId).toBe(1)
    for (const image of await sim.complete(Promise.all(others))) expect(leaderIn(image, 'orders', 0)?.nodeId).toBe(2)
    expect(metadataCount()).toBe(3)
    cluster.close()
  })

  test('tells its listeners, until they do not want to hear of it', async () => {
    const { sim, cluster } = await scriptedCluster()
    const heard: number[] = []
    const stop = cluster.onImage(({ version }) => heard.push(version))
    await sim.complete(cluster.refresh())
    await sim.complete(cluster.refresh())
    stop()
    await sim.complete(cluster.refresh())
    expect(heard).toEqual([1, 2])
    cluster.close()
  })

  test('a topic that nobody has yet is waited for', async () => {
    const { sim, said, cluster } = await scriptedCluster()
    said.leaderId = -1
    cluster.topics.add('orders')
    const found = cluster.until(image => leaderIn(image, 'orders', 0), { what: 'find the leader', timeoutMs: 10_000 })
    await sim.runFor(2000)
    said.leaderId = 3
    said.leaderEpoch = 6
    expect((await sim.complete(found)).nodeId).toBe(3)
    cluster.close()
  })

  test('what is not found in time is told, with what was last wrong', async () => {
    const { sim, said, cluster, metadataCount } = await scriptedCluster()
    said.leaderId = -1
    const found = cluster.until(image => leaderIn(image, 'orders', 0), { what: 'find the leader', timeoutMs: 5000 })
    const error = await sim.complete(
      found.catch(reason => reason),
      5000,
    )
    expect(error).toMatchObject({ code: 'DEADLINE_EXCEEDED', cause: { code: 'LEADER_NOT_AVAILABLE' } })
    expect(metadataCount()).toBeLessThan(30)
    cluster.close()
  })
})

describe('two brokers claim leadership', () => {
  test('the older epoch never wins, whoever answers last; who says the same again is not the only one asked', async () => {
    for (let seed = 0; seed < 20; seed++) {
      const { sim, says, cluster } = await scriptedCluster({}, seed)
      cluster.topics.add('orders')
      // The first is cut off from the others, and the only one that the client is connected to.
      says.set('b1', { leaderId: 1, leaderEpoch: 5 })
      for (const name of ['b2', 'b3']) says.set(name, { leaderId: 2, leaderEpoch: 6 })
      let newest = 0
      cluster.onImage(image => {
        const epoch = image.topics.get('orders')!.partitions[0]!.leaderEpoch
        expect(epoch).toBeGreaterThanOrEqual(newest)
        newest = epoch
        cluster.imageIsWrong()
      })
      await sim.complete(cluster.refresh())
      expect([leaderOf(cluster), newest]).toEqual([1, 5])
      await sim.runFor(5000)
      expect([leaderOf(cluster), newest]).toEqual([2, 6])
      cluster.close()
    }
  })

  test('a leader that an answer names counts when it is newer, and says where it is', async () => {
    const { sim, cluster } = await scriptedCluster()
    cluster.topics.add('orders')
    await sim.complete(cluster.refresh())
    const place = { topic: 'orders', partition: 0 }
    const endpoints = [{ nodeId: 9, host: 'b3', port: 9092, rack: null }]
    cluster.noteLeader(place, { leaderId: 9, leaderEpoch: 5 }, endpoints)
    expect(leaderOf(cluster)).toBe(1)
    cluster.noteLeader(place, { leaderId: 8, leaderEpoch: 6 }, endpoints)
    expect(leaderOf(cluster)).toBe(1)
    cluster.noteLeader(place, { leaderId: 9, leaderEpoch: 6 }, endpoints)
    expect(leaderOf(cluster)).toBe(9)
    // What lags behind does not undo it.
    await sim.complete(cluster.refresh())
    expect(cluster.image.topics.get('orders')!.partitions[0]).toMatchObject({ leaderId: 9, leaderEpoch: 6 })
    cluster.close()
  })

  test('a topic that was made anew begins its epochs anew', async () => {
    const { sim, said, cluster } = await scriptedCluster()
    cluster.topics.add('orders')
    await sim.complete(cluster.refresh())
    Object.assign(said, { topicId: 'AAAAAAAAAAAAAAAAAAAAAw', leaderId: 2, leaderEpoch: 0 })
    await sim.complete(cluster.refresh())
    expect(leaderOf(cluster)).toBe(2)
    expect([...cluster.image.topicNames]).toEqual([['AAAAAAAAAAAAAAAAAAAAAw', 'orders']])
    cluster.close()
  })

  test('brokers before Kafka 2.4 say no epochs that could be relied on: the last answer counts', async () => {
    const sim = new SimWorld({ seed: 1 })
    const offers = new Map([
      [apiVersions.key, [0, 2]],
      [metadata.key, [0, 7]],
    ] as const)
    const old = await new ScriptedBroker(sim, 'b1', { offers }).start()
    const said: Said = { hosts: { 1: 'b1' }, leaderId: 1, leaderEpoch: 5, topicId: scriptedTopicId, errorCode: 0 }
    old.on(metadata, ({ body }) => metadataAnswer(said, body.topics ?? []))
    const cluster = new Cluster({ bootstrap: 'b1' + ':9092' }, { ...sim.host('client').start(), logger: silentLogger })
    cluster.topics.add('orders')
    await sim.complete(cluster.refresh())
    expect(cluster.image.topics.get('orders')!.partitions[0]!.leaderEpoch).toBe(-1)
    said.leaderEpoch = 0
    said.hosts[2] = 'b1'
    said.leaderId = 2
    await sim.complete(cluster.refresh())
    expect(leaderOf(cluster)).toBe(2)
    cluster.close()
  })
})

describe('coordinators', () => {
  const at = (host: string) => ({
    coordinators: [{ key: 'g', nodeId: 2, host, port: 9092, errorCode: 0, errorMessage: null }],
  })

  test('are asked for once, and again when they have moved', async () => {
    const { sim, b1, peers, cluster } = await scriptedCluster()
    for (const peer of peers) peer.on(findCoordinator, () => at('b2'))
    const find = async () => (await sim.complete(cluster.coordinator('group', 'g', { timeoutMs: 1000 }))).name
    expect([await find(), await find()]).toEqual(['b2:9092', 'b2:9092'])
    expect(b1.askedFor(findCoordinator)).toHaveLength(1)
    for (const peer of peers) peer.on(findCoordinator, () => at('b3'))
    expect(await find()).toBe('b2:9092')
    cluster.forgetCoordinator('transaction', 'g')
    expect(await find()).toBe('b2:9092')
    cluster.forgetCoordinator('group', 'g')
    expect(await find()).toBe('b3:9092')
    cluster.close()
  })

  test('that are not there yet are asked for again; what will not be is told', async () => {
    const { sim, b1, cluster } = await scriptedCluster()
    const unavailable = { key: 'g', nodeId: -1, host: '', port: -1, errorMessage: 'not yet' }
    let count = 0
    b1.on(findCoordinator, () =>
      ++count < 4 ? { coordinators: [{ ...unavailable, errorCode: errors.COORDINATOR_NOT_AVAILABLE.code }] } : at('b2'),
    )
    expect((await sim.complete(cluster.coordinator('group', 'g', { timeoutMs: 10_000 }))).name).toBe('b2:9092')
    cluster.forgetCoordinator('group', 'g')
    b1.on(findCoordinator, () => ({
      coordinators: [{ ...unavailable, errorCode: errors.GROUP_AUTHORIZATION_FAILED.code }],
    }))
    const error = await sim.complete(cluster.coordinator('group', 'g', { timeoutMs: 10_000 }).catch(reason => reason))
    expect(error).toMatchObject({ code: 'GROUP_AUTHORIZATION_FAILED', group: 'g', retriable: false })
    cluster.close()
  })

  test('of old brokers, one key a request', async () => {
    const sim = new SimWorld({ seed: 1 })
    const offers = new Map([
      [apiVersions.key, [0, 2]],
      [findCoordinator.key, [0, 2]],
    ] as const)
    const old = await new ScriptedBroker(sim, 'b1', { offers }).start()
    old.on(findCoordinator, ({ body }) => ({
      errorCode: 0,
      nodeId: 1,
      host: body.key === 't' && body.keyType === 1 ? 'b1' : 'x',
      port: 9092,
    }))
    const cluster = new Cluster({ bootstrap: 'b1:9092' }, { ...sim.host('client').start(), logger: silentLogger })
    const broker = await sim.complete(cluster.coordinator('transaction', 't', { timeoutMs: 1000 }))
    expect(broker.name).toBe('b1:9092')
    cluster.close()
  })
})

describe('closing', () => {
  test('whatever is under way is told, and nothing is left: no timer, no connection', async () => {
    for (let seed = 0; seed < 100; seed++) {
      const { sim, said, peers, cluster } = await scriptedCluster({}, seed)
      said.leaderId = -1
      cluster.topics.add('orders')
      for (const peer of peers) {
        peer.on(findCoordinator, () => noAnswer)
        peer.delayMs = sim.random.int(3)
      }
      if (sim.random.chance(0.3)) sim.network.partition(['client'], ['b1'])
      if (sim.random.chance(0.3)) peers[0]!.kill()
      const calls = [
        cluster.until(image => leaderIn(image, 'orders', 0), { what: 'it', timeoutMs: 60_000 }),
        cluster.coordinator('group', 'g', { timeoutMs: 60_000 }),
        cluster.askAny(findCoordinator, { keyType: 0, coordinatorKeys: ['g'] }),
        cluster.controller({ what: 'it', timeoutMs: 60_000 }),
      ].map(call => call.catch(code))
      await sim.runFor(sim.random.next() * 400)
      cluster.imageIsWrong()
      cluster.close()
      cluster.close()
      const outcomes = await sim.complete(Promise.all(calls), 1)
      // Nobody is asked twice by `askAny`: it may have failed before.
      const failed = outcomes.filter(outcome => typeof outcome === 'string' && outcome !== 'NO_BROKER_AVAILABLE')
      expect(new Set([...failed, 'CLOSED']), `seed ${seed}`).toEqual(new Set(['CLOSED']))
      await sim.run()
      expect([sim.scheduler.pending, ...peers.map(peer => peer.openConnections)], `seed ${seed}`).toEqual([0, 0, 0, 0])
    }
  })

  test('afterwards everything says so, and nothing is opened any more', async () => {
    const { sim, b1, cluster } = await scriptedCluster()
    await sim.complete(cluster.refresh())
    const node = cluster.image.brokers.get(1)!
    cluster.close()
    await sim.run()
    const calls: Promise<unknown>[] = [
      cluster.refresh(),
      cluster.until(() => 1, { what: 'it', timeoutMs: 1000 }),
      cluster.coordinator('group', 'g', { timeoutMs: 1000 }),
      cluster.askAny(metadata, { topics: [] }),
    ]
    const outcomes = calls.map(call => call.catch(code))
    expect(await sim.complete(Promise.all(outcomes))).toEqual(Array(4).fill('CLOSED'))
    const asked = cluster.broker(node).request(metadata, { topics: [] })
    expect(await sim.complete(asked.catch(code))).toBe('CONNECTION_CLOSED')
    cluster.imageIsWrong()
    await sim.run()
    expect([sim.scheduler.pending, b1.openConnections, cluster.isClosed]).toEqual([0, 0, true])
  })
})
