// What `explain()` says to a person in the five situations in which it is asked most, against a whole broker in the simulated world.

import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ConsumerBench } from '../../testing/consumer-bench.ts'
import { type ConsumerView, explain } from './explain.ts'
import { PartitionState } from './partition-state.ts'

let bench: ConsumerBench
beforeEach(async () => {
  bench = await ConsumerBench.start({ settings: { 'group.initial.rebalance.delay.ms': '3000' } })
  await bench.topic('orders')
})
afterEach(() => bench.stop())

const orders = { topic: 'orders', partition: 0 }

describe('no broker', () => {
  test('says why nobody answers, and for how long it has looked', async () => {
    const bootstrap = 'broker:1'
    const consumer = bench.consumer({ bootstrap, group: 'billing', topics: 'orders' })
    void bench.complete(consumer.records().next()).catch(() => {})
    await bench.sim.world.runFor(12_000)
    const lines = consumer.explain().split('\n')
    expect(lines[0]).toBe('no partition is assigned')
    expect(lines[1]).toMatch(/^no broker answers: .*broker:1.*check that the broker runs/)
    expect(lines[2]).toMatch(/^looks for the coordinator of group billing, since 1[12](\.\d)? s$/)
    expect(lines).toHaveLength(3)
    const alone = bench.consumer({ bootstrap })
    alone.assign([orders])
    await bench.sim.world.runFor(2000)
    expect(alone.explain()).toMatch(/^nobody asks for records.*\nno broker answers: .*\norders-0: resetting: /)
  })
})

describe('a group that rebalances', () => {
  test('says what is waited for', async () => {
    const first = bench.consumer({ group: 'billing', topics: 'orders', protocol: 'classic' })
    await bench.sim.world.runFor(1000)
    expect(first.explain()).toMatch(
      /^no partition is assigned\nwaits in JoinGroup for the coordinator and the other members of group billing, since \d(\.\d)? s$/,
    )
    await bench.sim.world.runFor(5000)
    expect(first.explain()).toMatch(/is a member of group billing, since [\d.]+ s \(generation 1\)/)
    const other = bench.consumer({ group: 'other', topics: 'orders', protocol: 'consumer' })
    await bench.sim.world.runFor(10_000)
    expect(other.explain()).toMatch(/is a member of group other, since [\d.]+ s \(epoch \d+\)/)
  })

  test('too slow: says that, and how it comes back', async () => {
    await bench.produce('orders', ['a', 'b'])
    const consumer = bench.consumer({ group: 'billing', topics: 'orders', maxPollIntervalMs: 4000 })
    const loop = consumer.records()
    await bench.complete(loop.next())
    await bench.sim.world.runFor(20_000)
    expect(consumer.explain()).toMatch(/has left group billing: .*maxPollIntervalMs; it joins again when asked for/)
    void loop.return()
  })
})

describe('paused', () => {
  test('says how to go on', async () => {
    const consumer = bench.consumer()
    consumer.assign([orders])
    void bench.complete(consumer.records().next()).catch(() => {})
    await bench.sim.world.runFor(1000)
    consumer.pause()
    await bench.sim.world.runFor(1000)
    expect(consumer.explain()).toBe('all partitions are paused: resume() goes on with them\norders-0 at 0: paused')
    consumer.resume()
    expect(consumer.explain()).toContain('the application waits for records')
    await bench.produce('orders', ['a'])
    await bench.sim.world.runFor(1000)
  })
})

describe('caught up', () => {
  test('says so, whoever waits', async () => {
    await bench.produce('orders', ['a'])
    const consumer = bench.consumer()
    consumer.assign([orders])
    await bench.read(consumer, 1)
    await bench.sim.world.runFor(3000)
    expect(consumer.explain()).toBe(
      'nobody asks for records: no loop over them runs, nor run()\norders-0 at 1: has read all there is',
    )
    await bench.complete(consumer.close())
    expect(consumer.explain()).toBe('the consumer was closed')
  })

  test('nothing to read: says how to say what', () => {
    expect(bench.consumer().explain()).toBe('no partition is assigned: assign() says which to read')
  })
})

