// What producers write: shapes of records, sizes, partitions, acknowledgements, order.

import assert from 'node:assert/strict'
import type { ClientCheck } from './check.ts'
import { eventually, newTopic, read, rejectsWith, valuesOf, withAdmin, withProducer, write } from './clients.ts'

const shapes: ClientCheck = {
  name: 'writing/keys, values and headers come back as they are: null, empty, bytes, the same header twice, text beyond ASCII',
  async run(context) {
    const topic = await newTopic(context)
    const bytes = Buffer.from([0, 255, 128, 10, 13])
    const headers = [
      { key: 'twice', value: 'first' },
      { key: 'twice', value: 'second' },
      { key: 'none', value: null },
      { key: 'empty', value: '' },
      { key: 'grün', value: bytes },
    ]
    await write(context, topic, [
      { key: null, value: null },
      { key: '', value: '' },
      { key: bytes, value: bytes, headers },
      { key: 'schlüssel', value: '値'.repeat(1000) },
    ])
    const [nothing, empty, binary, text] = await read(context, [{ topic, partition: 0, offset: 'earliest' }], 4)
    assert.deepEqual([nothing!.key, nothing!.value, nothing!.headers], [null, null, []])
    assert.deepEqual([empty!.key?.length, empty!.value?.length], [0, 0])
    assert.deepEqual([binary!.key, binary!.value], [bytes, bytes])
    const told = binary!.headers.map(({ key, value }) => [key, value && Buffer.from(value).toString('hex')])
    const expected = headers.map(({ key, value }) => [key, value && Buffer.from(value).toString('hex')])
    assert.deepEqual(told, expected.map(([key, value]) => [key, value === '' ? '' : value])) // biome-ignore format: one thought
    assert.equal(binary!.header('twice')?.value?.toString(), 'second')
    assert.deepEqual([String(text!.key), String(text!.value)], ['schlüssel', '値'.repeat(1000)])
  },
}

/** Nothing that a codec could make smaller. */
function noise(bytes: number): Buffer {
  const buffer = Buffer.alloc(bytes)
  for (let index = 0, state = 1; index < bytes; index++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    buffer[index] = state >>> 24
  }
  return buffer
}

const mebibyte = 1024 * 1024

const bigRecords: ClientCheck = {
  name: 'writing/a record of 5 MiB is written and read, also where a fetch asks for less; one too large is refused by its own name',
  async run(context) {
    const topic = await newTopic(context, { configs: { 'max.message.bytes': String(6 * mebibyte) } })
    const value = noise(5 * mebibyte)
    const options = { maxRequestBytes: 16 * mebibyte }
    await write(context, topic, ['before', { value }, 'behind'], options)
    const at = { topic, partition: 0, offset: 'earliest' as const }
    const records = await read(context, [at], 3, { maxPartitionBytes: 1000, maxBytes: 5000 })
    assert.deepEqual(records.map(record => record.value?.length), [6, 5 * mebibyte, 6]) // biome-ignore format: one thought
    assert.ok(records[1]!.value!.equals(value))
    await rejectsWith(write(context, topic, [{ value: noise(7 * mebibyte) }], options), 'MESSAGE_TOO_LARGE', { topic })
    await rejectsWith(write(context, topic, [{ value }]), 'MESSAGE_TOO_LARGE')
    assert.deepEqual(valuesOf(await read(context, [{ ...at, offset: 2 }], 1)), ['behind'])
  },
}

const mixedCodecs: ClientCheck = {
  name: 'writing/batches of all codecs, side by side in one partition, are read as one log',
  async run(context) {
    const topic = await newTopic(context)
    const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const
    for (const compression of codecs) {
      await write(context, topic, Array.from({ length: 50 }, (_, index) => `${compression} ${index} ${'x'.repeat(200)}`), { compression }) // biome-ignore format: one thought
    }
    const records = await read(context, [{ topic, partition: 0, offset: 'earliest' }], 250)
    assert.deepEqual(records.map(({ offset }) => offset), Array.from({ length: 250 }, (_, offset) => offset)) // biome-ignore format: one thought
    assert.deepEqual(
      records.map(({ value }) => String(value).split(' ')[0]),
      codecs.flatMap(codec => Array.from({ length: 50 }, () => codec)),
    )
  },
}

