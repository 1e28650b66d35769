// Handlers for records: order, side by side, commits, poison, retry topics; against a whole broker in the simulated world.

import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ConsumerBench } from '../../../testing/consumer-bench.ts'
import type { Consumer } from '../consumer.ts'
import type { ConsumerRecord } from '../consumer-record.ts'
import type { OutgoingRecord } from './retry-topics.ts'
import type { RunOptions } from './run-options.ts'

let bench: ConsumerBench
let ending: AbortController

beforeEach(async () => {
  bench = await ConsumerBench.start({ settings: { 'group.initial.rebalance.delay.ms': '0' } })
  await bench.topic('orders', { partitions: 2 })
  ending = new AbortController()
})
afterEach(async () => {
  ending.abort()
  await bench.stop()
})

const orders = { topic: 'orders', partition: 0 }
const second = { topic: 'orders', partition: 1 }
const textOf = (record: ConsumerRecord) => record.value!.toString()

/** Runs in the background; its outcome is known when it ends. */
function started(consumer: Consumer, options: RunOptions): { outcome: unknown } {
  const state: { outcome: unknown } = { outcome: undefined }
  consumer.run({ signal: ending.signal, ...options }).then(
    () => {
      state.outcome = 'ended'
    },
    error => {
      state.outcome = error
    },
  )
  return state
}

const sleep = (ms: number) => new Promise<void>(resolve => bench.sim.world.scheduler.schedule(ms, resolve))
const until = (isSo: () => boolean) =>
  bench.sim.world.run({ until: isSo, untilMs: bench.sim.world.nowMs + 60_000 }).then(() => expect(isSo()).toBe(true))

async function committed(): Promise<number | undefined> {
  const reader = bench.consumer({ group: 'billing' })
  const found = await bench.complete(reader.committed([orders]))
  return found[0] === undefined ? undefined : Number(found[0].offset)
}

function member(): Consumer {
  const consumer = bench.consumer({ group: 'billing' })
  consumer.assign([orders, second])
  return consumer
}

describe('order', () => {
  test('partitions side by side, each in order', async () => {
    for (let i = 0; i < 4; i += 1) {
      await bench.produce('orders', [`a${i}`])
      await bench.produce('orders', [`b${i}`], { partition: 1 })
    }
    let atOnce = 0
    let most = 0
    const done: string[] = []
    started(member(), {
      concurrency: 10,
      handler: async record => {
        atOnce += 1
        most = Math.max(most, atOnce)
        await sleep(record.partition === 0 ? 50 : 10)
        atOnce -= 1
        done.push(textOf(record))
      },
    })
    await until(() => done.length === 8)
    expect(most).toBe(2)
    expect(done.filter(value => value.startsWith('a'))).toEqual(['a0', 'a1', 'a2', 'a3'])
    expect(done.filter(value => value.startsWith('b'))).toEqual(['b0', 'b1', 'b2', 'b3'])
    expect(done.indexOf('b3')).toBeLessThan(done.indexOf('a1'))
  })

  test('keys side by side, each in order; no more than concurrency', async () => {
    const keys = ['x', 'y', 'z']
    const records = Array.from({ length: 12 }, (_, i) => {
      return { key: Buffer.from(keys[i % 3]!), value: Buffer.from(`${keys[i % 3]}${Math.floor(i / 3)}`), timestamp: 1 }
    })
    await bench.produceRecords('orders', records)
    let atOnce = 0
    let most = 0
    const done: string[] = []
    started(member(), {
      concurrency: 2,
      per: 'key',
      handler: async record => {
        atOnce += 1
        most = Math.max(most, atOnce)
        await sleep(record.key!.toString() === 'x' ? 100 : 10)
        atOnce -= 1
        done.push(textOf(record))
      },
    })
    await until(() => done.length === 12)
    expect(most).toBe(2)
    for (const key of keys)
      expect(done.filter(value => value.startsWith(key))).toEqual([0, 1, 2, 3].map(i => `${key}${i}`))
  })

  test('no more records are taken than may wait', async () => {
    await bench.produce(
      'orders',
      Array.from({ length: 100 }, (_, i) => `${i}`),
    )
    const consumer = member()
    let begun = 0
    let opens = () => {}
    const gate = new Promise<void>(resolve => {
      opens = resolve
    })
    const handler = () => {
      begun += 1
      return gate
    }
    started(consumer, { concurrency: 3, per: 'key', recordsMax: 10, handler })
    await bench.sim.world.runFor(2000)
    expect(begun).toBe(3)
    expect(consumer.explain()).toContain('works on 1 batch')
    opens()
    await until(() => begun === 100)
  })
})

