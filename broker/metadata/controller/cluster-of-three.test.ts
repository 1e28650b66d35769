// Elections and reassignments on a directory of a cluster of three: what the rules say where there is something to decide.
// Expected are the codes and records of Kafka 4.3.0's ReplicationControlManager (electLeaders, alterPartitionReassignments); that
// replicas cannot be moved here is our own.

import { describe, expect, test } from 'vitest'
import { errorName } from '../../../protocol/errors.ts'
import { brokerConfig } from '../../config/broker-config.ts'
import { developmentProfile } from '../../config/development-profile.ts'
import { ReplayedImage } from '../image/replayed-image.ts'
import { decodeRecord, encodeRecord, type RecordInput, recordInput } from '../metadata-record.ts'
import type { DecisionContext } from './decision.ts'
import { electLeaders } from './elect-leaders.ts'
import { alterPartitionReassignments, listPartitionReassignments } from './partition-reassignments.ts'

const topicId = 'y5asSyDaRgy74n8yJSG_2g'
const directory = 'bq5XrAtDSWmbHcPuVVMDsQ'

interface Partition {
  readonly leader: number
  readonly replicas: readonly number[]
  readonly isr: readonly number[]
  readonly adding?: readonly number[]
  readonly removing?: readonly number[]
}

/** Brokers 1 to 3, of which `fenced` are not there, and a topic t with these partitions. */
function cluster(partitions: readonly Partition[], fenced: readonly number[] = []): DecisionContext {
  const image = new ReplayedImage('cluster', { recordsDelta: false })
  const apply = (record: RecordInput) => image.apply(decodeRecord(encodeRecord(record)))
  apply(recordInput('featureLevel', 0, { name: 'metadata.version', featureLevel: 30 }))
  for (const brokerId of [1, 2, 3]) {
    const common = { incarnationId: topicId, brokerEpoch: 1, endPoints: [], features: [], rack: null }
    const state = { fenced: fenced.includes(brokerId), inControlledShutdown: false, logDirs: [directory] }
    apply(recordInput('registerBroker', 3, { brokerId, ...common, ...state }))
  }
  apply(recordInput('topic', 0, { name: 't', topicId }))
  for (const [partitionId, { leader, replicas, isr, adding = [], removing = [] }] of partitions.entries()) {
    apply(
      recordInput('partition', 1, {
        partitionId,
        topicId,
        replicas: [...replicas],
        isr: [...isr],
        removingReplicas: [...removing],
        addingReplicas: [...adding],
        leader,
        leaderEpoch: 4,
        partitionEpoch: 7,
        directories: replicas.map(() => directory),
      }),
    )
  }
  const config = brokerConfig({ profile: developmentProfile() })
  return { image, config, newUuid: () => directory }
}

/** The outcome by partition, and the partition as it is once the records are applied. */
function elected(context: DecisionContext, electionType: 0 | 1, partitions: number[] | null) {
  const topicPartitions = partitions && [{ topic: 't', partitions }]
  const { records, response } = electLeaders(context, { electionType, topicPartitions, timeoutMs: 0 })
  for (const record of records) context.image.apply(decodeRecord(encodeRecord(record)))
  const outcomes = response.replicaElectionResults!.flatMap(({ partitionResult }) =>
    partitionResult!.map(({ partitionId, errorCode }) => `${partitionId}: ${errorName(errorCode ?? 0)}`),
  )
  const now = context.image.topicByName('t')!.partitions.map(({ leader, isr, leaderEpoch }) => ({ leader, isr, leaderEpoch })) // biome-ignore format: one thought
  return { outcomes, now }
}

