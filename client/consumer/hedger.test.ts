// Fetches of which one is late, and another replica is asked: three scripted brokers in simulated time.

import { afterEach, describe, expect, test } from 'vitest'
import { errors } from '../../protocol/errors.ts'
import { offsetForLeaderEpoch } from '../../protocol/messages/offset-for-leader-epoch.ts'
import { type ReplicaScript, replicatedTopic, ScriptedReplicas } from '../../testing/scripted-replicas.ts'
import { Consumer } from './consumer.ts'
import type { ConsumerOptions } from './consumer-options.ts'

const hedge = { percentile: 0.95, minimumMs: 20, maximumShare: 0.1 }
const orders = { topic: replicatedTopic, partition: 0 }
const quickMs = 5
/** By then there are latencies to go by, and hedges saved up. */
const warmOffset = 150

let replicas: ScriptedReplicas
let consumer: Consumer
let hedges: { broker: string; asked: string }[]

afterEach(() => replicas.world.complete(consumer.close()))

async function reading(
  script: Partial<ReplicaScript>,
  options: Partial<ConsumerOptions> = {},
  start: Parameters<typeof ScriptedReplicas.start>[1] = {},
): Promise<void> {
  replicas = await ScriptedReplicas.start({ delayMs: () => quickMs, endOffset: () => 200, ...script }, start)
  const { bootstrap } = replicas.broker
  const world = replicas.world.host('consumer').start()
  consumer = new Consumer({ bootstrap, resetPolicy: 'none', hedge, ...options }, world)
  hedges = []
  consumer.events.on('hedged', told => hedges.push(told))
  const partitions = replicas.broker.topics[0]!.leaders.map((_, partition) => ({ ...orders, partition, offset: 0 }))
  consumer.assign(partitions as never)
}

/** The values of the next records. */
async function read(count: number, withinMs = 60_000): Promise<string[]> {
  const values = async () => {
    const seen: string[] = []
    for await (const record of consumer.records()) {
      seen.push(`${record.value}`)
      consumer.markProcessed(record)
      if (seen.length === count) break
    }
    return seen
  }
  return replicas.world.complete(values(), withinMs)
}

const numbered = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => `v${from + i}`)

/** The leader owes one answer for so long. */
const slowOnce = (slowMs: number): Partial<ReplicaScript> => ({
  delayMs: ({ nodeId, offset }) => (nodeId === 1 && offset === warmOffset ? slowMs : quickMs),
})

describe('a leader that is late', () => {
  test('does not hold up reading: a replica stands in until it has answered, for one hedge', async () => {
    await reading(slowOnce(3000))
    expect(await read(200, 4000)).toEqual(numbered(0, 200))
    // Those up to the slow one, the others from the replica; the leader owes its answer still.
    expect(replicas.world.nowMs).toBeLessThan(2500)
    expect(hedges).toMatchObject([{ broker: 'node-1:9092', asked: 'node-2:9092' }])
    const atReplica = replicas.readsAt(2)
    expect(atReplica[0]).toMatchObject({ offset: warmOffset, isHedge: true })
    expect(atReplica.slice(1).every(({ isHedge }) => !isHedge)).toBe(true)
    const before = replicas.readsAt(1).length
    await replicas.world.runFor(3000)
    expect(replicas.readsAt(1).length).toBeGreaterThan(before)
    expect(consumer.position(orders)).toBe(200)
  })

  test('holds it up where fetches are not hedged', async () => {
    await reading(slowOnce(3000), { hedge: undefined })
    expect(await read(200)).toEqual(numbered(0, 200))
    expect(replicas.world.nowMs).toBeGreaterThan(3000)
    expect(replicas.readsAt(2)).toEqual([])
  })

  test('for ever: reading goes on without it', async () => {
    await reading(slowOnce(Number.POSITIVE_INFINITY), { requestTimeoutMs: 2000 })
    expect(await read(200, 4000)).toEqual(numbered(0, 200))
  })

  test('that is killed is stood in for until there is another', async () => {
    let end = warmOffset
    await reading({ endOffset: () => end })
    await read(warmOffset)
    replicas.world.host('node-1').crashProcess()
    end = 200
    expect(await read(50, 5000)).toEqual(numbered(warmOffset, 200))
    end = 210
    replicas.broker.on(offsetForLeaderEpoch, () => ({
      topics: [{ topic: replicatedTopic, partitions: [{ partition: 0, leaderEpoch: 1, endOffset: 210 }] }],
    }))
    replicas.broker.topics[0]!.leaders = [{ leaderId: 3, leaderEpoch: 2, isrNodes: [2, 3] }]
    expect(await read(10, 30_000)).toEqual(numbered(200, 210))
  })

  test('of all of its partitions: one hedge for those with a replica in common', async () => {
    await reading(slowOnce(3000), {}, { leaders: [1, 1, 2] })
    const seen = await read(600, 10_000)
    expect(seen).toHaveLength(600)
    const hedged = replicas.reads.filter(({ isHedge }) => isHedge)
    expect(new Set(hedged.map(({ nodeId }) => nodeId)).size).toBe(hedges.length)
  })
})

