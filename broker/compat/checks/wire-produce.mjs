// Produce and idempotence on the wire: what no client library does, but any could.
import assert from 'node:assert/strict'
import { api, batches, buildBatch, computedCrcOf, requestFrame } from '../wire.mjs'
import { batchOf, isError } from './wire-kit.mjs'

export const produceChecks = {
  'produce: offsets and leader epoch are stamped into the batch': stamped,
  'produce: a wrong CRC is CORRUPT_MESSAGE and appends nothing': wrongCrc,
  'produce: records that do not parse are refused and append nothing': unparsable,
  'produce: magic 0 and 1 are refused': oldMagic,
  'produce: acks that do not exist': wrongAcks,
  'produce: acks 0 is never answered': noAcks,
  'produce: unknown topic, partition and topic id': unknownPartition,
  'produce: two batches for one partition are refused': twoBatches,
  'produce: no records at all': noRecords,
  'produce: one bad partition does not fail the good ones': oneBadAmongGood,
  'produce: a batch larger than max.message.bytes is MESSAGE_TOO_LARGE': tooLarge,
  'produce: keyless records are named one by one': keyless,
  'idempotent: a repeated batch is acknowledged again, at its first offset': duplicate,
  'idempotent: five batches back are known, the sixth is not': fiveBatches,
  'idempotent: a gap is OUT_OF_ORDER_SEQUENCE_NUMBER': outOfOrder,
  'idempotent: an older epoch is fenced': fenced,
}

async function stamped(kit) {
  await kit.connected(async wire => {
    const topic = await kit.topic(wire)
    await kit.produce(wire, topic, batchOf(3))
    isError(
      (await kit.produce(wire, topic, batchOf(2, { baseOffset: 900 }))).errorCode,
      'INVALID_RECORD',
      'offsets are not for a producer to give',
    )
    const answer = await kit.produce(wire, topic, batchOf(2, { partitionLeaderEpoch: 44 }))
    isError(answer.errorCode, 'NONE')
    assert.deepEqual(
      [Number(answer.baseOffset), Number(answer.logAppendTimeMs), Number(answer.logStartOffset)],
      [3, -1, 0],
    )
    const fetched = await kit.fetch(wire, topic, 0)
    assert.deepEqual(kit.contents(fetched), [[0, 'v0'], [1, 'v1'], [2, 'v2'], [3, 'v0'], [4, 'v1']]) // biome-ignore format: a table
    assert.deepEqual(
      [...batches(fetched.records)].map(batch => batch.readInt32BE(12)),
      [0, 0],
      'leader epochs',
    )
    assert.equal(Number(fetched.highWatermark), 5)
    assert.equal(Number(fetched.lastStableOffset), 5)
  })
}

async function refused(kit, wire, topic, bytes, name, options) {
  const answer = await kit.produce(wire, topic, bytes, options)
  isError(answer.errorCode, name)
  assert.equal(await kit.endOffset(wire, topic), 0, 'something was appended')
  return answer
}

async function wrongCrc(kit) {
  await kit.connected(async wire => {
    const topic = await kit.topic(wire)
    const bytes = batchOf(3)
    bytes[bytes.length - 2] ^= 1
    await refused(kit, wire, topic, bytes, 'CORRUPT_MESSAGE')
  })
}

/** Rewrites the CRC after a change, so that it is the change itself that is judged. */
function resealed(bytes) {
  bytes.writeUInt32BE(computedCrcOf(bytes), 17)
  return bytes
}

async function unparsable(kit) {
  await kit.connected(async wire => {
    const topic = await kit.topic(wire)
    const countTooHigh = batchOf(3)
    countTooHigh.writeInt32BE(5, 57)
    await refused(kit, wire, topic, resealed(countTooHigh), 'INVALID_RECORD')
    const lengthWrong = batchOf(3)
    lengthWrong[61] += 20
    await refused(kit, wire, topic, resealed(lengthWrong), 'INVALID_RECORD')
    const lastDelta = batchOf(3)
    lastDelta.writeInt32BE(7, 23)
    await refused(kit, wire, topic, resealed(lastDelta), 'INVALID_RECORD')
    const control = batchOf(1, { control: true })
    await refused(kit, wire, topic, control, 'INVALID_RECORD')
    const cut = batchOf(3)
    await refused(kit, wire, topic, cut.subarray(0, cut.length - 5), 'INVALID_RECORD')
  })
}

