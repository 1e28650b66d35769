// What a client knows of the cluster: brokers, topics, leaders. A value; every answer makes a new one from the last.
// Invariant: a partition's leader epoch never goes back while its topic has the same id: an answer from a broker that lags behind
// does not undo what a newer one said. Source: org.apache.kafka.clients.Metadata and KIP-320, Kafka 4.3.0.

import { errors } from '../../protocol/errors.ts'
import type { metadata } from '../../protocol/messages/metadata.ts'
import type { Message } from '../../protocol/wire/schema.ts'
import { type Uuid, zeroUuid } from '../../protocol/wire/uuid.ts'

export interface BrokerNode {
  readonly nodeId: number
  readonly host: string
  readonly port: number
  readonly rack: string | null
}

export interface PartitionMetadata {
  readonly partition: number
  /** -1 when there is none. */
  readonly leaderId: number
  /** -1 when the broker does not say, or not reliably (before version 9). */
  readonly leaderEpoch: number
  readonly replicaNodes: readonly number[]
  readonly isrNodes: readonly number[]
  readonly offlineReplicas: readonly number[]
  readonly errorCode: number
}

export interface TopicMetadata {
  readonly name: string
  /** All zeros when the broker does not say (before version 10). */
  readonly topicId: Uuid
  readonly isInternal: boolean
  /** Why the topic cannot be used, 0 when it can. */
  readonly errorCode: number
  /** In order of their numbers; a number is its index unless partitions are missing. */
  readonly partitions: readonly PartitionMetadata[]
}

export interface ClusterImage {
  readonly clusterId: string | null
  readonly controllerId: number
  readonly brokers: ReadonlyMap<number, BrokerNode>
  readonly topics: ReadonlyMap<string, TopicMetadata>
  readonly topicNames: ReadonlyMap<Uuid, string>
  /** Of the last answer, by the monotonic clock; -Infinity before the first. */
  readonly updatedMs: number
  /** Counts the answers. */
  readonly version: number
}

export const emptyImage: ClusterImage = {
  clusterId: null,
  controllerId: -1,
  brokers: new Map(),
  topics: new Map(),
  topicNames: new Map(),
  updatedMs: Number.NEGATIVE_INFINITY,
  version: 0,
}

type MetadataAnswer = Message<typeof metadata.response>

/**
 * Brokers before Kafka 2.4, which end at version 8, may tell an epoch that goes back after a controller failed over (KAFKA-9212),
 * and say nothing of a topic's id: of a topic that was made anew every epoch would be too old.
 */
const epochsReliableSince = 9

export interface MetadataRequest {
  readonly allTopics: boolean
  /** The version of the request that was answered. */
  readonly apiVersion: number
  readonly nowMs: number
}

/**
 * The image after an answer to a request for all topics, or for some: those that were not asked for stay as they are, since
 * others may wait for them.
 */
export function withMetadata(image: ClusterImage, answer: MetadataAnswer, request: MetadataRequest): ClusterImage {
  const hasEpochs = request.apiVersion >= epochsReliableSince
  const topics = new Map(request.allTopics ? [] : image.topics)
  for (const topic of answer.topics) {
    // Asked for by an id that nobody has: it has no name to be kept under.
    if (topic.name === null) continue
    topics.set(topic.name, topicFrom(topic, image.topics.get(topic.name), hasEpochs))
  }
  return {
    clusterId: answer.clusterId ?? image.clusterId,
    controllerId: answer.controllerId,
    brokers: new Map(answer.brokers.map(({ nodeId, host, port, rack }) => [nodeId, { nodeId, host, port, rack }])),
    topics,
    topicNames: namesOf(topics),
    updatedMs: request.nowMs,
    version: image.version + 1,
  }
}

/** Whether one image says of brokers and leaders what the other says. */
export function saysTheSame(one: ClusterImage, other: ClusterImage): boolean {
  return wordsOf(one) === wordsOf(other)
}

