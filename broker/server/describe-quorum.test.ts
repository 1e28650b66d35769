// DescribeQuorum of the one node that is the quorum, in each version; and of what is no quorum. The codes are Kafka 4.3.0's
// (KafkaRaftClient.handleDescribeQuorumRequest).

import { afterEach, beforeEach, expect, test } from 'vitest'
import { errors } from '../../protocol/errors.ts'
import { createTopics } from '../../protocol/messages/create-topics.ts'
import { describeQuorum } from '../../protocol/messages/describe-quorum.ts'
import { isUuid, zeroUuid } from '../../protocol/wire/uuid.ts'
import { SimBroker, type SimClient } from './replay/sim-broker.ts'

let sim: SimBroker
let client: SimClient

beforeEach(async () => {
  sim = await SimBroker.start({ clockOffsetMs: 1_700_000_000_000 })
  client = await sim.connect()
})

afterEach(() => sim.stop())

const ask = (version: number, ...topics: [name: string, ...partitions: number[]][]) =>
  client.ask(describeQuorum, version, {
    topics: topics.map(([topicName, ...indexes]) => ({
      topicName,
      partitions: indexes.map(partitionIndex => ({ partitionIndex })),
    })),
  })

test.each([0, 1, 2])('version %i: one voter, which leads', async version => {
  const { errorCode, topics, nodes } = await ask(version, ['__cluster_metadata', 0])
  expect(errorCode).toBe(0)
  const partition = topics[0]!.partitions[0]!
  expect(partition).toMatchObject({ errorCode: 0, leaderId: 1, observers: [] })
  expect(partition.leaderEpoch).toBeGreaterThan(0)
  const [voter, ...others] = partition.currentVoters
  expect(others).toEqual([])
  expect(voter!.replicaId).toBe(1)
  expect(voter!.logEndOffset).toBe(partition.highWatermark)
  if (version >= 1) {
    const nowMs = 1_700_000_000_000
    expect(Number(voter!.lastFetchTimestamp)).toBeGreaterThan(nowMs)
    expect(voter!.lastCaughtUpTimestamp).toBe(voter!.lastFetchTimestamp)
  }
  if (version < 2) return
  expect(isUuid(voter!.replicaDirectoryId!) && voter!.replicaDirectoryId !== zeroUuid).toBe(true)
  expect(nodes!.map(({ nodeId, listeners }) => [nodeId, listeners.map(({ name }) => name)])).toEqual([
    [1, ['CONTROLLER']],
  ])
})

test('the end of the log moves with what the controller writes', async () => {
  const end = async () => {
    const { topics } = await ask(2, ['__cluster_metadata', 0])
    return Number(topics[0]!.partitions[0]!.currentVoters[0]!.logEndOffset)
  }
  const before = await end()
  const topics = [{ name: 't', numPartitions: 3, replicationFactor: 1 }]
  await client.ask(createTopics, 7, { topics, timeoutMs: 10_000 })
  // The topic and its partitions.
  expect(await end()).toBeGreaterThanOrEqual(before + 4)
})

test.each([
  [['t', 0]],
  [['__cluster_metadata', 1]],
  [['__cluster_metadata', 0, 1]],
  [
    ['__cluster_metadata', 0],
    ['t', 0],
  ],
] as [string, ...number[]][][])('%j is no quorum', async (...asked) => {
  const { errorCode, topics } = await ask(2, ...asked)
  expect(errorCode).toBe(0)
  const codes = topics.flatMap(({ partitions }) => partitions.map(partition => partition.errorCode))
  expect(codes.length).toBeGreaterThan(0)
  expect(new Set(codes)).toEqual(new Set([errors.UNKNOWN_TOPIC_OR_PARTITION.code]))
})