describe('elections', () => {
  test('the preferred replica leads again if it is alive and in sync', () => {
    const context = cluster(
      [
        { leader: 1, replicas: [2, 1], isr: [1, 2] },
        { leader: 1, replicas: [3, 1], isr: [1, 3] },
        { leader: 1, replicas: [2, 1], isr: [1] },
        { leader: 1, replicas: [1, 2], isr: [1, 2] },
      ],
      [3],
    )
    const { outcomes, now } = elected(context, 0, [0, 1, 2, 3, 4])
    expect(outcomes).toEqual([
      '0: NONE',
      '1: PREFERRED_LEADER_NOT_AVAILABLE',
      '2: PREFERRED_LEADER_NOT_AVAILABLE',
      '3: ELECTION_NOT_NEEDED',
      '4: UNKNOWN_TOPIC_OR_PARTITION',
    ])
    expect(now[0]).toEqual({ leader: 2, isr: [1, 2], leaderEpoch: 5 })
    expect(now.slice(1).map(({ leaderEpoch }) => leaderEpoch)).toEqual([4, 4, 4])
  })

  test('an unclean one takes whoever is alive, at the cost of what only others had', () => {
    const context = cluster(
      [
        { leader: -1, replicas: [3, 1], isr: [3] },
        { leader: -1, replicas: [3], isr: [3] },
        { leader: 1, replicas: [2, 1], isr: [1, 2] },
      ],
      [3],
    )
    const { outcomes, now } = elected(context, 1, [0, 1, 2])
    expect(outcomes).toEqual(['0: NONE', '1: ELIGIBLE_LEADERS_NOT_AVAILABLE', '2: ELECTION_NOT_NEEDED'])
    expect(now[0]).toEqual({ leader: 1, isr: [1], leaderEpoch: 5 })
  })

  test('of all partitions those are named that needed one', () => {
    const context = cluster([
      { leader: 1, replicas: [1, 2], isr: [1, 2] },
      { leader: 1, replicas: [2, 1], isr: [1, 2] },
    ])
    expect(elected(context, 0, null).outcomes).toEqual(['1: NONE'])
    expect(elected(context, 0, null).outcomes).toEqual([])
  })
})

describe('reassignments', () => {
  const moving = { leader: 1, replicas: [3, 1, 2], isr: [1, 2], adding: [3], removing: [2] }
  const still = { leader: 1, replicas: [1, 2], isr: [1, 2] }

  function altered(replicas: number[] | null, more: { partition?: number; allow?: boolean; topic?: string } = {}) {
    const { partition = 0, allow = true, topic = 't' } = more
    const topics = [{ name: topic, partitions: [{ partitionIndex: partition, replicas }] }]
    const request = { timeoutMs: 0, allowReplicationFactorChange: allow, topics }
    const { records, response } = alterPartitionReassignments(cluster([still, moving]), request, 1)
    expect(records).toEqual([])
    return errorName(response.responses![0]!.partitions![0]!.errorCode ?? 0)
  }

  test.each([
    { replicas: [1, 2], is: 'NONE' },
    { replicas: [], is: 'INVALID_REPLICA_ASSIGNMENT' },
    { replicas: [1, 1], is: 'INVALID_REPLICA_ASSIGNMENT' },
    { replicas: [1, 4711], is: 'INVALID_REPLICA_ASSIGNMENT' },
    { replicas: [1], allow: false, is: 'INVALID_REPLICATION_FACTOR' },
    { replicas: null, is: 'NO_REASSIGNMENT_IN_PROGRESS' },
    { replicas: [1, 2], topic: 'u', is: 'UNKNOWN_TOPIC_OR_PARTITION' },
    { replicas: [1, 2], partition: 9, is: 'UNKNOWN_TOPIC_OR_PARTITION' },
    // Ours: Kafka would begin to move them, or go back.
    { replicas: [1, 3], is: 'INVALID_REPLICA_ASSIGNMENT' },
    { replicas: [2, 1], is: 'INVALID_REPLICA_ASSIGNMENT' },
    { replicas: null, partition: 1, is: 'INVALID_REPLICA_ASSIGNMENT' },
    { replicas: [1, 2], partition: 1, is: 'INVALID_REPLICA_ASSIGNMENT' },
    // Those that are on their way do not count for the number of replicas to keep.
    { replicas: [1, 2, 3], partition: 1, allow: false, is: 'INVALID_REPLICATION_FACTOR' },
  ])('$replicas for partition $partition is $is', ({ is, replicas, ...more }) => {
    expect(altered(replicas, more)).toBe(is)
  })

  test('what another cluster began is listed, of the topics and partitions asked for', () => {
    const { image } = cluster([still, moving])
    const listed = { partitionIndex: 1, replicas: [3, 1, 2], addingReplicas: [3], removingReplicas: [2] }
    const ask = (topics: { name: string; partitionIndexes: number[] }[] | null) =>
      listPartitionReassignments(image, { timeoutMs: 0, topics }).topics
    expect(ask(null)).toEqual([{ name: 't', partitions: [listed] }])
    expect(ask([{ name: 't', partitionIndexes: [0, 1, 9] }])).toEqual([{ name: 't', partitions: [listed] }])
    expect(ask([{ name: 't', partitionIndexes: [0] }])).toEqual([])
    expect(ask([{ name: 'u', partitionIndexes: [1] }])).toEqual([])
  })
})
