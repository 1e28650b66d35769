// Where reading begins and goes on: seek, reset, times, pauses, a log that was trimmed or compacted.

import assert from 'node:assert/strict'
import { wait } from '../resilience/wait.ts'
import type { CheckContext, ClientCheck } from './check.ts'
import {
  eventually,
  everyPartition,
  newTopic,
  next,
  read,
  rejectsWith,
  throughout,
  valuesOf,
  withAdmin,
  withConsumer,
  withProducer,
  write,
} from './clients.ts'

const numbers = (count: number, from = 0) => Array.from({ length: count }, (_, index) => `${from + index}`)

const seeks: ClientCheck = {
  name: 'reading/seek goes back and on, also to the beginning and the end, and what was fetched before does not show',
  async run(context) {
    const topic = await newTopic(context)
    const at = { topic, partition: 0 }
    await write(context, topic, numbers(500))
    await withConsumer(context, {}, async consumer => {
      consumer.assign([{ ...at, offset: 100 }])
      assert.deepEqual(valuesOf(await next(context, consumer, 3)), ['100', '101', '102'])
      assert.equal(consumer.position(at), 103)
      consumer.seek({ ...at, offset: 7 })
      assert.deepEqual(valuesOf(await next(context, consumer, 2)), ['7', '8'])
      consumer.seek({ ...at, offset: 490 })
      assert.deepEqual(valuesOf(await next(context, consumer, 10)), numbers(10, 490))
      consumer.seekToBeginning()
      assert.deepEqual(valuesOf(await next(context, consumer, 1)), ['0'])
      consumer.seekToEnd()
      await eventually(
        context,
        () => consumer.position(at),
        position => assert.equal(position, 500),
      )
      const behind = next(context, consumer, 1)
      await write(context, topic, ['behind the end'])
      assert.deepEqual(valuesOf(await behind), ['behind the end'])
      assert.throws(() => consumer.seek({ topic, partition: 1, offset: 0 }), { code: 'NOT_ASSIGNED' })
    })
  },
}

const pauses: ClientCheck = {
  name: 'reading/a paused partition is not read, the others are; resumed, it goes on where it was',
  async run(context) {
    const topic = await newTopic(context, { partitions: 2 })
    const [paused, other] = [
      { topic, partition: 0 },
      { topic, partition: 1 },
    ]
    const both = (values: readonly string[]) =>
      [0, 1].flatMap(partition => values.map(value => ({ partition, value: `${partition}:${value}` })))
    await write(context, topic, both(['a', 'b']))
    await withConsumer(context, {}, async consumer => {
      consumer.assign(everyPartition(topic, 2))
      assert.deepEqual(valuesOf(await next(context, consumer, 4)).sort(), ['0:a', '0:b', '1:a', '1:b'])
      consumer.pause([paused])
      await write(context, topic, both(['c', 'd']))
      assert.deepEqual(valuesOf(await next(context, consumer, 2)), ['1:c', '1:d'])
      assert.deepEqual([consumer.paused, consumer.position(paused), consumer.position(other)], [[paused], 2, 4])
      let hasCome = false
      const rest = next(context, consumer, 2)
      void rest.then(() => {
        hasCome = true
      })
      await throughout(context, 700, () => assert.equal(hasCome, false))
      consumer.resume([paused])
      assert.deepEqual(valuesOf(await rest), ['0:c', '0:d'])
    })
  },
}

const times: ClientCheck = {
  name: 'reading/offsets for times: the first record that is not older, none behind the last',
  async run(context) {
    const topic = await newTopic(context, { partitions: 2 })
    const startMs = 1_790_000_000_000
    const records = numbers(100).map((value, index) => ({ partition: 0, value, timestamp: startMs + index * 1000 }))
    await write(context, topic, records)
    const ask = (timestamp: number) => ({ topic, partition: 0, timestamp })
    await withConsumer(context, {}, async consumer => {
      for (const [timestamp, offset] of [
        [startMs - 5, 0],
        [startMs, 0],
        [startMs + 41_999, 42],
        [startMs + 42_000, 42],
        [startMs + 42_001, 43],
      ] as const) {
        // biome-ignore format: a table
        const [found] = await consumer.offsetsForTimes([ask(timestamp)])
        assert.deepEqual([found?.offset, Number(found?.timestamp)], [offset, startMs + offset * 1000])
      }
      assert.deepEqual(await consumer.offsetsForTimes([ask(startMs + 99_001)]), [])
      assert.deepEqual(await consumer.offsetsForTimes([{ topic, partition: 1, timestamp: startMs }]), [])
      const partitions = [0, 1].map(partition => ({ topic, partition }))
      assert.deepEqual((await consumer.beginningOffsets(partitions)).map(({ offset }) => offset), [0, 0]) // biome-ignore format: one thought
      assert.deepEqual((await consumer.endOffsets(partitions)).map(({ offset }) => offset), [100, 0]) // biome-ignore format: one thought
    })
  },
}

