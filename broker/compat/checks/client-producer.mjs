// Our own client's producer, against whichever broker is the target; what it wrote is read request by request.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { api, batches, errors, records } from '../wire.mjs'
import { WireKit } from './wire-kit.mjs'

const built = new URL('../../../dist/client/index.js', import.meta.url)

export const clientProducer = {
  name: 'client-producer',
  needs: [],
  async run({ broker, report, prefix }) {
    if (!existsSync(built)) throw new Error(`${built.pathname} is missing: build first with \`npm run build\``)
    const { Producer } = await import(built.href)
    const kit = new WireKit(broker, `${prefix}-client`)
    let made = 0
    const producer = options => new Producer({ bootstrap: broker.bootstrap, lingerMs: 1, ...options })
    const transactional = options => producer({ transactionalId: `${prefix}-id-${made++}`, ...options })
    for (const [name, body] of Object.entries(checks)) {
      await report.check(`client-producer/${name}`, () =>
        kit.connected(wire => body({ kit, wire, producer, transactional, group: `${prefix}-group-${made++}` })),
      )
    }
  },
}

const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd']
const checks = {
  ...Object.fromEntries(codecs.map(codec => [`10,000 records, ${codec}: each once and in order`, thousands(codec)])),
  'acks 0 and 1 arrive': fewerAcks,
  'a batch larger than max.message.bytes is split': tooLarge,
  'records of a new partition and of a topic made anew': madeAnew,
  'transactions: committed records are read, aborted ones are not': transactions,
  'transactions: offsets move with them': offsets,
  'transactions: who had the id before is fenced': fencing,
}

function thousands(compression) {
  return async ({ kit, wire, producer }) => {
    const topic = await kit.topic(wire)
    const values = Array.from({ length: 10_000 }, (_, i) => `record ${i} ${'x'.repeat(i % 100)}`)
    const writer = producer({ compression })
    const { count } = await writer.sendBatch(topic.name, values.map(value => ({ key: 'k', value }))) // biome-ignore format: one thought
    await writer.close()
    assert.equal(count, values.length)
    assert.deepEqual(await valuesIn(kit, wire, topic), values)
  }
}

async function fewerAcks({ kit, wire, producer }) {
  const topic = await kit.topic(wire)
  for (const acks of [0, 1]) {
    const writer = producer({ acks })
    await writer.send(topic.name, { value: `${acks}` })
    await writer.close()
  }
  const found = await valuesIn(kit, wire, topic)
  assert.deepEqual(found.sort(), ['0', '1'])
}

async function tooLarge({ kit, wire, producer }) {
  const topic = await kit.topic(wire, 1, { 'max.message.bytes': 1000 })
  const values = Array.from({ length: 200 }, (_, i) => `${i} ${'x'.repeat(50)}`)
  const writer = producer({ batchBytes: 16_384 })
  const sent = await Promise.all(values.map(value => writer.send(topic.name, { value })))
  await assert.rejects(writer.send(topic.name, { value: 'x'.repeat(2000) }), { code: 'MESSAGE_TOO_LARGE' })
  const last = await writer.send(topic.name, { value: 'last' })
  await writer.close()
  assert.deepEqual(sent.map(({ offset }) => offset), values.map((_, i) => i)) // biome-ignore format: one thought
  assert.equal(last.offset, 200)
  assert.deepEqual(await valuesIn(kit, wire, topic), [...values, 'last'])
}

async function madeAnew({ kit, wire, producer }) {
  const topic = await kit.topic(wire)
  const writer = producer({ metadataMaxAgeMs: 200 })
  await writer.send(topic.name, { value: 'a' })
  const added = { topics: [{ name: topic.name, count: 2, assignments: null }], timeoutMs: 10_000 }
  const { results } = await wire.send(api.createPartitions, 3, added)
  assert.equal(results[0].errorCode, errors.NONE.code)
  await eventually(() => writer.send(topic.name, { value: 'b', partition: 1 }))
  await wire.send(api.deleteTopics, 5, { topicNames: [topic.name], timeoutMs: 10_000 })
  const again = await eventually(async () => {
    const created = { topics: [{ name: topic.name, numPartitions: 2, replicationFactor: 1 }] }
    const answer = await wire.send(api.createTopics, 7, created)
    assert.equal(answer.topics[0].errorCode, errors.NONE.code)
    return { name: topic.name, id: answer.topics[0].topicId }
  })
  const sent = await writer.send(topic.name, { value: 'c', partition: 0 })
  await writer.close()
  assert.equal(sent.offset, 0)
  assert.deepEqual(await valuesIn(kit, wire, again), ['c'])
}

