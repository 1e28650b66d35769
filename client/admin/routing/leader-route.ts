// To the leaders of partitions. Source: org.apache.kafka.clients.admin.internals.PartitionLeaderStrategy, Kafka 4.3.0. Unlike
// there, a topic that nobody knows is not asked for until the call's time is over, but for `unknownWaitMs`.

import { errors } from '../../../protocol/errors.ts'
import type { TopicPartition } from '../../../protocol/types.ts'
import { brokerError, type ClientError } from '../../client-error.ts'
import type { Broker } from '../../cluster/broker.ts'
import type { Cluster } from '../../cluster/cluster.ts'
import { type ClusterImage, partitionOf } from '../../cluster/cluster-image.ts'
import { orAborted } from '../../resilience/wait.ts'
import { partitionKey } from '../topic-partition.ts'
import { Patience, type Route, type RouteAttempt } from './route.ts'

const again = new Set([
  'NOT_LEADER_OR_FOLLOWER',
  'LEADER_NOT_AVAILABLE',
  'UNKNOWN_TOPIC_OR_PARTITION',
  'REPLICA_NOT_AVAILABLE',
  'FENCED_LEADER_EPOCH',
  'UNKNOWN_LEADER_EPOCH',
  'KAFKA_STORAGE_ERROR',
  'OFFSET_NOT_AVAILABLE',
  'BROKER_NOT_AVAILABLE',
  'COORDINATOR_LOAD_IN_PROGRESS',
])

export function leaderRoute<Item extends TopicPartition>(cluster: Cluster): Route<Item> {
  const patience = new Patience(cluster)
  return {
    again,
    async find(items, attempt) {
      const topics = new Set([...items.values()].map(({ topic }) => topic))
      const image = await imageOf(cluster, topics, attempt)
      const found = new Map<string, Broker | ClientError>()
      for (const [key, item] of items)
        found.set(
          key,
          leaderOf(cluster, image, item, key => patience.allows(key, attempt)),
        )
      return found
    },
  }
}

/** The image with these topics in it, a new one unless it is a first attempt and they are all there. */
async function imageOf(
  cluster: Cluster,
  topics: ReadonlySet<string>,
  { isFirst, signal }: RouteAttempt,
): Promise<ClusterImage> {
  const isKnown = (name: string) => cluster.image.topics.get(name)?.errorCode === errors.NONE.code
  if (isFirst && [...topics].every(isKnown)) return cluster.image
  for (const name of topics) cluster.topics.add(name)
  try {
    return await orAborted(cluster.refresh(), signal)
  } finally {
    for (const name of topics) cluster.topics.remove(name)
  }
}

function leaderOf(
  cluster: Cluster,
  image: ClusterImage,
  { topic, partition }: TopicPartition,
  isPatient: (key: string) => boolean,
): Broker | ClientError {
  const place = { topic, partition }
  const known = image.topics.get(topic)
  const unknown = known === undefined || known.errorCode === errors.UNKNOWN_TOPIC_OR_PARTITION.code
  if (!unknown && known.errorCode !== errors.NONE.code) return brokerError(known.errorCode, place)
  const leaderId = unknown ? undefined : partitionOf(known, partition)?.leaderId
  if (leaderId === undefined) {
    const retriable = isPatient(partitionKey(place))
    const help = 'check the name, or create it'
    return brokerError(errors.UNKNOWN_TOPIC_OR_PARTITION.code, { ...place, retriable, help })
  }
  const leader = image.brokers.get(leaderId)
  return leader === undefined ? brokerError(errors.LEADER_NOT_AVAILABLE.code, place) : cluster.broker(leader)
}
