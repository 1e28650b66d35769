// Reassignments of replicas, as far as one broker has them: an assignment is checked, and one that changes nothing is accepted.
//
// Left out: moving replicas between brokers. It can only be asked for on a directory of a larger cluster, whose other brokers are
// still registered, and is refused.
// Source: ReplicationControlManager.alterPartitionReassignments and listPartitionReassignments, Kafka 4.3.0; KIP-455.

import { errors } from '../../../protocol/errors.ts'
import type { alterPartitionReassignments as alterApi } from '../../../protocol/messages/alter-partition-reassignments.ts'
import type { listPartitionReassignments as listApi } from '../../../protocol/messages/list-partition-reassignments.ts'
import type { Message, MessageInput } from '../../../protocol/wire/schema.ts'
import type { MetadataImage, PartitionImage, TopicImage } from '../metadata-image.ts'
import { type Decision, type DecisionContext, type Refusal, refuse } from './decision.ts'
import { checkAssignment } from './replica-placement.ts'

type AlterRequest = Message<typeof alterApi.request>
type AlterResponse = MessageInput<typeof alterApi.response>
type ListRequest = Message<typeof listApi.request>
type ListResponse = MessageInput<typeof listApi.response>

const accepted = refuse(errors.NONE, null)
const unmovable = refuse(
  errors.INVALID_REPLICA_ASSIGNMENT,
  'replicas cannot be moved between brokers: this broker does not replicate',
)

export function alterPartitionReassignments(
  { image }: DecisionContext,
  request: AlterRequest,
  apiVersion: number,
): Decision<AlterResponse> {
  const { topics, allowReplicationFactorChange } = request
  const responses = topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ partitionIndex, replicas }) => {
      const { error, message } = outcome(image, image.topicByName(name), { partitionIndex, replicas, request })
      return { partitionIndex, errorCode: error.code, errorMessage: message }
    }),
  }))
  return {
    records: [],
    response: {
      ...(apiVersion > 0 ? { allowReplicationFactorChange } : {}),
      errorCode: errors.NONE.code,
      errorMessage: topics.length === 0 ? '' : null,
      responses,
    },
  }
}

interface Wanted {
  readonly partitionIndex: number
  /** Null: the reassignment under way is to be taken back. */
  readonly replicas: readonly number[] | null
  readonly request: AlterRequest
}

function outcome(image: MetadataImage, topic: TopicImage | undefined, wanted: Wanted): Refusal {
  const { partitionIndex, replicas, request } = wanted
  const partition = topic?.partitions[partitionIndex]
  if (!partition) {
    return refuse(
      errors.UNKNOWN_TOPIC_OR_PARTITION,
      topic ? `${topic.name} has no partition ${partitionIndex}` : 'there is no topic of that name',
    )
  }
  if (!replicas) return isReassigning(partition) ? unmovable : refuse(errors.NO_REASSIGNMENT_IN_PROGRESS, null)
  const wrong = checkAssignment(image, replicas, undefined)
  if (wrong) return wrong
  const staying = partition.replicas.filter(id => !partition.addingReplicas.includes(id))
  if (!request.allowReplicationFactorChange && replicas.length !== staying.length) {
    return refuse(
      errors.INVALID_REPLICATION_FACTOR,
      `the partition has ${staying.length} replicas and is to keep as many, not ${replicas.length}`,
    )
  }
  return isReassigning(partition) || !sameOrder(replicas, partition.replicas) ? unmovable : accepted
}

/** Partitions whose replicas are on their way; null asks for all topics. */
export function listPartitionReassignments(image: MetadataImage, { topics }: ListRequest): ListResponse {
  const wanted = topics
    ? topics.flatMap(({ name, partitionIndexes }) => {
        const topic = image.topicByName(name)
        return topic ? [{ topic, partitions: partitionIndexes.flatMap(index => topic.partitions[index] ?? []) }] : []
      })
    : Array.from(image.topics(), topic => ({ topic, partitions: topic.partitions }))
  const reassigning = wanted.map(({ topic, partitions }) => ({
    name: topic.name,
    partitions: partitions.filter(isReassigning).map(({ index, replicas, addingReplicas, removingReplicas }) => ({
      partitionIndex: index,
      replicas: [...replicas],
      addingReplicas: [...addingReplicas],
      removingReplicas: [...removingReplicas],
    })),
  }))
  return {
    errorCode: errors.NONE.code,
    errorMessage: null,
    topics: reassigning.filter(({ partitions }) => partitions.length > 0),
  }
}

const isReassigning = ({ addingReplicas, removingReplicas }: PartitionImage): boolean =>
  addingReplicas.length > 0 || removingReplicas.length > 0
const sameOrder = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((id, at) => id === b[at])
