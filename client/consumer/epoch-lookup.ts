// Where an epoch ended, by the leader's own history: OffsetForLeaderEpoch (KIP-320). A reader who has read beyond that has seen
// records that are not there any more. Source: OffsetsForLeaderEpochClient, Kafka 4.3.0.

import { errors } from '../../protocol/errors.ts'
import { offsetForLeaderEpoch } from '../../protocol/messages/offset-for-leader-epoch.ts'
import type { TopicPartition } from '../../protocol/types.ts'
import { safeNumber } from '../../protocol/wire/int64.ts'
import { brokerError } from '../client-error.ts'
import type { Broker } from '../cluster/broker.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { answersFor, askLeaders, groupByTopic, type Led, type PartitionAnswer } from './ask-leaders.ts'
import { describe } from './offset-lookup.ts'

export interface EpochQuery extends TopicPartition {
  /** Of the last record that was read. */
  readonly epoch: number
}

/** The largest epoch of the leader that is not larger than the one asked for, and where it ended; -1, -1: there is none. */
export interface EpochEnd {
  readonly epoch: number
  readonly endOffset: number
}

/** Tells each as soon as it is known; see `askLeaders` for what it rejects with. */
export function lookUpEpochs<Query extends EpochQuery>(
  cluster: Cluster,
  queries: readonly Query[],
  options: { readonly timeoutMs: number; readonly signal?: AbortSignal | undefined },
  found: (query: Query, end: EpochEnd) => void,
): Promise<void> {
  const what = `compare the history of ${describe(queries)}`
  return askLeaders(cluster, queries, { ask: askOne, found }, { what, ...options })
}

/** A consumer, and nobody's replica. */
const consumerReplicaId = -1

async function askOne<Query extends EpochQuery>(
  broker: Broker,
  led: readonly Led<Query>[],
  timeoutMs: number,
): Promise<PartitionAnswer<Query, EpochEnd>[]> {
  const topics = groupByTopic(led).map(([topic, partitions]) => ({
    topic,
    partitions: partitions.map(({ target, leaderEpoch }) => ({
      partition: target.partition,
      currentLeaderEpoch: leaderEpoch,
      leaderEpoch: target.epoch,
    })),
  }))
  const answer = await broker.request(offsetForLeaderEpoch, { replicaId: consumerReplicaId, topics }, { timeoutMs })
  const parts = answer.topics.flatMap(({ topic, partitions }) =>
    partitions.map(part => ({ topic, partition: part.partition, part })),
  )
  return [...answersFor(led, parts)].map(({ target, part }) => {
    const { topic, partition } = target
    if (part.errorCode !== errors.NONE.code)
      return { target, result: brokerError(part.errorCode, { topic, partition }) }
    return { target, result: { epoch: part.leaderEpoch, endOffset: safeNumber(part.endOffset) ?? -1 } }
  })
}
