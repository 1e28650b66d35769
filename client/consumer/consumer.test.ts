// A consumer with partitions of its own choice against a whole broker in the simulated world.

import { getEventListeners } from 'node:events'
import { afterEach, describe, expect, test } from 'vitest'
import { ConsumerBench, type TopicOptions } from '../../testing/consumer-bench.ts'
import type { BatchCursor, ConsumerBatch } from './consumer-batch.ts'
import type { ConsumerRecord } from './consumer-record.ts'

let bench: ConsumerBench
afterEach(() => bench.stop())

async function withTopic(options: TopicOptions = {}): Promise<ConsumerBench> {
  bench = await ConsumerBench.start()
  await bench.topic('orders', options)
  return bench
}

const orders = { topic: 'orders', partition: 0 }
const second = { topic: 'orders', partition: 1 }

describe('reading', () => {
  test('what is there, in order, and then what comes', async () => {
    await withTopic()
    await bench.produce('orders', ['a', 'b'])
    await bench.produce('orders', ['c'])
    const consumer = bench.consumer()
    consumer.assign([orders])
    expect(await bench.read(consumer, 3)).toEqual(['a', 'b', 'c'])
    const next = bench.read(consumer, 1)
    await bench.produce('orders', ['d'])
    expect(await next).toEqual(['d'])
  })

  test('a batch knows where it lies, and how far from the end', async () => {
    await withTopic()
    await bench.produce('orders', ['a', 'b', 'c'])
    const consumer = bench.consumer()
    consumer.assign([{ ...orders, offset: 1 }])
    const batch = await bench.readBatch(consumer)
    const { topic, partition, firstOffset, lastOffset, nextOffset, count, highWatermark, lag } = batch
    expect({ topic, partition, firstOffset, lastOffset, nextOffset, count, highWatermark, lag }).toEqual({
      topic: 'orders',
      partition: 0,
      firstOffset: 1,
      lastOffset: 2,
      nextOffset: 3,
      count: 2,
      highWatermark: 3,
      lag: 0,
    })
  })

  test('three ways, the same records', async () => {
    await withTopic()
    const headers = [{ key: 'h', value: Buffer.from('1') }]
    await bench.produceRecords('orders', [
      { key: Buffer.from('k'), value: null, headers, timestamp: 5 },
      { value: Buffer.from('v'), timestamp: 6 },
    ])
    const consumer = bench.consumer()
    consumer.assign([orders])
    const batch = await bench.readBatch(consumer)
    const byCursor: unknown[] = []
    for (const cursor = batch.cursor(); cursor.next(); ) {
      byCursor.push([cursor.offset, cursor.timestamp, cursor.key, cursor.value, cursor.headers])
    }
    let visited = 0
    batch.forEach(() => {
      visited += 1
    })
    expect(visited).toBe(2)
    const byObject = [...batch].map(each => [each.offset, each.timestamp, each.key, each.value, each.headers])
    expect(byCursor).toEqual([
      [0, 5, Buffer.from('k'), null, headers],
      [1, 6, null, Buffer.from('v'), []],
    ])
    expect(byObject).toEqual(byCursor)
    expect([...batch][0]!.header('h')!.value!.toString()).toBe('1')
  })

  test('the broker stamps the time: it is the batch’s for all records', async () => {
    await withTopic({ configs: { 'message.timestamp.type': 'LogAppendTime' } })
    await bench.produce('orders', ['a', 'b'], { compression: 'zstd' })
    const consumer = bench.consumer()
    consumer.assign([orders])
    const stamps = [...(await bench.readBatch(consumer))].map(({ timestamp }) => timestamp)
    expect(stamps[0]).toBeGreaterThan(1000)
    expect(stamps[1]).toBe(stamps[0])
  })

  test('partitions take turns', async () => {
    await withTopic({ partitions: 2 })
    for (let i = 0; i < 6; i += 1) {
      await bench.produce('orders', [`first ${i} ${'x'.repeat(900)}`])
      await bench.produce('orders', [`second ${i} ${'x'.repeat(900)}`], { partition: 1 })
    }
    const consumer = bench.consumer({ maxPartitionBytes: 1000, maxBytes: 1000 })
    consumer.assign([orders, second])
    const seen = (await bench.read(consumer, 12)).map(value => value.split(' ')[0])
    const swaps = seen.filter((each, index) => index > 0 && each !== seen[index - 1]).length
    expect(swaps).toBeGreaterThan(8)
  })

  test('a batch larger than every limit comes all the same', async () => {
    await withTopic()
    await bench.produce('orders', ['x'.repeat(100_000)])
    const consumer = bench.consumer({ maxPartitionBytes: 1000, maxBytes: 1000, prefetchBytes: 1000 })
    consumer.assign([orders])
    expect((await bench.read(consumer, 1))[0]).toHaveLength(100_000)
  })

  test('the loop ends when the consumer is closed, and with ABORTED when its signal is raised', async () => {
    await withTopic()
    const consumer = bench.consumer()
    consumer.assign([orders])
    const controller = new AbortController()
    const failed = expect(consumer.batches({ signal: controller.signal }).next()).rejects.toMatchObject({
      code: 'ABORTED',
    })
    controller.abort()
    await failed
    const ended = consumer.batches().next()
    await bench.complete(consumer.close())
    expect(await ended).toEqual({ done: true, value: undefined })
  })

  test('a signal that comes with every wait is not listened to a thousand times', async () => {
    await withTopic()
    const consumer = bench.consumer()
    consumer.assign([orders])
    const controller = new AbortController()
    const loop = consumer.batches({ signal: controller.signal })
    for (let i = 0; i < 5; i += 1) {
      const next = loop.next()
      await bench.sim.world.runFor(100)
      await bench.produce('orders', ['a'])
      await bench.complete(next)
    }
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0)
    await bench.complete(Promise.resolve(loop.return()))
  })

  test('one loop at a time', async () => {
    await withTopic()
    const consumer = bench.consumer()
    consumer.assign([orders])
    const first = consumer.batches().next()
    await expect(consumer.records().next()).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    await bench.produce('orders', ['a'])
    await bench.complete(first)
  })
})