describe('commits', () => {
  test('never pass a record that is not processed, however many behind it are', async () => {
    await bench.produce('orders', ['0', '1', 'slow', '3', '4'])
    let release = () => {}
    const slow = new Promise<void>(resolve => {
      release = resolve
    })
    const done: string[] = []
    const consumer = member()
    started(consumer, {
      concurrency: 5,
      per: 'key',
      handler: async record => {
        if (textOf(record) === 'slow') await slow
        done.push(textOf(record))
      },
    })
    await until(() => done.length === 4)
    await bench.sim.world.runFor(6000)
    expect(await committed()).toBe(2)
    release()
    await bench.sim.world.runFor(6000)
    expect(await committed()).toBe(5)
  })

  test('a close waits for handlers under way, commits them, and drops those that wait', async () => {
    await bench.produce('orders', ['0', '1', '2'])
    const begun: string[] = []
    const consumer = member()
    const run = started(consumer, {
      handler: async record => {
        begun.push(textOf(record))
        await sleep(500)
      },
    })
    await until(() => begun.length === 1)
    await bench.complete(consumer.close())
    expect(run.outcome).toBe('ended')
    expect(begun).toEqual(['0'])
    expect(await committed()).toBe(1)
  })

  test('a run that is ended by its signal leaves what it did not process to the next', async () => {
    await bench.produce('orders', ['0', '1', '2'])
    const begun: string[] = []
    const consumer = member()
    const run = started(consumer, {
      handler: async record => {
        begun.push(textOf(record))
        await sleep(500)
      },
    })
    await until(() => begun.length === 2)
    ending.abort()
    await until(() => run.outcome === 'ended')
    expect(await bench.read(consumer, 1)).toEqual(['2'])
  })
})

describe('poison', () => {
  const failing = (bad: string, seen: string[]) => (record: ConsumerRecord) => {
    seen.push(textOf(record))
    if (textOf(record) === bad) throw new Error('cannot be parsed')
  }

  test('fail: the run ends with an error that names the record; the next begins with it', async () => {
    await bench.produce('orders', ['0', 'bad', '2'])
    const consumer = member()
    const seen: string[] = []
    const run = started(consumer, { handler: failing('bad', seen) })
    await until(() => run.outcome !== undefined)
    expect(run.outcome).toMatchObject({ code: 'HANDLER_FAILED', ...orders })
    expect((run.outcome as Error).message).toMatch(/offset 1: cannot be parsed.*onPoison/)
    expect(seen).toEqual(['0', 'bad'])
    expect(await bench.read(consumer, 1)).toEqual(['bad'])
  })

  test('attempts: again after a moment, each a longer one', async () => {
    await bench.produce('orders', ['bad'])
    const times: number[] = []
    const attempts: number[] = []
    const run = started(member(), {
      attempts: 3,
      handler: (_, { attempt }) => {
        times.push(bench.sim.world.nowMs)
        attempts.push(attempt)
        throw new Error('no')
      },
    })
    await until(() => run.outcome !== undefined)
    expect(attempts).toEqual([1, 2, 3])
    expect(times[1]! - times[0]!).toBeCloseTo(100)
    expect(times[2]! - times[1]!).toBeCloseTo(200)
  })

  test('skip: told, and on with the next', async () => {
    await bench.produce('orders', ['0', 'bad', '2'])
    const consumer = member()
    const poisoned: unknown[] = []
    consumer.events.on('poison', ({ offset, policy }) => poisoned.push([offset, policy]))
    const seen: string[] = []
    started(consumer, { handler: failing('bad', seen), onPoison: 'skip' })
    await until(() => seen.length === 3)
    await bench.sim.world.runFor(6000)
    expect(poisoned).toEqual([[1, 'skip']])
    expect(await committed()).toBe(3)
  })

  test('park: its partition waits there, others go on; resumed, it is tried again', async () => {
    await bench.produce('orders', ['0', 'bad', '2'])
    await bench.produce('orders', ['x'], { partition: 1 })
    const consumer = member()
    const seen: string[] = []
    let isBad = true
    const handler = (record: ConsumerRecord) => {
      seen.push(textOf(record))
      if (isBad && textOf(record) === 'bad') throw new Error('not now')
    }
    started(consumer, { handler, onPoison: 'park' })
    await until(() => consumer.paused.length === 1)
    await bench.produce('orders', ['y'], { partition: 1 })
    await until(() => seen.includes('y'))
    expect(seen).not.toContain('2')
    expect(consumer.position(orders)).toBe(1)
    isBad = false
    consumer.resume()
    await until(() => seen.includes('2'))
    expect(seen.filter(value => value === 'bad')).toHaveLength(2)
  })
})

