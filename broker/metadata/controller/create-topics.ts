// CreateTopics: names, counts, assignments and configs are checked topic by topic; one bad topic does not fail the others.
// Source: ReplicationControlManager.createTopics, ControllerApis.createTopics, Kafka 4.3.0. There is no create.topic.policy.

import { errors } from '../../../protocol/errors.ts'
import type { createTopics as api } from '../../../protocol/messages/create-topics.ts'
import type { Message, MessageInput } from '../../../protocol/wire/schema.ts'
import { isAlterError, newTopicConfig } from '../../config/alter-config.ts'
import type { SettingTexts } from '../../config/broker-config.ts'
import { describeTopicConfig } from '../../config/describe-config.ts'
import { partitionInput } from '../image/image-records.ts'
import type { PartitionImage } from '../metadata-image.ts'
import { type RecordInput, recordInput } from '../metadata-record.ts'
import type { RecordVersions } from '../record-versions.ts'
import { clearElrRecords } from './alter-configs.ts'
import {
  type Decision,
  type DecisionContext,
  hasElr,
  partitionsPerRequestMax,
  type Refusal,
  recordsPerRequestMax,
  refuse,
  versionsOf,
} from './decision.ts'
import { duplicateNames } from './duplicate-names.ts'
import { checkAssignment, DirectoryChooser, newPartition, placeReplicas } from './replica-placement.ts'
import { metadataTopic, topicNameProblem } from './topic-name.ts'

type Request = Message<typeof api.request>
type Topic = Request['topics'][number]
type Response = MessageInput<typeof api.response>
type Result = NonNullable<Response['topics']>[number]

/** Decides all topics of the request; what one creates the next ones see. */
export function createTopics(context: DecisionContext, request: Request): Decision<Response> {
  if (partitionCount(context, request) > partitionsPerRequestMax) return refuseAll(request, tooManyPartitions)
  const versions = versionsOf(context)
  const duplicates = duplicateNames(request.topics.map(topic => topic.name))
  const chooser = new DirectoryChooser(context.image)
  const records: RecordInput[] = []
  const results: Result[] = []
  for (const topic of request.topics.filter(({ name }) => !duplicates.has(name))) {
    const created = createTopic(context, topic, { chooser, versions })
    if ('error' in created) {
      results.push(failure(topic.name, created))
      continue
    }
    records.push(...created.records)
    results.push(created.result)
  }
  for (const name of duplicates) {
    results.push(failure(name, refuse(errors.INVALID_REQUEST, `topic '${name}' stands in the request more than once`)))
  }
  if (records.length > recordsPerRequestMax) return refuseAll(request, tooManyRecords)
  return { records: request.validateOnly ? [] : records, response: { topics: results } }
}

const tooManyPartitions = refuse(
  errors.POLICY_VIOLATION,
  `one request may create ${partitionsPerRequestMax} partitions: create the topics in several requests`,
)
const tooManyRecords = refuse(
  errors.POLICY_VIOLATION,
  `one request may lead to ${recordsPerRequestMax} records: create the topics in several requests`,
)

function refuseAll(request: Request, refusal: Refusal): Decision<Response> {
  return { records: [], response: { topics: request.topics.map(topic => failure(topic.name, refusal)) } }
}

function partitionCount({ config }: DecisionContext, request: Request): number {
  const countOf = ({ assignments, numPartitions }: Topic): number => {
    if (assignments.length > 0) return assignments.length
    return numPartitions === -1 ? config.int('num.partitions') : Math.max(0, numPartitions)
  }
  return request.topics.reduce((sum, topic) => sum + countOf(topic), 0)
}

interface Tools {
  readonly chooser: DirectoryChooser
  readonly versions: RecordVersions
}

function createTopic(
  context: DecisionContext,
  topic: Topic,
  tools: Tools,
): Refusal | { records: RecordInput[]; result: Result } {
  const wrongName = checkName(context, topic.name)
  if (wrongName) return wrongName
  const overrides = creationOverrides(context, topic)
  if ('error' in overrides) return overrides
  const partitions = topic.assignments.length > 0 ? assigned(context, topic, tools) : placed(context, topic, tools)
  if ('error' in partitions) return partitions
  const topicId = context.newUuid()
  const configs = Array.from(overrides, ([name, value]) =>
    recordInput('config', 0, { resourceType: 2, resourceName: topic.name, name, value }),
  )
  return {
    // Configs stand between the topic and its partitions: whoever creates a log finds them already there.
    records: [
      recordInput('topic', 0, { name: topic.name, topicId }),
      ...configs,
      ...clearElrRecords(context, configs),
      ...partitions.map(partition => partitionInput(topicId, partition, tools.versions, hasElr(context))),
    ],
    result: {
      name: topic.name,
      topicId,
      errorCode: errors.NONE.code,
      errorMessage: null,
      numPartitions: partitions.length,
      replicationFactor: partitions[0]!.replicas.length,
      configs: effectiveConfigs(context, overrides),
    },
  }
}