describe('hedges', () => {
  test('are few, however slow the leader is', async () => {
    const slow: Partial<ReplicaScript> = {
      delayMs: ({ nodeId, offset }) => (nodeId === 1 && offset > warmOffset ? 200 : quickMs),
      endOffset: ({ nodeId }) => (nodeId === 1 ? 400 : warmOffset + 20),
    }
    await reading(slow)
    expect(await read(400)).toEqual(numbered(0, 400))
    expect(hedges.length).toBeGreaterThan(5)
    const { requests } = replicas
    expect(hedges.length).toBeLessThanOrEqual(hedge.maximumShare * (requests - hedges.length))
  })

  test('are not made for an answer that may wait for data', async () => {
    await reading({ endOffset: () => warmOffset })
    await read(warmOffset)
    await replicas.world.runFor(20_000)
    expect(hedges).toEqual([])
    expect(replicas.readsAt(2)).toEqual([])
  })

  test('but for one that is late even so', async () => {
    let end = warmOffset
    await reading({ ...slowOnce(Number.POSITIVE_INFINITY), endOffset: () => end })
    await read(warmOffset)
    await replicas.world.runFor(300)
    end = warmOffset + 5
    expect(await read(5, 2000)).toEqual(numbered(warmOffset, warmOffset + 5))
  })

  test.each([
    ['OFFSET_NOT_AVAILABLE', { errorCode: errors.OFFSET_NOT_AVAILABLE.code }],
    ['OFFSET_OUT_OF_RANGE', { errorCode: errors.OFFSET_OUT_OF_RANGE.code }],
    ['NOT_LEADER_OR_FOLLOWER', { errorCode: errors.NOT_LEADER_OR_FOLLOWER.code }],
    ['TOPIC_AUTHORIZATION_FAILED', { errorCode: errors.TOPIC_AUTHORIZATION_FAILED.code }],
    ['nothing, being behind', { endOffset: warmOffset }],
    ['nothing at all', { delayMs: Number.POSITIVE_INFINITY }],
  ])('that are told %s change nothing: the leader’s answer counts', async (_, said) => {
    const resets: unknown[] = []
    const { errorCode = 0, endOffset = 200, delayMs = quickMs } = said as Record<string, number>
    await reading({
      delayMs: read => (read.nodeId === 1 ? slowOnce(1000).delayMs!(read) : delayMs),
      endOffset: ({ nodeId }) => (nodeId === 1 ? 200 : endOffset),
      errorCode: ({ nodeId }) => (nodeId === 1 ? 0 : errorCode),
    })
    consumer.events.on('reset', reset => resets.push(reset))
    expect(await read(200, 10_000)).toEqual(numbered(0, 200))
    // Again, each time after twice as long; not while one is under way.
    expect(hedges.length).toBeGreaterThan(0)
    expect(hedges.length).toBeLessThan(delayMs === quickMs ? 7 : 2)
    expect(resets).toEqual([])
  })

  test('have won: whatever the late answer says then is of no meaning', async () => {
    const told: unknown[] = []
    const late = errors.TOPIC_AUTHORIZATION_FAILED.code
    await reading({
      ...slowOnce(1000),
      errorCode: ({ nodeId, offset }) => (nodeId === 1 && offset === warmOffset ? late : 0),
    })
    consumer.events.on('reset', reset => told.push(reset))
    expect(await read(200)).toEqual(numbered(0, 200))
    await replicas.world.runFor(2000)
    expect(consumer.explain()).toContain('has read all there is')
  })

  test('to brokers before Fetch 11 bring nothing: their followers serve nobody', async () => {
    await reading(slowOnce(1000), {}, { lastFetch: 10 })
    expect(await read(200)).toEqual(numbered(0, 200))
    expect(replicas.world.nowMs).toBeGreaterThan(1000)
    expect(replicas.readsAt(2)).toEqual([])
  })
})