describe('leaving a loop', () => {
  test('what was in hand is handed out again, from the first record that was not marked', async () => {
    await withTopic()
    await bench.produce('orders', ['a', 'b', 'c'])
    const consumer = bench.consumer()
    consumer.assign([orders])
    const failing = async () => {
      for await (const record of consumer.records()) if (record.value!.toString() === 'b') throw new Error('poison')
    }
    await expect(bench.complete(failing())).rejects.toThrow('poison')
    expect(consumer.position(orders)).toBe(1)
    expect(await bench.read(consumer, 2)).toEqual(['b', 'c'])
    expect(consumer.position(orders)).toBe(3)
  })
})

describe('positions', () => {
  test('seek, to the beginning, to the end', async () => {
    await withTopic()
    await bench.produce('orders', ['a', 'b', 'c'])
    const consumer = bench.consumer()
    consumer.assign([orders])
    await bench.read(consumer, 3)
    consumer.seek({ ...orders, offset: 1 })
    expect(consumer.position(orders)).toBe(1)
    expect(await bench.read(consumer, 2)).toEqual(['b', 'c'])
    consumer.seekToBeginning()
    expect(consumer.position(orders)).toBeUndefined()
    expect(await bench.read(consumer, 1)).toEqual(['a'])
    consumer.seekToEnd()
    const next = bench.read(consumer, 1)
    await bench.sim.world.runFor(2000)
    await bench.produce('orders', ['d'])
    expect(await next).toEqual(['d'])
  })

  test('of what is not assigned there is none', async () => {
    await withTopic()
    const consumer = bench.consumer()
    expect(() => consumer.position(orders)).toThrow(/NOT_ASSIGNED/)
    expect(() => consumer.seek({ ...orders, offset: 1 })).toThrow(/NOT_ASSIGNED/)
    consumer.assign([orders])
    expect(() => consumer.seek({ ...orders, offset: -1 })).toThrow(/INVALID_ARGUMENT/)
  })

  test('beginnings, ends, times, and the lag', async () => {
    await withTopic({ partitions: 2 })
    await bench.produce('orders', ['a', 'b', 'c'])
    const consumer = bench.consumer()
    expect(await bench.complete(consumer.endOffsets([orders, second]))).toEqual([
      { ...orders, offset: 3 },
      { ...second, offset: 0 },
    ])
    expect(await bench.complete(consumer.beginningOffsets([orders]))).toEqual([{ ...orders, offset: 0 }])
    const at = (timestamp: number) => bench.complete(consumer.offsetsForTimes([{ ...orders, timestamp }]))
    expect(await at(900)).toMatchObject([{ ...orders, offset: 0, timestamp: 1000 }])
    expect(await at(5000)).toEqual([])
    const twice = consumer.endOffsets([orders, orders])
    await expect(twice).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', ...orders })
    consumer.assign([{ ...orders, offset: 1 }])
    expect(consumer.currentLag(orders)).toBeUndefined()
    await bench.read(consumer, 1)
    expect(consumer.currentLag(orders)).toBe(1)
  })

  test('questions about a topic that is not there end with the time', async () => {
    await withTopic()
    const consumer = bench.consumer()
    const asked = consumer.endOffsets([{ topic: 'nothing', partition: 0 }], { timeoutMs: 2000 })
    await expect(bench.complete(asked)).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED', topic: 'nothing' })
  })

  test('a pause gives up what was fetched ahead, and costs nothing until it ends', async () => {
    await withTopic({ partitions: 2 })
    await bench.produce('orders', ['a', 'b'])
    await bench.produce('orders', ['x'], { partition: 1 })
    const consumer = bench.consumer()
    consumer.assign([orders, second])
    await bench.sim.world.runFor(1000)
    consumer.pause([orders])
    expect(consumer.paused).toEqual([orders])
    expect(await bench.read(consumer, 1)).toEqual(['x'])
    const next = bench.read(consumer, 2)
    await bench.sim.world.runFor(2000)
    expect(consumer.explain()).toContain('orders-0 at 0: paused')
    consumer.resume()
    expect(await next).toEqual(['a', 'b'])
  })
})