async function transactions({ kit, wire, transactional }) {
  const topic = await kit.topic(wire, 2)
  const writer = transactional()
  for (const [i, isCommitted] of [true, false, true, false, true].entries()) {
    const tx = await writer.begin()
    await Promise.all([0, 1].map(partition => tx.send(topic.name, { value: `${i}`, partition })))
    await (isCommitted ? tx.commit() : tx.abort())
  }
  await writer.close()
  for (const partition of [0, 1]) {
    await eventually(async () => assert.deepEqual(await committedIn(wire, topic, partition), ['0', '2', '4']))
  }
}

async function offsets({ kit, wire, transactional, group }) {
  const topic = await kit.topic(wire)
  const writer = transactional()
  for (const [offset, isCommitted] of [
    [5, true],
    [9, false],
  ]) {
    // biome-ignore format: a table
    const tx = await writer.begin()
    await tx.send(topic.name, { value: `${offset}` })
    await tx.sendOffsets([{ topic: topic.name, partition: 0, offset }], group)
    await (isCommitted ? tx.commit() : tx.abort())
  }
  const member = { groupId: group, generationId: 3, memberId: 'nobody' }
  const tx = await writer.begin()
  await assert.rejects(tx.sendOffsets([{ topic: topic.name, partition: 0, offset: 1 }], member), { remedy: 'abort' })
  await tx.abort()
  await (await writer.begin()).commit()
  await writer.close()
  const groups = [{ groupId: group, topics: [{ name: topic.name, partitionIndexes: [0] }] }]
  const answer = await wire.send(api.offsetFetch, 9, { groups, requireStable: true })
  assert.equal(Number(answer.groups[0].topics[0].partitions[0].committedOffset), 5)
}

async function fencing({ kit, wire, transactional }) {
  const topic = await kit.topic(wire)
  const transactionalId = `${topic.name}-id`
  const [old, next] = [transactional({ transactionalId }), transactional({ transactionalId })]
  const tx = await old.begin()
  await tx.send(topic.name, { value: 'old' })
  const other = await next.begin()
  await assert.rejects(tx.commit(), { code: 'PRODUCER_FENCED', remedy: 'new producer' })
  await other.send(topic.name, { value: 'new' })
  await other.commit()
  await Promise.all([old.close(), next.close()])
  // Kafka answers the commit before its markers are written.
  await eventually(async () => assert.deepEqual(await committedIn(wire, topic, 0), ['new']))
}

/** All values of partition 0. */
async function valuesIn(kit, wire, topic) {
  const values = []
  for (;;) {
    const { records: bytes } = await kit.fetch(wire, topic, values.length, { maxWaitMs: 10, minBytes: 0 })
    const before = values.length
    for (const batch of batches(bytes ?? Buffer.alloc(0))) {
      for (const { offset, value } of records(batch)) if (offset === values.length) values.push(`${value}`)
    }
    if (values.length === before) return values
  }
}

/** What a reader of committed records sees. All of it fits in one answer, and each producer has one id here. */
async function committedIn(wire, topic, partition) {
  const asked = { maxWaitMs: 10, minBytes: 0, maxBytes: 1_000_000, isolationLevel: 1 }
  const partitions = [{ partition, fetchOffset: 0, partitionMaxBytes: 1_000_000, currentLeaderEpoch: -1 }]
  const answer = await wire.send(api.fetch, 17, { ...asked, topics: [{ topicId: topic.id, partitions }] })
  const { records: bytes, abortedTransactions } = answer.responses[0].partitions[0]
  const begins = new Set((abortedTransactions ?? []).map(({ firstOffset }) => Number(firstOffset)))
  const values = []
  let isAborted = false
  for (const batch of batches(bytes ?? Buffer.alloc(0))) {
    const isMarker = (batch[22] & 0x20) !== 0
    for (const { offset, value } of isMarker ? [] : records(batch)) {
      isAborted ||= begins.has(Number(offset))
      if (!isAborted) values.push(`${value}`)
    }
    if (isMarker) isAborted = false
  }
  return values
}

async function eventually(attempt) {
  for (let tries = 0; ; tries++) {
    try {
      return await attempt()
    } catch (error) {
      if (tries === 50) throw error
      await new Promise(resolve => setTimeout(resolve, 100))
    }
  }
}