test('a stand-in that ends before the offset sends its partition back to the leader, which alone can say so', async () => {
  const resets: unknown[] = []
  await reading({
    ...slowOnce(1000),
    endOffset: ({ nodeId }) => (nodeId === 1 ? 200 : warmOffset + 10),
    errorCode: ({ nodeId, offset }) =>
      nodeId !== 1 && offset >= warmOffset + 10 ? errors.OFFSET_OUT_OF_RANGE.code : 0,
  })
  consumer.events.on('reset', reset => resets.push(reset))
  expect(await read(200, 10_000)).toEqual(numbered(0, 200))
  expect(replicas.readsAt(2).some(({ isHedge, offset }) => !isHedge && offset === warmOffset + 10)).toBe(true)
  expect(resets).toEqual([])
})

test('options that cannot be', () => {
  for (const wrong of [{ percentile: 0 }, { percentile: 1.5 }, { maximumShare: 2 }, { minimumMs: -1 }]) {
    expect(() => new Consumer({ bootstrap: 'b:1', hedge: wrong })).toThrow(/hedge\./)
  }
})

describe('whatever answers first', () => {
  const seeds = Array.from({ length: 25 }, (_, i) => i + 1)
  test.each(seeds)('each record once and in order, seed %i', async seed => {
    const last = 120
    const random = { pick: <T>(of: readonly T[]): T => of[0]! }
    await reading(
      {
        delayMs: () => random.pick([1, 5, 5, 5, 30, 30, 200, 700]),
        endOffset: ({ nodeId, partition, offset }) =>
          nodeId === partition + 1 ? last : Math.min(last, offset + random.pick([0, 1, 1, 1])),
        errorCode: ({ nodeId, partition }) =>
          nodeId === partition + 1 ? 0 : random.pick([0, 0, 0, 0, errors.OFFSET_NOT_AVAILABLE.code]),
      },
      { hedge: { percentile: 0.5, minimumMs: 1, maximumShare: 1 } },
      { seed, leaders: [1, 2, 3] },
    )
    const forked = replicas.world.random.fork('script')
    random.pick = of => forked.pick(of)
    const seen: number[][] = [[], [], []]
    const values = async () => {
      let count = 0
      for await (const { partition, offset } of consumer.records()) {
        seen[partition]!.push(offset)
        count += 1
        if (count === 3 * last) return
      }
    }
    await replicas.world.complete(values(), 600_000)
    expect(replicas.refused).toBe(0)
    for (const offsets of seen) expect(offsets).toEqual(Array.from({ length: last }, (_, i) => i))
    expect(hedges.length).toBeGreaterThan(5)
  })
})