describe('where reading begins', () => {
  test.each([
    ['earliest', ['a', 'b', 'late']],
    ['latest', ['late']],
  ] as const)('%s', async (resetPolicy, expected) => {
    await withTopic()
    await bench.produce('orders', ['a', 'b'])
    const consumer = bench.consumer({ resetPolicy })
    consumer.assign([orders])
    const read = bench.read(consumer, expected.length)
    await bench.sim.world.runFor(1000)
    await bench.produce('orders', ['late'])
    expect(await read).toEqual(expected)
  })

  test('none: an error, until somebody seeks', async () => {
    await withTopic()
    await bench.produce('orders', ['a'])
    const consumer = bench.consumer({ resetPolicy: 'none' })
    consumer.assign([orders])
    await expect(bench.read(consumer, 1)).rejects.toMatchObject({ code: 'NO_OFFSET_FOR_PARTITION', ...orders })
    consumer.seek({ ...orders, offset: 0 })
    expect(await bench.read(consumer, 1)).toEqual(['a'])
  })

  test('a duration: the first record that is not older; the end when all are', async () => {
    await withTopic()
    const nowMs = bench.sim.world.host('client').start().clock.now()
    const at = (timestamp: number, value: string) => ({ value: Buffer.from(value), timestamp })
    await bench.produceRecords('orders', [at(nowMs - 100_000, 'old'), at(nowMs - 1000, 'young')])
    const consumer = bench.consumer({ resetPolicy: { durationMs: 50_000 } })
    consumer.assign([orders])
    expect(await bench.read(consumer, 1)).toEqual(['young'])
    const late = bench.consumer({ resetPolicy: { durationMs: 10 } })
    late.assign([orders])
    const read = bench.read(late, 1)
    await bench.sim.world.runFor(1000)
    await bench.produce('orders', ['new'])
    expect(await read).toEqual(['new'])
  })

  test('an offset out of range is reset, and told; with none it is an error', async () => {
    await withTopic()
    await bench.produce('orders', ['a', 'b'])
    const consumer = bench.consumer()
    const resets: unknown[] = []
    consumer.events.on('reset', reset => resets.push(reset))
    consumer.assign([{ ...orders, offset: 100 }])
    expect(await bench.read(consumer, 1)).toEqual(['a'])
    expect(resets).toEqual([{ ...orders, from: 100, to: 'earliest', offset: 0 }])
    const strict = bench.consumer({ resetPolicy: 'none' })
    strict.assign([{ ...orders, offset: 100 }])
    await expect(bench.read(strict, 1)).rejects.toMatchObject({ code: 'OFFSET_OUT_OF_RANGE', retriable: false })
  })
})

