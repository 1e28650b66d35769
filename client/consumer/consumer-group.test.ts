// Consumers in a group against a whole broker in the simulated world: what is shared out, committed, taken away.

import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ConsumerBench } from '../../testing/consumer-bench.ts'
import type { Consumer } from './consumer.ts'
import type { ConsumerOptions } from './consumer-options.ts'

let bench: ConsumerBench
beforeEach(async () => {
  bench = await ConsumerBench.start({ settings: { 'group.initial.rebalance.delay.ms': '100' } })
  await bench.topic('orders', { partitions: 2 })
})
afterEach(() => bench.stop())

const orders = { topic: 'orders', partition: 0 }
const second = { topic: 'orders', partition: 1 }

const member = (options: Partial<ConsumerOptions> = {}) =>
  bench.consumer({ group: 'billing', topics: 'orders', ...options })

async function assigned(consumer: Consumer, count: number): Promise<void> {
  await bench.sim.world.run({
    until: () => consumer.assignment.length === count,
    untilMs: bench.sim.world.nowMs + 60_000,
  })
  expect(consumer.assignment, consumer.explain()).toHaveLength(count)
}

async function committed(): Promise<(number | undefined)[]> {
  const reader = bench.consumer({ group: 'billing' })
  const found = await bench.complete(reader.committed([orders, second]))
  await bench.complete(reader.close())
  return [orders, second].map(({ partition }) => {
    const offset = found.find(each => each.partition === partition)?.offset
    return offset === undefined ? undefined : Number(offset)
  })
}

const protocols = ['classic', 'consumer'] as const

describe.each(protocols)('the %s protocol', protocol => {
  test('reads what it is given, commits what is processed when it closes, and the next goes on there', async () => {
    await bench.produce('orders', ['a', 'b'])
    await bench.produce('orders', ['x'], { partition: 1 })
    const first = member({ protocol })
    expect((await bench.read(first, 3)).sort()).toEqual(['a', 'b', 'x'])
    await bench.complete(first.close())
    expect(await committed()).toEqual([2, 1])
    await bench.produce('orders', ['c'])
    const next = member({ protocol })
    expect(await bench.read(next, 1)).toEqual(['c'])
  })

  test('commits in the background, and never what is still in hand', async () => {
    await bench.produce('orders', ['a'])
    await bench.produce('orders', ['b'])
    const consumer = member({ protocol, autoCommitIntervalMs: 1000, maxPartitionBytes: 1 })
    const loop = consumer.batches()
    await bench.complete(loop.next())
    await bench.complete(loop.next())
    await bench.sim.world.runFor(3000)
    expect((await committed())[0]).toBe(1)
    await bench.complete(Promise.resolve(loop.return()))
  })

  test('without autoCommit only what is told to: exactly that, or what is processed', async () => {
    await bench.produce('orders', ['a', 'b', 'c'])
    const consumer = member({ protocol, autoCommit: false, commitMetadata: 'by me' })
    await bench.read(consumer, 2)
    await bench.sim.world.runFor(10_000)
    expect(await committed()).toEqual([undefined, undefined])
    await bench.complete(consumer.commit())
    expect((await committed())[0]).toBe(2)
    await bench.complete(consumer.commit([{ ...orders, offset: 1, metadata: 'mine' }]))
    expect(await bench.complete(consumer.committed([orders]))).toMatchObject([{ offset: 1, metadata: 'mine' }])
  })

  test('a marker behind the last record counts as processed with it', async () => {
    await bench.produce('orders', ['a'])
    const consumer = member({ protocol, isolation: 'read_committed', autoCommit: false })
    const loop = consumer.records()
    await bench.complete(loop.next())
    void loop.next()
    await bench.sim.world.runFor(1000)
    await bench.transaction('orders', ['aborted'], 'abort')
    await bench.sim.world.runFor(1000)
    await bench.complete(consumer.commit())
    expect((await committed())[0]).toBe(3)
  })

  test('another member takes its share: what is in hand is finished and committed first', async () => {
    for (let i = 0; i < 20; i += 1) await bench.produce('orders', [`${i}`], { partition: 1 })
    const first = member({ protocol, assignors: ['cooperative-sticky'] })
    const loop = first.batches()
    const inHand = (await bench.complete(loop.next())).value!
    const other = member({ protocol, assignors: ['cooperative-sticky'] })
    await bench.sim.world.runFor(6000)
    expect(first.assignment).toHaveLength(2)
    expect(first.explain()).toMatch(/being given up|works on 1 batch/)
    void bench.complete(loop.next()).catch(() => {})
    await assigned(other, 1)
    await assigned(first, 1)
    expect(other.assignment).toEqual([second])
    expect((await committed())[1]).toBe(inHand.nextOffset)
    void loop.return()
  })

  test('who does not give up in time is fenced: nothing more is shown, nothing can be committed', async () => {
    await bench.produce('orders', ['x', 'y'], { partition: 1 })
    const first = member({ protocol, assignors: ['cooperative-sticky'], drainTimeoutMs: 2000 })
    const loop = first.records()
    expect((await bench.complete(loop.next())).value!.value!.toString()).toBe('x')
    const other = member({ protocol, assignors: ['cooperative-sticky'] })
    await assigned(other, 1)
    expect(other.assignment).toEqual([second])
    expect(await bench.read(other, 2)).toEqual(['x', 'y'])
    const next = bench.complete(loop.next())
    await bench.sim.world.runFor(1000)
    await bench.produce('orders', ['a'])
    expect((await next).value!.value!.toString()).toBe('a')
    await bench.complete(other.commit())
    expect((await committed())[1]).toBe(2)
    void loop.return()
  })

  test('a member that is killed is replaced, from what it committed', async () => {
    await bench.produce('orders', ['a', 'b', 'c'])
    const first = member({ protocol, sessionTimeoutMs: 6000, heartbeatIntervalMs: 500, autoCommit: false })
    await bench.read(first, 2)
    await bench.complete(first.commit())
    bench.kill('consumer-0')
    const next = member({ protocol, sessionTimeoutMs: 6000, heartbeatIntervalMs: 500 })
    expect(await bench.read(next, 1)).toEqual(['c'])
  })
})

