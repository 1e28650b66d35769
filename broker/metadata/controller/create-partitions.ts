// CreatePartitions: more partitions for topics that exist. Source: ReplicationControlManager.createPartitions, Kafka 4.3.0.

import { errors } from '../../../protocol/errors.ts'
import type { createPartitions as api } from '../../../protocol/messages/create-partitions.ts'
import type { Message, MessageInput } from '../../../protocol/wire/schema.ts'
import { partitionInput } from '../image/image-records.ts'
import type { PartitionImage, TopicImage } from '../metadata-image.ts'
import type { RecordInput } from '../metadata-record.ts'
import { noneActive } from './create-topics.ts'
import {
  type Decision,
  type DecisionContext,
  hasElr,
  type Refusal,
  recordsPerRequestMax,
  refuse,
  versionsOf,
} from './decision.ts'
import { duplicateNames } from './duplicate-names.ts'
import { checkAssignment, DirectoryChooser, newPartition, placeReplicas } from './replica-placement.ts'

type Request = Message<typeof api.request>
type Wanted = Request['topics'][number]
type Response = MessageInput<typeof api.response>
type Result = NonNullable<Response['results']>[number]

export function createPartitions(context: DecisionContext, request: Request): Decision<Response> {
  const duplicates = duplicateNames(request.topics.map(topic => topic.name))
  const chooser = new DirectoryChooser(context.image)
  const records: RecordInput[] = []
  const results: Result[] = Array.from(duplicates, name =>
    result(name, refuse(errors.INVALID_REQUEST, `topic '${name}' stands in the request more than once`)),
  )
  for (const wanted of request.topics.filter(({ name }) => !duplicates.has(name))) {
    const topic = context.image.topicByName(wanted.name)
    const added = topic
      ? addPartitions(context, topic, wanted, chooser)
      : refuse(errors.UNKNOWN_TOPIC_OR_PARTITION, null)
    if ('error' in added) {
      results.push(result(wanted.name, added))
      continue
    }
    records.push(...partitionRecords(context, topic!, added))
    results.push(result(wanted.name, refuse(errors.NONE, null)))
  }
  if (records.length > recordsPerRequestMax) return refuseAll(request)
  return { records: request.validateOnly ? [] : records, response: { results } }
}

function refuseAll(request: Request): Decision<Response> {
  const refusal = refuse(
    errors.POLICY_VIOLATION,
    `one request may create ${recordsPerRequestMax} partitions: use several requests`,
  )
  return { records: [], response: { results: request.topics.map(({ name }) => result(name, refusal)) } }
}

function addPartitions(
  context: DecisionContext,
  topic: TopicImage,
  { count, assignments }: Wanted,
  chooser: DirectoryChooser,
): PartitionImage[] | Refusal {
  const start = topic.partitions.length
  if (count === start) return refuse(errors.INVALID_PARTITIONS, `topic ${topic.name} has ${start} partitions already`)
  if (count < start) {
    return refuse(
      errors.INVALID_PARTITIONS,
      `topic ${topic.name} has ${start} partitions; their number cannot go down to ${count}`,
    )
  }
  if (count - start > recordsPerRequestMax) {
    return refuse(
      errors.POLICY_VIOLATION,
      `one request may create ${recordsPerRequestMax} partitions, not ${count - start}`,
    )
  }
  const replicationFactor = topic.partitions[0]!.replicas.length
  if (assignments) return assigned(context, { start, count, replicationFactor, assignments }, chooser)
  const placements = placeReplicas(context.image, { start, count: count - start, replicationFactor })
  if ('error' in placements) return placements
  return placements.map((replicas, at) => newPartition(context.image, chooser, start + at, replicas)!)
}

function assigned(
  { image }: DecisionContext,
  wanted: {
    start: number
    count: number
    replicationFactor: number
    assignments: NonNullable<Wanted['assignments']>
  },
  chooser: DirectoryChooser,
): PartitionImage[] | Refusal {
  const { start, count, replicationFactor, assignments } = wanted
  if (assignments.length !== count - start) {
    return refuse(
      errors.INVALID_REPLICA_ASSIGNMENT,
      `${count - start} partitions are to be added, but ${assignments.length} are assigned`,
    )
  }
  const partitions: PartitionImage[] = []
  for (const [at, { brokerIds }] of assignments.entries()) {
    const wrong = checkAssignment(image, brokerIds, replicationFactor)
    if (wrong) return wrong
    const partition = newPartition(image, chooser, start + at, brokerIds)
    if (!partition) return noneActive(start + at)
    partitions.push(partition)
  }
  return partitions
}

function partitionRecords(
  context: DecisionContext,
  topic: TopicImage,
  added: readonly PartitionImage[],
): RecordInput[] {
  return added.map(partition => partitionInput(topic.id, partition, versionsOf(context), hasElr(context)))
}

function result(name: string, { error, message }: Refusal): Result {
  return { name, errorCode: error.code, errorMessage: message }
}