describe('transactions', () => {
  test('committed records only: aborted ones are passed over, open ones waited for', async () => {
    await withTopic()
    await bench.transaction('orders', ['c1', 'c2'], 'commit')
    await bench.transaction('orders', ['aborted'], 'abort')
    await bench.produce('orders', ['plain'])
    await bench.transaction('orders', ['open'], 'open')
    await bench.produce('orders', ['behind'])
    const consumer = bench.consumer({ isolation: 'read_committed' })
    consumer.assign([orders])
    expect(await bench.read(consumer, 3)).toEqual(['c1', 'c2', 'plain'])
    await bench.sim.world.runFor(1000)
    expect(consumer.explain()).toContain('waits for a transaction under way to end')
    expect(await bench.complete(consumer.endOffsets([orders]))).toEqual([{ ...orders, offset: 6 }])
    const all = bench.consumer()
    all.assign([orders])
    expect(await bench.read(all, 6)).toEqual(['c1', 'c2', 'aborted', 'plain', 'open', 'behind'])
  })

  test('markers at the end are passed: the position is behind them', async () => {
    await withTopic()
    await bench.transaction('orders', ['a'], 'commit')
    const consumer = bench.consumer({ isolation: 'read_committed' })
    consumer.assign([orders])
    await bench.read(consumer, 1)
    await bench.sim.world.runFor(1000)
    expect(consumer.position(orders)).toBe(2)
    expect(consumer.currentLag(orders)).toBe(0)
  })
})

describe('a broker that goes', () => {
  test('kill -9: reading goes on where it was when it is back', async () => {
    await withTopic()
    await bench.produce('orders', ['a'])
    const consumer = bench.consumer()
    consumer.assign([orders])
    await bench.read(consumer, 1)
    const next = bench.read(consumer, 1)
    await bench.sim.world.runFor(200)
    bench.sim.host.crashProcess()
    await bench.sim.world.runFor(3000)
    const told = consumer.explain()
    await bench.sim.start()
    expect(told).toMatch(/broker 1 \(broker:19094\): .*(CLOSED|UNREACHABLE)/)
    await bench.reconnect()
    await bench.produce('orders', ['b'])
    expect(await next).toEqual(['b'])
  })

  test('frozen for longer than a stall: told, and no harm', async () => {
    await withTopic()
    await bench.produce('orders', ['a'])
    const consumer = bench.consumer()
    const stalls: unknown[] = []
    consumer.events.on('stall', stall => stalls.push(stall))
    consumer.assign([orders])
    await bench.read(consumer, 1)
    const next = bench.read(consumer, 1)
    bench.cutOff('consumer-0')
    await bench.sim.world.runFor(40_000)
    expect(stalls).toMatchObject([{ broker: 'broker:19094', partitions: [orders] }])
    bench.heal()
    await bench.produce('orders', ['b'])
    expect(await next).toEqual(['b'])
  })
})