describe('rules of a group', () => {
  test('subscribing needs one, and does not go with assigning', async () => {
    const alone = bench.consumer()
    expect(() => alone.subscribe('orders')).toThrow(/INVALID_ARGUMENT.*needs a group/)
    await expect(alone.commit()).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    const one = member()
    expect(() => one.assign([orders])).toThrow(/cannot assign/)
    const other = bench.consumer({ group: 'other' })
    other.assign([orders])
    expect(() => other.subscribe('orders')).toThrow(/cannot subscribe/)
  })

  test('assigning with a group: offsets are kept, without a membership', async () => {
    await bench.produce('orders', ['a', 'b'])
    const consumer = bench.consumer({ group: 'solo' })
    consumer.assign([orders])
    await bench.read(consumer, 1)
    await bench.complete(consumer.close())
    const next = bench.consumer({ group: 'solo' })
    next.assign([orders])
    expect(await bench.read(next, 1)).toEqual(['b'])
  })

  test('by a pattern: topics that come later are read, too', async () => {
    const consumer = bench.consumer({ group: 'all', topics: /ord.*|new.*/, metadataMaxAgeMs: 2000 })
    await assigned(consumer, 2)
    await bench.topic('newcomer')
    await assigned(consumer, 3)
  })

  test('by a regular expression of the broker’s: whole names, topics that come later, another expression', async () => {
    await bench.produce('orders', ['a'])
    await bench.topic('orders-of-yesterday')
    const consumer = bench.consumer({ group: 'all', topics: { regex: 'orders|new-.*' } })
    await assigned(consumer, 2)
    expect(await bench.read(consumer, 1)).toEqual(['a'])
    await bench.topic('new-orders')
    await assigned(consumer, 3)
    await bench.produce('new-orders', ['b'])
    expect(await bench.read(consumer, 1)).toEqual(['b'])
    consumer.subscribe({ regex: 'orders-.*' })
    await assigned(consumer, 1)
    expect(consumer.assignment).toEqual([{ topic: 'orders-of-yesterday', partition: 0 }])
    consumer.subscribe(/^new-/)
    await bench.sim.world.run({
      until: () => consumer.assignment.some(({ topic }) => topic === 'new-orders'),
      untilMs: bench.sim.world.nowMs + 60_000,
    })
    expect(consumer.assignment).toEqual([{ topic: 'new-orders', partition: 0 }])
  })

  test('a regular expression that is none is told, and so is one in the classic protocol', async () => {
    const consumer = bench.consumer({ group: 'all', topics: { regex: 'orders-[' } })
    await expect(bench.complete(consumer.records().next())).rejects.toMatchObject({
      code: 'INVALID_REGULAR_EXPRESSION',
      retriable: false,
    })
    expect(consumer.explain()).toContain('has given up group all: INVALID_REGULAR_EXPRESSION')
    expect(() => bench.consumer({ group: 'all', protocol: 'classic', topics: { regex: 'orders' } })).toThrow(
      /INVALID_ARGUMENT.*no regular expressions.*RegExp/,
    )
  })

  test('unsubscribing gives up everything, and it can subscribe anew', async () => {
    const consumer = member()
    await assigned(consumer, 2)
    await bench.complete(consumer.unsubscribe())
    expect(consumer.assignment).toEqual([])
    consumer.subscribe(['orders'])
    await assigned(consumer, 2)
  })

  test('an application that takes too long with what it has is out of the group until it asks again', async () => {
    await bench.produce('orders', ['a'])
    await bench.produce('orders', ['b'])
    const consumer = member({ maxPollIntervalMs: 5000, heartbeatIntervalMs: 500 })
    const lost: string[] = []
    consumer.events.on('lost', (_, reason) => lost.push(reason))
    const loop = consumer.records()
    await bench.complete(loop.next())
    await bench.sim.world.runFor(20_000)
    expect(lost).toHaveLength(1)
    expect(consumer.assignment).toEqual([])
    expect((await bench.complete(loop.next())).value!.value!.toString()).toBe('a')
    void loop.return()
  })
})