/** Everything the topic would have, sorted by name. */
function effectiveConfigs({ config }: DecisionContext, overrides: SettingTexts): NonNullable<Result['configs']> {
  return describeTopicConfig(config, overrides)
    .map(({ name, value, readOnly, configSource, isSensitive }) => ({
      name,
      value,
      readOnly,
      configSource,
      isSensitive,
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

function checkName({ image }: DecisionContext, name: string): Refusal | undefined {
  if (name === metadataTopic) return refuse(errors.INVALID_REQUEST, `topic ${metadataTopic} belongs to the controller`)
  if (image.topicByName(name)) return refuse(errors.TOPIC_ALREADY_EXISTS, `Topic '${name}' already exists.`)
  const problem = topicNameProblem(name)
  if (problem) return refuse(errors.INVALID_TOPIC_EXCEPTION, problem)
  // Topics of the same request do not collide with each other, as in Kafka.
  const existing = image.topicsState.collidingWith(name)
  if (existing === undefined) return undefined
  return refuse(
    errors.INVALID_TOPIC_EXCEPTION,
    `topic '${name}' would collide with '${existing}': in metric names '.' and '_' are the same`,
  )
}

function creationOverrides(context: DecisionContext, topic: Topic): SettingTexts | Refusal {
  const altered = newTopicConfig({ config: context.config }, topic.configs)
  return isAlterError(altered) ? refuse(errors[altered.error], altered.message) : altered.overrides
}

/** Partitions as the request assigns them to brokers. */
function assigned({ image }: DecisionContext, topic: Topic, { chooser }: Tools): PartitionImage[] | Refusal {
  if (topic.replicationFactor !== -1) {
    return refuse(errors.INVALID_REQUEST, 'with an assignment of replicas the replication factor must be -1')
  }
  if (topic.numPartitions !== -1) {
    return refuse(errors.INVALID_REQUEST, 'with an assignment of replicas the number of partitions must be -1')
  }
  const partitions = new Map<number, PartitionImage>()
  let replicationFactor: number | undefined
  for (const { partitionIndex, brokerIds } of topic.assignments) {
    if (partitions.has(partitionIndex)) {
      return refuse(errors.INVALID_REPLICA_ASSIGNMENT, `partition ${partitionIndex} is assigned more than once`)
    }
    const wrong = checkAssignment(image, brokerIds, replicationFactor)
    if (wrong) return wrong
    replicationFactor = brokerIds.length
    const partition = newPartition(image, chooser, partitionIndex, brokerIds)
    if (!partition) return noneActive(partitionIndex)
    partitions.set(partitionIndex, partition)
  }
  const sorted = [...partitions.values()].sort((a, b) => a.index - b.index)
  if (sorted.every((partition, at) => partition.index === at)) return sorted
  return refuse(errors.INVALID_REPLICA_ASSIGNMENT, 'the assigned partitions must be numbered from 0 without a gap')
}

/** The answer when every broker of an assigned partition is away. */
export function noneActive(index: number): Refusal {
  return refuse(
    errors.INVALID_REPLICA_ASSIGNMENT,
    `none of the brokers that partition ${index} is assigned to is serving at present`,
  )
}

/** Partitions by number, with replicas placed by the controller. */
function placed({ image, config }: DecisionContext, topic: Topic, { chooser }: Tools): PartitionImage[] | Refusal {
  if (topic.replicationFactor < -1 || topic.replicationFactor === 0) {
    return refuse(errors.INVALID_REPLICATION_FACTOR, 'the replication factor must be above 0, or -1 for the default')
  }
  if (topic.numPartitions < -1 || topic.numPartitions === 0) {
    return refuse(errors.INVALID_PARTITIONS, 'the number of partitions must be above 0, or -1 for the default')
  }
  const count = topic.numPartitions === -1 ? config.int('num.partitions') : topic.numPartitions
  const replicationFactor =
    topic.replicationFactor === -1 ? config.int('default.replication.factor') : topic.replicationFactor
  const placements = placeReplicas(image, { start: 0, count, replicationFactor })
  if ('error' in placements) return placements
  return placements.map((replicas, index) => newPartition(image, chooser, index, replicas)!)
}

function failure(name: string, { error, message }: Refusal): Result {
  return { name, errorCode: error.code, errorMessage: message, configs: [] }
}