describe('memory', () => {
  test('what is fetched ahead is bounded: full, nothing more is fetched until batches are processed', async () => {
    await withTopic({ partitions: 4 })
    const value = 'x'.repeat(10_000)
    for (let i = 0; i < 80; i += 1) await bench.produce('orders', [value], { partition: i % 4 })
    const consumer = bench.consumer({ prefetchBytes: 100_000, maxPartitionBytes: 50_000 })
    consumer.assign([0, 1, 2, 3].map(partition => ({ topic: 'orders', partition })))
    await bench.sim.world.runFor(5000)
    expect(consumer.bufferedBytes).toBeGreaterThan(40_000)
    expect(consumer.bufferedBytes).toBeLessThan(160_000)
    expect(await bench.read(consumer, 80)).toHaveLength(80)
    expect(consumer.bufferedBytes).toBe(0)
  })

  test('reused: the next answers lie where the last ones were, and each is read right before that', async () => {
    await withTopic()
    for (let i = 0; i < 20; i += 1) await bench.produce('orders', [`${i}:${'x'.repeat(20_000)}`])
    const consumer = bench.consumer({ reusesMemory: true, maxPartitionBytes: 20_100 })
    consumer.assign([orders])
    const memories = new Set<unknown>()
    const firsts: string[] = []
    const loop = async () => {
      for await (const { value, bytes } of consumer.records()) {
        firsts.push(value!.toString('utf8', 0, value!.indexOf(':')))
        memories.add(bytes.buffer)
        if (firsts.length === 20) break
      }
    }
    await bench.complete(loop())
    expect(firsts).toEqual(Array.from({ length: 20 }, (_, i) => `${i}`))
    expect(memories.size).toBeLessThan(6)
  })

  /** 20 answers of a record each, read by `look`. */
  async function readTwenty(look: (batch: ConsumerBatch) => void): Promise<void> {
    await withTopic()
    for (let i = 0; i < 20; i += 1) await bench.produce('orders', [`${i}:${'x'.repeat(20_000)}`])
    const consumer = bench.consumer({ maxPartitionBytes: 20_100 })
    consumer.assign([orders])
    const loop = async () => {
      let count = 0
      for await (const batch of consumer) {
        look(batch)
        count += batch.count
        if (count >= 20) break
      }
    }
    await bench.complete(loop())
  }

  test('of which nothing was given away but a cursor’s bytes is received into again', async () => {
    const memories = new Set<unknown>()
    await readTwenty(batch => {
      for (const cursor = batch.cursor(); cursor.next(); ) memories.add(cursor.bytes.buffer)
    })
    expect(memories.size).toBeLessThan(6)
  })

  test.each([
    ['values of a cursor', (batch: ConsumerBatch) => firstOf(batch, cursor => cursor.value!)],
    ['records', (batch: ConsumerBatch) => [...batch][0]!],
  ])('%s stay what they were', async (_, give: (batch: ConsumerBatch) => Buffer | ConsumerRecord) => {
    const given: (Buffer | ConsumerRecord)[] = []
    await readTwenty(batch => given.push(give(batch)))
    const values = given.map(each => String(Buffer.isBuffer(each) ? each : each.value).split(':')[0])
    expect(values).toEqual(Array.from({ length: 20 }, (_, i) => `${i}`))
  })

  test('a batch that is kept is read later', async () => {
    const batches: ConsumerBatch[] = []
    await readTwenty(batch => batches.push(batch.keep()))
    const values = batches.flatMap(batch => [...batch].map(({ value }) => String(value).split(':')[0]))
    expect(values).toEqual(Array.from({ length: 20 }, (_, i) => `${i}`))
  })

  test('a batch cannot be read any more when it was processed, nor can a cursor go on in it', async () => {
    const batches: ConsumerBatch[] = []
    const cursors: BatchCursor[] = []
    await readTwenty(batch => {
      batches.push(batch)
      cursors.push(batch.cursor())
    })
    expect(() => [...batches[0]!]).toThrow('BATCH_OVER')
    expect([...batches[19]!][0]!.offset, 'it was in hand when the loop was left').toBe(19)
    expect(() => cursors[0]!.next()).toThrow('BATCH_OVER')
  })

  test('a seek within a loop leaves the batch in hand what it was', async () => {
    await withTopic()
    for (let i = 0; i < 10; i += 1) await bench.produce('orders', [`${i}:${'x'.repeat(20_000)}`])
    const consumer = bench.consumer({ reusesMemory: true, maxPartitionBytes: 20_100 })
    consumer.assign([orders])
    const loop = consumer.batches()
    const batch = (await bench.complete(loop.next())).value!
    consumer.seek({ ...orders, offset: 5 })
    await bench.sim.world.runFor(5000)
    expect([...batch][0]!.value!.toString().slice(0, 2)).toBe('0:')
    expect([...(await bench.complete(loop.next())).value!][0]!.offset).toBe(5)
    void loop.return()
  })
})

function firstOf<Given>(batch: ConsumerBatch, give: (cursor: BatchCursor) => Given): Given {
  const cursor = batch.cursor()
  cursor.next()
  return give(cursor)
}