async function oldMagic(kit) {
  await kit.connected(async wire => {
    const topic = await kit.topic(wire)
    for (const magic of [0, 1]) {
      const bytes = batchOf(1)
      bytes[16] = magic
      await refused(kit, wire, topic, bytes, 'INVALID_RECORD')
    }
  })
}

async function wrongAcks(kit) {
  await kit.connected(async wire => {
    const topic = await kit.topic(wire)
    for (const acks of [2, -2]) await refused(kit, wire, topic, batchOf(1), 'INVALID_REQUIRED_ACKS', { acks })
  })
}

async function noAcks(kit) {
  await kit.connected(async wire => {
    const topic = await kit.topic(wire)
    const before = wire.answered.length
    const topicData = [{ name: topic.name, partitionData: [{ index: 0, records: batchOf(2) }] }]
    wire.write(requestFrame(api.produce, 9, 4242, { acks: 0, timeoutMs: 1000, topicData }))
    await wire.send(api.apiVersions, 0, {})
    assert.equal(wire.answered.length, before + 1, 'one answer, to the request behind it')
    assert.equal(await kit.endOffset(wire, topic), 2)
  })
}

async function unknownPartition(kit) {
  await kit.connected(async wire => {
    const topic = await kit.topic(wire)
    const missing = { name: kit.name('missing'), id: 'AAAAAAAAAAAAAAAAAAAAmQ' }
    isError((await kit.produce(wire, missing, batchOf(1))).errorCode, 'UNKNOWN_TOPIC_OR_PARTITION')
    isError((await kit.produce(wire, missing, batchOf(1), { version: 13 })).errorCode, 'UNKNOWN_TOPIC_ID')
    isError((await kit.produce(wire, topic, batchOf(1), { partition: 7 })).errorCode, 'UNKNOWN_TOPIC_OR_PARTITION')
    isError((await kit.produce(wire, topic, batchOf(1), { version: 13 })).errorCode, 'NONE')
  })
}

async function twoBatches(kit) {
  await kit.connected(async wire => {
    const topic = await kit.topic(wire)
    const bytes = Buffer.concat([batchOf(1), batchOf(1)])
    await refused(kit, wire, topic, bytes, 'INVALID_RECORD')
  })
}

async function noRecords(kit) {
  await kit.connected(async wire => {
    const topic = await kit.topic(wire)
    await refused(kit, wire, topic, Buffer.alloc(0), 'INVALID_RECORD')
  })
}

async function oneBadAmongGood(kit) {
  await kit.connected(async wire => {
    const topic = await kit.topic(wire, 2)
    const bad = batchOf(1)
    bad[bad.length - 1] ^= 1
    const partitionData = [{ index: 0, records: bad }, { index: 1, records: batchOf(4) }, { index: 9, records: batchOf(1) }] // biome-ignore format: a table
    const answer = await wire.send(api.produce, 12, {
      acks: -1,
      timeoutMs: 5000,
      topicData: [{ name: topic.name, partitionData }],
    })
    const codes = new Map(answer.responses[0].partitionResponses.map(each => [each.index, each.errorCode]))
    isError(codes.get(0), 'CORRUPT_MESSAGE')
    isError(codes.get(1), 'NONE')
    isError(codes.get(9), 'UNKNOWN_TOPIC_OR_PARTITION')
    assert.equal(await kit.endOffset(wire, topic, 1), 4)
  })
}

async function tooLarge(kit) {
  await kit.connected(async wire => {
    const topic = await kit.topic(wire, 1, { 'max.message.bytes': 200 })
    const fitting = buildBatch([{ value: Buffer.alloc(100) }])
    const value = Buffer.alloc(100 + 200 - fitting.length - 1) // two length bytes from 64 on, so the sizes differ by the value's alone
    const exact = buildBatch([{ value: Buffer.alloc(100 + 200 - fitting.length) }])
    await refused(kit, wire, topic, buildBatch([{ value: Buffer.alloc(value.length + 2) }]), 'MESSAGE_TOO_LARGE')
    assert.equal(exact.length, 200)
    isError((await kit.produce(wire, topic, exact)).errorCode, 'NONE', 'exactly max.message.bytes')
  })
}

