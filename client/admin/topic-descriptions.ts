// What there is to know of a topic. DescribeTopicPartitions answers it page by page (KIP-966); brokers that do not have that
// are asked for Metadata, which does not know of eligible leader replicas.

import { errors } from '../../protocol/errors.ts'
import { describeTopicPartitions } from '../../protocol/messages/describe-topic-partitions.ts'
import { metadata } from '../../protocol/messages/metadata.ts'
import type { Message } from '../../protocol/wire/schema.ts'
import type { Uuid } from '../../protocol/wire/uuid.ts'
import { brokerError, ClientError } from '../client-error.ts'
import type { Broker } from '../cluster/broker.ts'
import { type AclOperation, operationsIn } from './acl-names.ts'
import { check, failure } from './answers.ts'
import type { Attempt } from './call-options.ts'

export interface DescribeTopicOptions {
  /** Also what this client may do with the topic. */
  readonly authorizedOperations?: boolean
}

export interface TopicDescription {
  readonly name: string
  readonly topicId: Uuid
  readonly isInternal: boolean
  /** In the order of their numbers. */
  readonly partitions: readonly PartitionDescription[]
  /** Undefined unless it was asked for. */
  readonly authorizedOperations: readonly AclOperation[] | undefined
}

/** Brokers by their ids. */
export interface PartitionDescription {
  readonly partition: number
  /** -1 when there is none. */
  readonly leaderId: number
  readonly leaderEpoch: number
  readonly replicas: readonly number[]
  readonly inSyncReplicas: readonly number[]
  readonly offlineReplicas: readonly number[]
  /** Undefined when the broker does not say. [elr] */
  readonly eligibleLeaderReplicas: readonly number[] | undefined
  readonly lastKnownEligibleReplicas: readonly number[] | undefined
}

type Outcome = TopicDescription | ClientError
type Page = Message<typeof describeTopicPartitions.response>
type PageTopic = Page['topics'][number]
type MetadataTopic = Message<typeof metadata.response>['topics'][number]

/** The outcomes by name. */
export async function askDescriptions(
  broker: Broker,
  names: readonly string[],
  options: DescribeTopicOptions,
  attempt: Attempt,
): Promise<Map<string, Outcome>> {
  if ((await broker.versionOf(describeTopicPartitions)) !== undefined) {
    return askPages(broker, names, options, attempt)
  }
  const topics = names.map(name => ({ name }))
  return new Map(
    (await askMetadata(broker, topics, options, attempt)).map(topic => [topic.name ?? '', fromMetadata(topic)]),
  )
}

/** The outcomes by topic id. */
export async function askDescriptionsById(
  broker: Broker,
  topicIds: readonly Uuid[],
  options: DescribeTopicOptions,
  attempt: Attempt,
): Promise<Map<Uuid, Outcome>> {
  const topics = topicIds.map(topicId => ({ topicId, name: null }))
  return new Map(
    (await askMetadata(broker, topics, options, attempt)).map(topic => [topic.topicId, fromMetadata(topic)]),
  )
}

async function askPages(
  broker: Broker,
  names: readonly string[],
  options: DescribeTopicOptions,
  attempt: Attempt,
): Promise<Map<string, Outcome>> {
  const topics = [...names].sort().map(name => ({ name }))
  const found = new Map<string, PageTopic>()
  let cursor: Page['nextCursor'] = null
  do {
    const page: Page = await broker.request(describeTopicPartitions, { topics, cursor }, attempt)
    for (const topic of page.topics) add(found, topic)
    if (page.nextCursor !== null && isSame(page.nextCursor, cursor)) throw standsStill(broker)
    cursor = page.nextCursor
  } while (cursor !== null)
  return new Map([...found].map(([name, topic]) => [name, fromPage(topic, options)]))
}

/** A topic with many partitions comes in several pages. */
function add(found: Map<string, PageTopic>, topic: PageTopic): void {
  const known = found.get(topic.name ?? '')
  if (known === undefined) found.set(topic.name ?? '', topic)
  else known.partitions.push(...topic.partitions)
}

function isSame(a: NonNullable<Page['nextCursor']>, b: Page['nextCursor']): boolean {
  return a.topicName === b?.topicName && a.partitionIndex === b.partitionIndex
}

function standsStill(broker: Broker): ClientError {
  const message = 'the next page begins where this one does'
  return new ClientError('BROKEN_ANSWER', message, { broker: broker.name, retriable: false })
}

function fromPage(topic: PageTopic, options: DescribeTopicOptions): Outcome {
  const error = failure(topic.errorCode, { topic: topic.name ?? undefined, ...helpFor(topic.errorCode) })
  if (error !== undefined) return error
  const partitions = topic.partitions.map(partition => ({
    partition: partition.partitionIndex,
    leaderId: partition.leaderId,
    leaderEpoch: partition.leaderEpoch,
    replicas: partition.replicaNodes,
    inSyncReplicas: partition.isrNodes,
    offlineReplicas: partition.offlineReplicas,
    eligibleLeaderReplicas: partition.eligibleLeaderReplicas ?? undefined,
    lastKnownEligibleReplicas: partition.lastKnownElr ?? undefined,
  }))
  const operations = options.authorizedOperations ? operationsIn(topic.topicAuthorizedOperations) : undefined
  return description(topic, partitions, operations)
}

async function askMetadata(
  broker: Broker,
  topics: readonly { topicId?: Uuid; name: string | null }[],
  { authorizedOperations: includeTopicAuthorizedOperations = false }: DescribeTopicOptions,
  attempt: Attempt,
): Promise<MetadataTopic[]> {
  // Names may be null, and topics asked for by their ids, from version 12 on.
  const versions = topics.some(({ name }) => name === null) ? ([12, metadata.versions[1]] as const) : metadata.versions
  const body = { topics, allowAutoTopicCreation: false, includeTopicAuthorizedOperations }
  const answer = await broker.request(metadata, body, { ...attempt, versions })
  check(answer.errorCode)
  return answer.topics
}

function fromMetadata(topic: MetadataTopic): Outcome {
  const place = { topic: topic.name ?? topic.topicId }
  if (topic.errorCode !== errors.NONE.code)
    return brokerError(topic.errorCode, { ...place, ...helpFor(topic.errorCode) })
  const partitions = topic.partitions.map(partition => ({
    partition: partition.partitionIndex,
    leaderId: partition.leaderId,
    leaderEpoch: partition.leaderEpoch,
    replicas: partition.replicaNodes,
    inSyncReplicas: partition.isrNodes,
    offlineReplicas: partition.offlineReplicas,
    eligibleLeaderReplicas: undefined,
    lastKnownEligibleReplicas: undefined,
  }))
  return description(topic, partitions, operationsIn(topic.topicAuthorizedOperations))
}

function description(
  topic: { readonly name: string | null; readonly topicId: Uuid; readonly isInternal: boolean },
  partitions: PartitionDescription[],
  authorizedOperations: readonly AclOperation[] | undefined,
): TopicDescription {
  const { name, topicId, isInternal } = topic
  partitions.sort((a, b) => a.partition - b.partition)
  return { name: name ?? '', topicId, isInternal, partitions, authorizedOperations }
}

function helpFor(errorCode: number): { help?: string } {
  return errorCode === errors.UNKNOWN_TOPIC_OR_PARTITION.code ? { help: 'topics.list() tells which there are' } : {}
}
