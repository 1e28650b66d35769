// A whole broker of ours on the directories that a Kafka 4.3.0 left behind: clients see what they saw of Kafka. Committed,
// aborted and open transactions are among it; an open one bounds what readers of committed records see.

import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { fetch } from '../protocol/messages/fetch.ts'
import { listOffsets } from '../protocol/messages/list-offsets.ts'
import { metadata } from '../protocol/messages/metadata.ts'
import { offsetFetch } from '../protocol/messages/offset-fetch.ts'
import { isControlBatch, lastOffsetOf } from '../protocol/records/batch-header.ts'
import { batches } from '../protocol/records/batches.ts'
import type { RecordView } from '../protocol/records/record.ts'
import { records } from '../protocol/records/records.ts'
import {
  kafkaDirectory,
  kafkaObserved,
  type ObservedPartition,
  writeFiles,
} from '../testing/golden/kafka-log-directories.ts'
import { AbortedProducers } from '../testing/log-consumer.ts'
import { SimBroker, type SimClient } from './server/replay/sim-broker.ts'

/** As the broker was configured that wrote the directories. */
const settings = {
  'offsets.topic.num.partitions': '3',
  'log.retention.ms': '-1',
  'log.index.size.max.bytes': '4096',
  'log.index.interval.bytes': '512',
}
/** When clients looked at the directories. */
const observedAtMs = 1_795_324_100_000
const readCommitted = 1

/** Of the damaged directory only what differs is kept: its internal topics are those of the unclean one. */
function filesOf(name: 'clean' | 'unclean' | 'damaged'): Map<string, Buffer> {
  const files = kafkaDirectory(name)
  if (name !== 'damaged') return files
  const internal = [...kafkaDirectory('unclean')].filter(([path]) => path.startsWith('__'))
  return new Map([...internal, ...files])
}

async function brokerOn(name: 'clean' | 'unclean' | 'damaged'): Promise<SimBroker> {
  const nowMs = new SimBroker().host.start().clock.now()
  const sim = new SimBroker({ settings, clockOffsetMs: observedAtMs - nowMs })
  await sim.world.complete(writeFiles(sim.host.disk.mount(), '/data', filesOf(name)))
  await sim.start()
  return sim
}

/** All records of a partition that a consumer sees, fetched with at most `maxBytes` at a time. */
async function consume(client: SimClient, observed: ObservedPartition, isolationLevel: number, maxBytes: number) {
  const seen: RecordView[] = []
  let fetchOffset = observed.earliest
  const end = isolationLevel === readCommitted ? observed.lastStableOffset : observed.highWatermark
  while (fetchOffset < end) {
    const partition = {
      partition: observed.partition,
      fetchOffset,
      partitionMaxBytes: maxBytes,
      currentLeaderEpoch: -1,
    }
    const topics = [{ topicId: observed.topicId, partitions: [partition] }]
    const answer = await client.ask(fetch, 17, { maxWaitMs: 0, minBytes: 1, isolationLevel, topics })
    const { errorCode, abortedTransactions, records: bytes, lastStableOffset } = answer.responses[0]!.partitions[0]!
    expect([errorCode, lastStableOffset]).toEqual([0, observed.lastStableOffset])
    if (bytes === null || bytes.length === 0) break
    const aborted = new AbortedProducers(
      (abortedTransactions ?? []).map(each => ({ producerId: each.producerId, firstOffset: Number(each.firstOffset) })),
    )
    for (const batch of batches(bytes)) {
      const isSkipped = isolationLevel === readCommitted && aborted.covers(batch)
      const kept =
        isControlBatch(batch) || isSkipped ? [] : [...records(batch)].filter(each => each.offset >= fetchOffset)
      seen.push(...kept)
      fetchOffset = Math.max(fetchOffset, lastOffsetOf(batch) + 1)
    }
  }
  return digest(seen)
}