describe('a leader that is silent', () => {
  test('is named, with since when, before and after the stall is told', async () => {
    const consumer = bench.consumer()
    consumer.assign([orders])
    void bench.complete(consumer.records().next()).catch(() => {})
    await bench.sim.world.runFor(2000)
    bench.cutOff('consumer-0')
    await bench.sim.world.runFor(2500)
    const line = /orders-0 at 0: broker 1 \(broker:19094\): has not answered for (\d+\.\d) s; what is known is older/
    expect(consumer.explain()).toMatch(line)
    expect(Number(line.exec(consumer.explain())![1])).toBeLessThan(5)
    await bench.sim.world.runFor(6000)
    expect(Number(line.exec(consumer.explain())![1])).toBeGreaterThan(8)
    bench.heal()
    await bench.produce('orders', ['a'])
    await bench.sim.world.runFor(60_000)
  })

  test('is named also when it has never answered a fetch', async () => {
    const consumer = bench.consumer()
    consumer.assign([orders])
    await bench.sim.world.run({
      until: () => consumer.position(orders) !== undefined,
      untilMs: bench.sim.world.nowMs + 10_000,
    })
    bench.cutOff('consumer-0')
    await bench.sim.world.runFor(3000)
    expect(consumer.explain()).toMatch(/orders-0 at 0: broker 1 \(broker:19094\): has not answered for [23]\.\d s/)
    bench.heal()
    await bench.sim.world.runFor(60_000)
  })
})

describe('a topic that is not there', () => {
  test('is named, and what to do', async () => {
    const options = { group: 'billing', allowAutoCreateTopics: false }
    const byName = bench.consumer({ ...options, topics: ['orders', 'odrers'] })
    const byPattern = bench.consumer({ group: 'other', topics: /^odr/ })
    await bench.sim.world.runFor(10_000)
    expect(byName.explain()).toMatch(
      /is a member of group billing, .*\ntopic odrers does not exist: create it, or correct the name.*\norders-0 at 0:/,
    )
    expect(byPattern.explain()).toMatch(
      /^no partition is assigned\nis a member of .*\nno topic matches \/\^odr\/; there are \d+$/,
    )
    const idle = bench.consumer({ group: 'idle' })
    expect(idle.explain()).toBe(
      'no partition is assigned\nis no member of group idle, for which it commits: subscribe() joins it, assign() reads without',
    )
  })
})

describe('many partitions', () => {
  function view(states: PartitionState[]): ConsumerView {
    return {
      states,
      readsCommitted: false,
      inHand: 0,
      buffered: 0,
      heldBytes: 0,
      prefetchBytes: 1,
      isAwaited: true,
      isClosed: false,
      leaderOf: () => 1,
      troubleOf: () => undefined,
      nameOf: String,
      clusterTrouble: undefined,
      group: undefined,
      subscription: undefined,
      topics: new Map(),
    }
  }

  test('what a partition had waited for is over when its position is known', () => {
    const state = new PartitionState({ topic: 'orders', partition: 0, topicId: '', maxBytes: 1 })
    state.trouble = 'waits for its committed offset'
    state.seek(3)
    expect(explain(view([state]))).toContain('orders-0 at 3: the first fetch is under way')
  })

  test('those that wait for the same share a line', () => {
    const states = Array.from({ length: 30 }, (_, partition) => {
      const state = new PartitionState({ topic: 'orders', partition, topicId: '', maxBytes: 1 })
      state.seek(partition)
      state.fetched(partition, -1, { highWatermark: partition, lastStableOffset: partition, logStartOffset: 0 })
      return state
    }).reverse()
    states[3]!.isPaused = true
    expect(explain(view(states)).split('\n')).toEqual([
      'the application waits for records',
      'orders-{0, 1, 2, 3, 4, 5, 6, 7, ... (29 partitions)}: has read all there is',
      'orders-26: paused',
    ])
    expect(explain(view(states.slice(0, 20))).split('\n')).toHaveLength(21)
  })
})
