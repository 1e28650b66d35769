// Fetch, ListOffsets and OffsetForLeaderEpoch on the wire: limits, sessions, order, epochs.
import assert from 'node:assert/strict'
import { api, buildBatch, requestFrame } from '../wire.mjs'
import { baseTime, batchOf, isError } from './wire-kit.mjs'

export const fetchChecks = {
  'fetch: an offset inside a batch answers the whole batch': insideBatch,
  'fetch: one batch at least, however small the limit': atLeastOne,
  'fetch: a first batch that does not fit is whole in the first partition, and left out of the others': onlyTheFirst,
  'fetch: limits cut between and inside batches': limits,
  'fetch: offsets out of range': outOfRange,
  'fetch: unknown topics and partitions': fetchUnknown,
  'fetch: sessions send only what is new': sessions,
  'fetch: unknown sessions and wrong epochs': wrongSessions,
  'fetch: leader epochs that are wrong': leaderEpochs,
  'fetch: a parked fetch does not overtake, and is not overtaken': order,
  'offset for leader epoch: the end of an epoch, and unknown ones': epochEnds,
  'list offsets: by time in every codec, the exact record': byTime,
}

async function insideBatch(kit) {
  await kit.connected(async wire => {
    const topic = await kit.topic(wire)
    await kit.produce(wire, topic, batchOf(10))
    await kit.produce(wire, topic, batchOf(10, { compression: 'gzip' }))
    for (const [offset, first] of [
      [0, 0],
      [4, 0],
      [9, 0],
      [10, 10],
      [15, 10],
      [19, 10],
    ]) {
      // biome-ignore format: a table
      const contents = kit.contents(await kit.fetch(wire, topic, offset))
      assert.equal(contents[0][0], first, `fetch at ${offset}`)
      assert.equal(contents.at(-1)[0], 19)
    }
    assert.deepEqual(kit.contents(await kit.fetch(wire, topic, 20, { maxWaitMs: 1 })), [])
  })
}

async function atLeastOne(kit) {
  await kit.connected(async wire => {
    const topic = await kit.topic(wire)
    await kit.produce(wire, topic, batchOf(50))
    await kit.produce(wire, topic, batchOf(50))
    for (const limits of [{ partitionMaxBytes: 1 }, { maxBytes: 1 }, { partitionMaxBytes: 1, maxBytes: 1 }]) {
      const fetched = await kit.fetch(wire, topic, 0, limits)
      assert.equal(kit.contents(fetched).length, 50, JSON.stringify(limits))
    }
  })
}

async function onlyTheFirst(kit) {
  await kit.connected(async wire => {
    const topic = await kit.topic(wire, 3)
    const large = buildBatch([{ value: Buffer.alloc(5000) }])
    for (const partition of [0, 1]) await kit.produce(wire, topic, large, { partition })
    await kit.produce(wire, topic, batchOf(1), { partition: 2 })
    const partitions = [0, 1, 2].map(partition => ({ partition, fetchOffset: 0, partitionMaxBytes: 1000 }))
    const topics = [{ topicId: topic.id, partitions }]
    const answer = await wire.send(api.fetch, 17, { maxWaitMs: 100, minBytes: 1, maxBytes: 1_000_000, topics })
    const sizes = answer.responses[0].partitions.map(partition => partition.records?.length ?? 0)
    assert.deepEqual(sizes, [large.length, 0, batchOf(1).length])
  })
}

async function limits(kit) {
  await kit.connected(async wire => {
    const topic = await kit.topic(wire, 2)
    const bytes = batchOf(20)
    for (const partition of [0, 1]) for (let i = 0; i < 4; i++) await kit.produce(wire, topic, bytes, { partition })
    const both = partitionMaxBytes => [0, 1].map(partition => ({ partition, fetchOffset: 0, partitionMaxBytes }))
    const ask = async (partitionMaxBytes, maxBytes) => {
      const topics = [{ topicId: topic.id, partitions: both(partitionMaxBytes) }]
      const answer = await wire.send(api.fetch, 17, { maxWaitMs: 100, minBytes: 1, maxBytes, topics })
      return answer.responses[0].partitions.map(partition => partition.records?.length ?? 0)
    }
    assert.deepEqual(await ask(bytes.length * 2, 1_000_000), [bytes.length * 2, bytes.length * 2])
    assert.deepEqual(
      await ask(bytes.length * 2 + 5, 1_000_000),
      [bytes.length * 2 + 5, bytes.length * 2 + 5],
      'cut inside a batch, as it lies in the log',
    )
    const [first, second] = await ask(1_000_000, bytes.length * 3)
    assert.deepEqual([first, second], [bytes.length * 3, 0], 'the limit is for the whole answer')
  })
}