async function keyless(kit) {
  await kit.connected(async wire => {
    const topic = await kit.topic(wire, 1, { 'cleanup.policy': 'compact' })
    const keyed = key => ({ key: key === null ? null : Buffer.from(key), value: Buffer.from('v') })
    const answer = await refused(
      kit,
      wire,
      topic,
      buildBatch([keyed('a'), keyed(null), keyed('b'), keyed(null)]),
      'INVALID_RECORD',
    )
    assert.deepEqual(
      answer.recordErrors.map(each => each.batchIndex),
      [1, 3],
    )
    assert.match(answer.recordErrors[0].batchIndexErrorMessage, /without (a )?key/)
    isError(
      (await kit.produce(wire, topic, buildBatch([keyed('a'), keyed('')]))).errorCode,
      'NONE',
      'an empty key is a key',
    )
  })
}

async function producer(wire) {
  const answer = await wire.send(api.initProducerId, 4, { transactionalId: null, transactionTimeoutMs: 60_000 })
  isError(answer.errorCode, 'NONE')
  assert.equal(answer.producerEpoch, 0)
  return { producerId: answer.producerId, producerEpoch: 0 }
}

async function duplicate(kit) {
  await kit.connected(async wire => {
    const topic = await kit.topic(wire)
    const identity = await producer(wire)
    const first = batchOf(3, { ...identity, baseSequence: 0 })
    assert.equal(Number((await kit.produce(wire, topic, first)).baseOffset), 0)
    assert.equal(Number((await kit.produce(wire, topic, batchOf(2, { ...identity, baseSequence: 3 }))).baseOffset), 3)
    const again = await kit.produce(wire, topic, first)
    isError(again.errorCode, 'NONE')
    assert.equal(Number(again.baseOffset), 0)
    assert.equal(await kit.endOffset(wire, topic), 5)
  })
}

async function fiveBatches(kit) {
  await kit.connected(async wire => {
    const topic = await kit.topic(wire)
    const identity = await producer(wire)
    const sent = Array.from({ length: 6 }, (_, i) => batchOf(1, { ...identity, baseSequence: i }))
    for (const bytes of sent) isError((await kit.produce(wire, topic, bytes)).errorCode, 'NONE')
    for (const [i, bytes] of sent.entries()) {
      if (i === 0) continue
      const answer = await kit.produce(wire, topic, bytes)
      isError(answer.errorCode, 'NONE', `batch ${i}`)
      assert.equal(Number(answer.baseOffset), i)
    }
    isError((await kit.produce(wire, topic, sent[0])).errorCode, 'OUT_OF_ORDER_SEQUENCE_NUMBER')
    assert.equal(await kit.endOffset(wire, topic), 6)
  })
}

async function outOfOrder(kit) {
  await kit.connected(async wire => {
    const topic = await kit.topic(wire)
    const identity = await producer(wire)
    isError((await kit.produce(wire, topic, batchOf(2, { ...identity, baseSequence: 0 }))).errorCode, 'NONE')
    isError(
      (await kit.produce(wire, topic, batchOf(1, { ...identity, baseSequence: 5 }))).errorCode,
      'OUT_OF_ORDER_SEQUENCE_NUMBER',
    )
    assert.equal(await kit.endOffset(wire, topic), 2)
    isError((await kit.produce(wire, topic, batchOf(1, { ...identity, baseSequence: 2 }))).errorCode, 'NONE')
  })
}

async function fenced(kit) {
  await kit.connected(async wire => {
    const topic = await kit.topic(wire)
    const identity = await producer(wire)
    isError((await kit.produce(wire, topic, batchOf(1, { ...identity, baseSequence: 0 }))).errorCode, 'NONE')
    const bumped = await wire.send(api.initProducerId, 4, {
      transactionalId: null,
      transactionTimeoutMs: 60_000,
      ...identity,
    })
    isError(bumped.errorCode, 'NONE')
    const next = { producerId: identity.producerId, producerEpoch: 1 }
    isError((await kit.produce(wire, topic, batchOf(1, { ...next, baseSequence: 0 }))).errorCode, 'NONE')
    isError(
      (await kit.produce(wire, topic, batchOf(1, { ...identity, baseSequence: 1 }))).errorCode,
      'INVALID_PRODUCER_EPOCH',
    )
    assert.equal(await kit.endOffset(wire, topic), 2)
  })
}