describe('retry topics', () => {
  test('a record that fails goes through them, each after its delay, and ends as a dead letter; none holds up others', async () => {
    for (const topic of ['retry-1', 'retry-2', 'dead']) await bench.topic(topic)
    await bench.produce('orders', ['bad', 'good'])
    const sent: (OutgoingRecord & { readonly topic: string })[] = []
    const producer = {
      send: async (topic: string, record: OutgoingRecord) => {
        sent.push({ topic, ...record })
        await bench.send(topic, [{ ...record, timestamp: 1 }])
      },
    }
    const consumer = bench.consumer({ group: 'billing', topics: ['orders'] })
    const seen: { at: number; text: string; attempt: number }[] = []
    started(consumer, {
      retry: {
        producer,
        topics: [
          { topic: 'retry-1', delayMs: 5000 },
          { topic: 'retry-2', delayMs: 20_000 },
        ],
        deadLetterTopic: 'dead',
      },
      handler: (record, { attempt }) => {
        seen.push({ at: bench.sim.world.nowMs, text: textOf(record), attempt })
        if (textOf(record) === 'bad') throw new Error('never')
      },
    })
    await until(() => sent.length === 3)
    expect(sent.map(({ topic }) => topic)).toEqual(['retry-1', 'retry-2', 'dead'])
    expect(seen.map(({ text, attempt }) => `${text} ${attempt}`)).toEqual(['bad 1', 'good 1', 'bad 2', 'bad 3'])
    expect(seen[2]!.at - seen[0]!.at).toBeGreaterThanOrEqual(5000)
    expect(seen[3]!.at - seen[2]!.at).toBeGreaterThanOrEqual(20_000)
    expect(seen[3]!.at - seen[2]!.at).toBeLessThan(22_000)
    const told = Object.fromEntries(sent[2]!.headers.map(({ key, value }) => [key, value!.toString()]))
    expect(told).toEqual({
      '__retry.attempt': '3',
      '__retry.topic': 'orders',
      '__retry.partition': '0',
      '__retry.offset': '0',
      '__retry.error': 'Error: never',
    })
  })

  test('a run that ends before a record is due leaves nothing waiting: the next reader has it at once', async () => {
    await bench.topic('retry-1')
    const consumer = bench.consumer({ group: 'billing', topics: ['orders'] })
    const retry = { producer: { send: async () => {} }, topics: [{ topic: 'retry-1', delayMs: 3_600_000 }] }
    const run = started(consumer, { retry, handler: () => {} })
    const due = { key: '__retry.due-ms', value: Buffer.from(String(1e13)) }
    await bench.complete(
      bench.send('retry-1', [{ key: null, value: Buffer.from('later'), headers: [due], timestamp: 1 }]),
    )
    await until(() => consumer.explain().includes('until the next record is to be tried again'))
    ending.abort()
    await until(() => run.outcome === 'ended')
    expect(consumer.explain()).not.toContain('until the next record is to be tried again')
    expect(await bench.read(consumer, 1)).toEqual(['later'])
  })

  test('need a subscription by names', async () => {
    const retry = { producer: { send: async () => {} }, topics: [{ topic: 'retry-1', delayMs: 1 }] }
    await expect(member().run({ handler: () => {}, retry })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
  })
})

describe('a partition that is taken away', () => {
  test('handlers under way finish and are committed, those that wait are not called', async () => {
    await bench.produce('orders', ['0', '1', '2'])
    await bench.produce('orders', ['x', 'y', 'z'], { partition: 1 })
    const options = { group: 'billing', topics: 'orders', assignors: ['cooperative-sticky'] } as const
    const first = bench.consumer({ ...options, protocol: 'classic' })
    const seen: string[] = []
    const handler = (name: string) => async (record: ConsumerRecord) => {
      seen.push(`${name} ${textOf(record)}`)
      await sleep(4000)
    }
    started(first, { concurrency: 2, handler: handler('first') })
    await until(() => seen.length === 2)
    const other = bench.consumer({ ...options, protocol: 'classic' })
    started(other, { concurrency: 2, handler: handler('other') })
    await bench.sim.world.runFor(60_000)
    const values = seen.map(each => each.split(' ')[1]!)
    expect([...values].sort()).toEqual(['0', '1', '2', 'x', 'y', 'z'])
    expect(seen.some(each => each.startsWith('other'))).toBe(true)
  })
})