async function outOfRange(kit) {
  await kit.connected(async wire => {
    const topic = await kit.topic(wire)
    await kit.produce(wire, topic, batchOf(5))
    for (const offset of [6, 1000, -1])
      isError((await kit.fetch(wire, topic, offset)).errorCode, 'OFFSET_OUT_OF_RANGE', `at ${offset}`)
    await wire.send(api.deleteRecords, 2, {
      topics: [{ name: topic.name, partitions: [{ partitionIndex: 0, offset: 3 }] }],
      timeoutMs: 5000,
    })
    const below = await kit.fetch(wire, topic, 2)
    isError(below.errorCode, 'OFFSET_OUT_OF_RANGE')
    const fetched = await kit.fetch(wire, topic, 3)
    assert.equal(Number(fetched.logStartOffset), 3)
    assert.equal(kit.contents(fetched).at(-1)[0], 4)
  })
}

async function fetchUnknown(kit) {
  await kit.connected(async wire => {
    const topic = await kit.topic(wire)
    isError((await kit.fetch(wire, { name: '', id: 'AAAAAAAAAAAAAAAAAAAAmQ' }, 0)).errorCode, 'UNKNOWN_TOPIC_ID')
    isError(
      (await kit.fetch(wire, { name: kit.name('missing') }, 0, { version: 12 })).errorCode,
      'UNKNOWN_TOPIC_OR_PARTITION',
    )
    isError((await kit.fetch(wire, topic, 0, { partition: 5 })).errorCode, 'UNKNOWN_TOPIC_OR_PARTITION')
  })
}

async function sessions(kit) {
  await kit.connected(async wire => {
    const topic = await kit.topic(wire, 3)
    for (const partition of [0, 1, 2]) await kit.produce(wire, topic, batchOf(2), { partition })
    const at = (partition, fetchOffset) => ({ partition, fetchOffset, partitionMaxBytes: 10_000 })
    const ask = (sessionId, sessionEpoch, partitions, forgotten = []) =>
      wire.send(api.fetch, 17, {
        maxWaitMs: 200, minBytes: 1, sessionId, sessionEpoch,
        topics: partitions.length > 0 ? [{ topicId: topic.id, partitions }] : [],
        forgottenTopicsData: forgotten.length > 0 ? [{ topicId: topic.id, partitions: forgotten }] : [],
      }) // biome-ignore format: the limits belong together
    const indexes = answer => answer.responses.flatMap(each => each.partitions.map(partition => partition.partitionIndex)).sort() // biome-ignore format: one thought
    const first = await ask(0, 0, [at(0, 0), at(1, 0), at(2, 0)])
    isError(first.errorCode, 'NONE')
    assert.notEqual(first.sessionId, 0)
    assert.deepEqual(indexes(first), [0, 1, 2])
    const second = await ask(first.sessionId, 1, [at(0, 2), at(1, 2), at(2, 2)])
    assert.deepEqual(indexes(second), [], 'nothing is new')
    await kit.produce(wire, topic, batchOf(1), { partition: 1 })
    assert.deepEqual(indexes(await ask(first.sessionId, 2, [])), [1], 'the one that has news')
    await kit.produce(wire, topic, batchOf(1), { partition: 2 })
    assert.deepEqual(indexes(await ask(first.sessionId, 3, [at(1, 3)], [2])), [], 'a forgotten one is not sent')
    const closed = await ask(first.sessionId, -1, [at(0, 0)])
    assert.equal(closed.sessionId, 0)
    isError((await ask(first.sessionId, 4, [])).errorCode, 'FETCH_SESSION_ID_NOT_FOUND')
  })
}