function wordsOf({ brokers, topics }: ClusterImage): string {
  const listeners = [...brokers.values()].map(({ nodeId, host, port }) => `${nodeId}@${host}:${port}`)
  const leaders = [...topics.values()].map(({ name, topicId, errorCode, partitions }) => {
    const led = partitions.map(each => `${each.partition}:${each.leaderId}/${each.leaderEpoch}/${each.errorCode}`)
    return `${name}=${topicId}/${errorCode} ${led.join(' ')}`
  })
  return [...listeners.sort(), ...leaders.sort()].join('\n')
}

/** The image without topics that nobody is interested in any more. */
export function withoutTopics(image: ClusterImage, isWanted: (name: string) => boolean): ClusterImage {
  const topics = new Map([...image.topics].filter(([name]) => isWanted(name)))
  return { ...image, topics, topicNames: namesOf(topics), version: image.version + 1 }
}

/** A leader that a produce or fetch answer named, and where it listens (KIP-951). The same image when it is not newer. */
export function withLeader(
  image: ClusterImage,
  place: { readonly topic: string; readonly partition: number },
  leader: { readonly leaderId: number; readonly leaderEpoch: number },
  endpoints: readonly BrokerNode[],
): ClusterImage {
  const topic = image.topics.get(place.topic)
  const known = topic && partitionOf(topic, place.partition)
  if (topic === undefined || known === undefined || leader.leaderEpoch <= known.leaderEpoch) return image
  const brokers = new Map(image.brokers)
  for (const endpoint of endpoints) brokers.set(endpoint.nodeId, endpoint)
  if (!brokers.has(leader.leaderId)) return image
  const changed = { ...known, ...leader, errorCode: errors.NONE.code }
  const partitions = topic.partitions.map(partition => (partition === known ? changed : partition))
  const topics = new Map(image.topics).set(topic.name, { ...topic, partitions })
  return { ...image, brokers, topics, version: image.version + 1 }
}

export function partitionOf(topic: TopicMetadata, partition: number): PartitionMetadata | undefined {
  const atIndex = topic.partitions[partition]
  if (atIndex?.partition === partition) return atIndex
  return topic.partitions.find(candidate => candidate.partition === partition)
}

/** The leader of a partition, undefined when none is known. */
export function leaderIn(image: ClusterImage, topic: string, partition: number): BrokerNode | undefined {
  const known = image.topics.get(topic)
  const leaderId = known && partitionOf(known, partition)?.leaderId
  return leaderId === undefined ? undefined : image.brokers.get(leaderId)
}

function topicFrom(
  topic: MetadataAnswer['topics'][number],
  known: TopicMetadata | undefined,
  hasEpochs: boolean,
): TopicMetadata {
  const isSame = known !== undefined && known.topicId === topic.topicId
  const partitions = topic.partitions
    .map(({ partitionIndex, ...rest }) => ({ partition: partitionIndex, ...rest }))
    .map(partition => (hasEpochs ? partition : { ...partition, leaderEpoch: -1 }))
    .map(partition => (isSame ? newer(partition, partitionOf(known, partition.partition)) : partition))
    .sort((a, b) => a.partition - b.partition)
  const { topicId, isInternal, errorCode } = topic
  return { name: topic.name!, topicId, isInternal, errorCode, partitions }
}

function newer(told: PartitionMetadata, known: PartitionMetadata | undefined): PartitionMetadata {
  if (known === undefined || told.leaderEpoch < 0 || told.leaderEpoch >= known.leaderEpoch) return told
  return known
}

function namesOf(topics: ReadonlyMap<string, TopicMetadata>): Map<Uuid, string> {
  const ofKnownId = [...topics.values()].filter(({ topicId }) => topicId !== zeroUuid)
  return new Map(ofKnownId.map(({ topicId, name }) => [topicId, name]))
}