const keysHaveTheirPartition: ClientCheck = {
  name: 'writing/a key’s partition is the one that Java would choose, whoever writes',
  async run(context) {
    const topic = await newTopic(context, { partitions: 6 })
    // By Kafka 4.3.0: BuiltInPartitioner.partitionForKey.
    const known = { a: 4, b: 2, c: 4, 'customer-7': 1, '': 3, schlüssel: 0 }
    for (let time = 0; time < 2; time++) {
      await withProducer(context, {}, async producer => {
        const sent = Object.keys(known).map(async key => [
          key,
          (await producer.send(topic, { key, value: 'x' })).partition,
        ])
        assert.deepEqual(Object.fromEntries(await Promise.all(sent)), known)
      })
    }
  },
}

const acknowledgements: ClientCheck = {
  name: 'writing/with acknowledgements of all, of the leader, of nobody, and in batches: all is there, in order',
  async run(context) {
    for (const acks of ['all', 1, 0] as const) {
      const topic = await newTopic(context)
      const values = Array.from({ length: 300 }, (_, index) => `${index}`)
      await withProducer(context, { acks }, async producer => {
        const result = await producer.sendBatch(topic, values.map(value => ({ value }))) // biome-ignore format: one thought
        assert.equal(result.count, 300)
      })
      const records = await read(context, [{ topic, partition: 0, offset: 'earliest' }], 300)
      assert.deepEqual(valuesOf(records), values)
    }
  },
}

const orderIsKept: ClientCheck = {
  name: 'writing/twenty thousand records without waiting for any: each once, in order, five requests under way',
  async run(context) {
    const topic = await newTopic(context, { partitions: 3 })
    const count = 20_000
    await withProducer(context, { lingerMs: 0, batchBytes: 2048 }, async producer => {
      const sent = Array.from({ length: count }, (_, index) =>
        producer.send(topic, { partition: index % 3, value: `${index}` }),
      )
      for (const [index, { partition, offset }] of (await Promise.all(sent)).entries()) {
        assert.deepEqual([partition, offset], [index % 3, Math.floor(index / 3)])
      }
    })
    for (let partition = 0; partition < 3; partition++) {
      const values = Array.from(
        { length: Math.ceil((count - partition) / 3) },
        (_, index) => `${index * 3 + partition}`,
      )
      const records = await read(context, [{ topic, partition, offset: 'earliest' }], values.length)
      assert.deepEqual(valuesOf(records), values)
    }
  },
}

const brokersTime: ClientCheck = {
  name: 'writing/where the topic says so, records have the broker’s time, and the producer is told',
  async run(context) {
    const topic = await newTopic(context, { configs: { 'message.timestamp.type': 'LogAppendTime' } })
    const before = context.world.clock.now()
    const { timestampMs } = await withProducer(context, {}, producer =>
      producer.send(topic, { value: 'x', timestamp: 5 }),
    )
    const [record] = await read(context, [{ topic, partition: 0, offset: 'earliest' }], 1)
    assert.equal(Number(record!.timestamp), Number(timestampMs))
    assert.ok(Number(timestampMs) > before - 10_000, `${timestampMs} is no time of the broker's`)
  },
}

const refusals: ClientCheck = {
  name: 'writing/a topic or partition that is not there is told, by its code, and what comes after it is written',
  async run(context) {
    const topic = await newTopic(context)
    await withProducer(context, { maxBlockMs: 2000 }, async producer => {
      const nowhere = context.newName('nowhere')
      await rejectsWith(producer.send(nowhere, { value: 'x' }), 'DEADLINE_EXCEEDED')
      await rejectsWith(producer.send('not a name', { value: 'x' }), 'INVALID_TOPIC_EXCEPTION')
      await rejectsWith(producer.send(topic, { partition: 7, value: 'x' }), 'INVALID_ARGUMENT')
      assert.equal((await producer.send(topic, { value: 'x' })).offset, 0)
    })
  },
}

const morePartitions: ClientCheck = {
  name: 'writing/partitions that are added while a producer runs are written to',
  async run(context) {
    const topic = await newTopic(context)
    await withProducer(context, { metadataMaxAgeMs: 500 }, async producer => {
      await producer.send(topic, { value: 'first' })
      await withAdmin(context, admin => admin.topics.addPartitions(topic, 2))
      await eventually(
        context,
        () => producer.send(topic, { partition: 1, value: 'second' }),
        ({ partition, offset }) => assert.deepEqual([partition, offset], [1, 0]),
      )
    })
    assert.deepEqual(valuesOf(await read(context, [{ topic, partition: 1, offset: 'earliest' }], 1)), ['second'])
  },
}

export const writingChecks: readonly ClientCheck[] = [
  shapes,
  bigRecords,
  mixedCodecs,
  keysHaveTheirPartition,
  acknowledgements,
  orderIsKept,
  brokersTime,
  refusals,
  morePartitions,
]