function digest(seen: readonly RecordView[]) {
  const hash = createHash('sha256')
  for (const { offset, timestamp, key, value } of seen) {
    const numbers = Buffer.alloc(16)
    numbers.writeBigInt64BE(BigInt(offset), 0)
    numbers.writeBigInt64BE(BigInt(timestamp), 8)
    hash.update(numbers)
    for (const bytes of [key, value]) {
      const length = Buffer.alloc(4)
      length.writeInt32BE(bytes?.length ?? -1)
      hash.update(length)
      if (bytes) hash.update(bytes)
    }
  }
  return { records: seen.length, sha256: hash.digest('hex') }
}

describe.each(['clean', 'unclean', 'damaged'] as const)('the %s directory of Kafka', name => {
  test('has the same topics, records and offsets for clients', async () => {
    const sim = await brokerOn(name)
    const client = await sim.connect()
    // What was seen of the internal topics of the killed broker is not kept.
    const observed = kafkaObserved(name).partitions.filter(({ topic }) => name === 'clean' || !topic.startsWith('__'))
    const { topics } = await client.ask(metadata, 12, { topics: null })
    const idOf = new Map(topics.map(({ name: topic, topicId }) => [topic, topicId]))
    for (const partition of observed) expect(idOf.get(partition.topic)).toBe(partition.topicId)
    for (const partition of observed) {
      const { topic, readUncommitted, readCommitted: committed } = partition
      const at = async (timestamp: number, isolationLevel = 0) => {
        const asked = { partitionIndex: partition.partition, timestamp }
        const answer = await client.ask(listOffsets, 9, {
          replicaId: -1,
          isolationLevel,
          topics: [{ name: topic, partitions: [asked] }],
        })
        const { offset, timestamp: found } = answer.topics[0]!.partitions[0]!
        return { offset, found }
      }
      const what = `${topic}-${partition.partition}`
      expect((await at(-2)).offset, what).toBe(partition.earliest)
      expect((await at(-1)).offset, what).toBe(partition.highWatermark)
      expect((await at(-1, readCommitted)).offset, what).toBe(partition.lastStableOffset)
      const largest = await at(-3)
      expect([largest.offset, largest.found], what).toEqual([partition.maxTimestampOffset, partition.maxTimestamp])
      for (const { timestamp, offset, foundTimestamp } of partition.offsetsForTimes ?? []) {
        expect(await at(timestamp), `${what} at ${timestamp}`).toEqual({ offset, found: foundTimestamp })
      }
      if (readUncommitted === undefined || committed === undefined) continue
      const expected = ({ records: count, sha256 }: typeof committed) => ({ records: count, sha256 })
      expect(await consume(client, partition, 0, 1 << 20), what).toEqual(expected(readUncommitted))
      expect(await consume(client, partition, readCommitted, 3000), what).toEqual(expected(committed))
    }
    await sim.stop()
  })

  test.runIf(name === 'clean')('has the same committed offsets of groups of every kind', async () => {
    const sim = await brokerOn(name)
    const client = await sim.connect()
    const { groups } = kafkaObserved(name)
    // Groups are loaded in the background; a client would be told to come again.
    await sim.world.runFor(1000)
    const answer = await client.ask(offsetFetch, 8, {
      groups: groups.map(({ groupId }) => ({ groupId, topics: null })),
    })
    expect(answer.groups.map(({ errorCode }) => errorCode)).toEqual(groups.map(() => 0))
    const ours = answer.groups.map(({ groupId, topics }) => ({
      groupId,
      offsets: topics
        .flatMap(({ name: topic, partitions }) => partitions.map(partition => ({ topic, ...partition })))
        .map(({ topic, partitionIndex, committedOffset, metadata: note, committedLeaderEpoch }) =>
          inOrder(topic, partitionIndex, Number(committedOffset), note ?? '', committedLeaderEpoch),
        )
        .sort(),
    }))
    const theirs = groups.map(({ groupId, offsets }) => ({
      groupId,
      offsets: offsets
        .map(({ topic, partition, offset, metadata: note, leaderEpoch }) =>
          inOrder(topic, partition, offset, note, leaderEpoch),
        )
        .sort(),
    }))
    expect(ours).toEqual(theirs)
    await sim.stop()
  })
})

const inOrder = (topic: string, partition: number, offset: number, note: string, epoch: number) =>
  `${topic}-${partition} ${offset} ${note} epoch ${epoch}`
