// What the leader of a group of consumers knows of the topics of all members, and whether it has changed since it assigned them:
// then it has the group put together anew. Source: ConsumerCoordinator (MetadataSnapshot), Kafka 4.3.0; KIP-881 for racks.

import type { AssignableTopic, AssignableTopics } from '../../assignors/assignor.ts'
import type { ClusterImage, TopicMetadata } from '../../cluster/cluster-image.ts'

/** Of the topics named, those that exist. */
export function assignableTopics(image: ClusterImage, names: Iterable<string>): AssignableTopics {
  const known = [...new Set(names)].flatMap(name => {
    const topic = image.topics.get(name)
    return topic === undefined || topic.partitions.length === 0 ? [] : [[name, assignable(image, topic)] as const]
  })
  return new Map(known)
}

/** Equal for topics with which an assignor would do the same. */
export function fingerprint(topics: AssignableTopics): string {
  const sorted = [...topics].sort(([a], [b]) => (a < b ? -1 : 1))
  return JSON.stringify(sorted.map(([name, { partitions, replicaRacks }]) => [name, partitions, replicaRacks]))
}

function assignable(image: ClusterImage, { partitions }: TopicMetadata): AssignableTopic {
  const rackOf = (nodeId: number) => image.brokers.get(nodeId)?.rack
  const racks = partitions.map(({ replicaNodes }) => {
    const known = replicaNodes.map(rackOf).filter(rack => rack !== undefined && rack !== null)
    return [...new Set(known)].sort()
  })
  if (racks.every(({ length }) => length === 0)) return { partitions: partitions.length }
  return { partitions: partitions.length, replicaRacks: racks }
}