async function wrongSessions(kit) {
  await kit.connected(async wire => {
    const topic = await kit.topic(wire)
    const topics = [{ topicId: topic.id, partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1000 }] }]
    const ask = (sessionId, sessionEpoch) =>
      wire.send(api.fetch, 17, { maxWaitMs: 1, minBytes: 0, sessionId, sessionEpoch, topics })
    isError((await ask(123_456_789, 1)).errorCode, 'FETCH_SESSION_ID_NOT_FOUND')
    const { sessionId } = await ask(0, 0)
    isError((await ask(sessionId, 5)).errorCode, 'INVALID_FETCH_SESSION_EPOCH')
    isError((await ask(sessionId, 1)).errorCode, 'NONE', 'a wrong epoch does not end the session')
  })
}

async function leaderEpochs(kit) {
  await kit.connected(async wire => {
    const topic = await kit.topic(wire)
    await kit.produce(wire, topic, batchOf(1))
    isError((await kit.fetch(wire, topic, 0, { leaderEpoch: 0 })).errorCode, 'NONE')
    isError((await kit.fetch(wire, topic, 0, { leaderEpoch: 9 })).errorCode, 'UNKNOWN_LEADER_EPOCH')
    const body = {
      replicaId: -1,
      topics: [{ name: topic.name, partitions: [{ partitionIndex: 0, currentLeaderEpoch: 9, timestamp: -1 }] }],
    }
    isError((await wire.send(api.listOffsets, 7, body)).topics[0].partitions[0].errorCode, 'UNKNOWN_LEADER_EPOCH')
  })
}

async function order(kit) {
  await kit.connected(async wire => {
    const topic = await kit.topic(wire)
    const before = wire.answered.length
    const partitions = [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1000 }]
    const parked = requestFrame(api.fetch, 17, 9001, {
      maxWaitMs: 700,
      minBytes: 1,
      topics: [{ topicId: topic.id, partitions }],
    })
    const startedAt = Date.now()
    wire.write(Buffer.concat([
      parked,
      requestFrame(api.apiVersions, 0, 9002, {}),
      requestFrame(api.metadata, 9, 9003, { topics: [] }),
    ])) // biome-ignore format: one frame a line
    await Promise.all([wire.nextFrame(), wire.nextFrame(), wire.nextFrame()])
    assert.deepEqual(wire.answered.slice(before), [9001, 9002, 9003])
    assert.ok(Date.now() - startedAt >= 600, 'the fetch waited')
  })
}

async function epochEnds(kit) {
  await kit.connected(async wire => {
    const topic = await kit.topic(wire)
    await kit.produce(wire, topic, batchOf(6))
    const ask = async leaderEpoch => {
      const partitions = [{ partition: 0, currentLeaderEpoch: -1, leaderEpoch }]
      const answer = await wire.send(api.offsetForLeaderEpoch, 4, {
        replicaId: -1,
        topics: [{ topic: topic.name, partitions }],
      })
      const { errorCode, leaderEpoch: found, endOffset } = answer.topics[0].partitions[0]
      isError(errorCode, 'NONE')
      return [found, Number(endOffset)]
    }
    assert.deepEqual(await ask(0), [0, 6])
    assert.deepEqual(await ask(7), [-1, -1])
  })
}

async function byTime(kit) {
  await kit.connected(async wire => {
    for (const compression of ['none', 'gzip', 'snappy', 'lz4', 'zstd']) {
      const topic = await kit.topic(wire)
      for (let i = 0; i < 3; i++) await kit.produce(wire, topic, buildBatch(timed(i), { compression }))
      for (let offset = 0; offset < 30; offset++) {
        const timestamp = baseTime + offset * 10
        const partitions = [{ partitionIndex: 0, timestamp: timestamp - 3 }]
        const answer = await wire.send(api.listOffsets, 7, {
          replicaId: -1,
          topics: [{ name: topic.name, partitions }],
        })
        const found = answer.topics[0].partitions[0]
        assert.deepEqual(
          [Number(found.offset), Number(found.timestamp), found.leaderEpoch],
          [offset, timestamp, 0],
          `${compression}, before record ${offset}`,
        )
      }
    }
  })
}

const timed = batch =>
  Array.from({ length: 10 }, (_, i) => ({
    timestamp: baseTime + (batch * 10 + i) * 10,
    value: Buffer.from('v'),
  }))