const trimmed: ClientCheck = {
  name: 'reading/where records were deleted, reading goes on at the first that is left, or says that it cannot',
  async run(context) {
    const topic = await newTopic(context)
    const at = { topic, partition: 0 }
    await write(context, topic, numbers(20))
    await withAdmin(context, async admin => {
      assert.equal(Number((await admin.records.delete({ ...at, before: 12 })).lowWatermark), 12)
      await rejectsWith(admin.records.delete({ ...at, before: 21 }), 'OFFSET_OUT_OF_RANGE')
    })
    await withConsumer(context, {}, async consumer => {
      const resets: unknown[] = []
      consumer.events.on('reset', reset => resets.push(reset))
      consumer.assign([{ ...at, offset: 3 }])
      assert.deepEqual(valuesOf(await next(context, consumer, 8)), numbers(8, 12))
      assert.deepEqual(resets, [{ ...at, from: 3, to: 'earliest', offset: 12 }])
      assert.deepEqual((await consumer.beginningOffsets([at]))[0]?.offset, 12)
    })
    await withConsumer(context, { resetPolicy: 'none' }, async consumer => {
      consumer.assign([{ ...at, offset: 3 }])
      await rejectsWith(next(context, consumer, 1), 'OFFSET_OUT_OF_RANGE', at)
    })
    await withConsumer(context, { resetPolicy: 'latest' }, async consumer => {
      consumer.assign([{ ...at, offset: 3 }])
      const behind = next(context, consumer, 1)
      await eventually(
        context,
        () => consumer.position(at),
        position => assert.equal(position, 20),
      )
      await write(context, topic, ['behind'])
      assert.deepEqual(valuesOf(await behind), ['behind'])
    })
  },
}

const keyCount = 5

/** The last value of each key at its own offset; tombstones may still be there. */
const compacted: ClientCheck = {
  name: 'reading/a compacted topic: each key’s last value at its own offset, holes are no trouble, nor a seek into one',
  async run(context) {
    const configs = {
      'cleanup.policy': 'compact',
      'segment.ms': '200',
      'min.cleanable.dirty.ratio': '0.01',
      'max.compaction.lag.ms': '500',
    }
    const topic = await newTopic(context, { configs })
    const at = { topic, partition: 0 }
    const rounds = 8
    await withProducer(context, {}, async producer => {
      for (let round = 0; round < rounds; round++) {
        const keys = Array.from({ length: keyCount }, (_, key) => `key-${key}`)
        await Promise.all(keys.map(key => producer.send(topic, { key, value: `${key}:${round}` })))
        await wait(context.world.clock, 250)
      }
    })
    await rejectsWith(write(context, topic, [{ key: null, value: 'without a key' }]), 'INVALID_RECORD')
    const end = rounds * keyCount
    const left = await eventually(context, () => readAll(context, topic, end), isCompacted)
    const newest = new Map(left.map(record => [record.key, record]))
    for (let key = 0; key < keyCount; key++) {
      const offset = (rounds - 1) * keyCount + key
      assert.deepEqual(newest.get(`key-${key}`), { key: `key-${key}`, value: `key-${key}:${rounds - 1}`, offset })
    }
    // Into a hole: the next record that is left.
    const hole = Array.from({ length: end }, (_, offset) => offset).find(
      each => !left.some(({ offset }) => offset === each),
    )
    const [found] = await read(context, [{ ...at, offset: hole! }], 1)
    assert.ok(
      left.some(({ offset }) => offset > hole! && offset === found!.offset),
      `${found!.offset} after ${hole}`,
    )
  },
}

interface Kept {
  readonly key: string
  readonly value: string
  readonly offset: number
}

function isCompacted(left: readonly Kept[]): void {
  assert.ok(left.length < 3 * keyCount, `${left.length} records are left`)
  const offsets = left.map(({ offset }) => offset)
  assert.deepEqual(offsets, [...offsets].sort((a, b) => a - b)) // biome-ignore format: one thought
}

async function readAll(context: CheckContext, topic: string, end: number): Promise<Kept[]> {
  const kept: Kept[] = []
  await withConsumer(context, {}, async consumer => {
    consumer.assign([{ topic, partition: 0, offset: 'earliest' }])
    for await (const batch of consumer) {
      for (const { key, value, offset } of batch) kept.push({ key: String(key), value: String(value), offset })
      if (batch.nextOffset >= end) break
    }
  })
  return kept
}

const committedWins: ClientCheck = {
  name: 'reading/without a committed offset the reset policy decides, with one it does not',
  async run(context) {
    const topic = await newTopic(context)
    const at = { topic, partition: 0 }
    await write(context, topic, numbers(10))
    const group = context.newName('group')
    await withConsumer(context, { group, resetPolicy: 'none' }, async consumer => {
      consumer.assign([at])
      await rejectsWith(next(context, consumer, 1), 'NO_OFFSET_FOR_PARTITION')
      await consumer.commit([{ ...at, offset: 4 }])
    })
    for (const resetPolicy of ['none', 'earliest', 'latest'] as const) {
      await withConsumer(context, { group, resetPolicy, autoCommit: false }, async consumer => {
        consumer.assign([at])
        assert.equal((await next(context, consumer, 1))[0]?.offset, 4)
      })
    }
  },
}

const twoAtATime: ClientCheck = {
  name: 'reading/sixty partitions by batches: all is read once, each partition in order',
  async run(context) {
    const partitions = 60
    const topic = await newTopic(context, { partitions, replicationFactor: 1 })
    const each = 30
    const records = Array.from({ length: partitions * each }, (_, index) => {
      return { partition: index % partitions, value: `${Math.floor(index / partitions)}` }
    })
    await write(context, topic, records)
    const seen = new Map<number, string[]>()
    await withConsumer(context, { maxPartitionBytes: 100, maxBytes: 2000 }, async consumer => {
      consumer.assign(everyPartition(topic, partitions))
      let count = 0
      for await (const batch of consumer) {
        for (const { partition, value } of batch) {
          seen.set(partition, [...(seen.get(partition) ?? []), String(value)])
          count += 1
        }
        if (count === partitions * each) break
      }
    })
    for (let partition = 0; partition < partitions; partition++) assert.deepEqual(seen.get(partition), numbers(each))
  },
}

export const readingChecks: readonly ClientCheck[] = [
  seeks,
  pauses,
  times,
  trimmed,
  compacted,
  committedWins,
  twoAtATime,
]
