// AssignReplicasToDirs: a broker says in which of its log directories replicas lie, or are about to (KIP-858). A replica whose
// directory had gone may lead again where the new one is there.
//
// Left out: elections away from a broker that names a directory which it has not registered; there is no second broker.
// Source: org.apache.kafka.controller.ReplicationControlManager.handleAssignReplicasToDirs, Kafka 4.3.0.

import { errors, type ProtocolError } from '../../../protocol/errors.ts'
import type { assignReplicasToDirs as api } from '../../../protocol/messages/assign-replicas-to-dirs.ts'
import type { Message, MessageInput } from '../../../protocol/wire/schema.ts'
import type { Uuid } from '../../../protocol/wire/uuid.ts'
import type { RecordInput } from '../metadata-record.ts'
import { type Decision, type DecisionContext, versionsOf } from './decision.ts'
import { assignmentChanges, type Changes } from './leadership.ts'

type Request = Message<typeof api.request>
type Response = MessageInput<typeof api.response>

export function assignReplicasToDirs(context: DecisionContext, request: Request): Decision<Response> {
  const { brokerId, brokerEpoch } = request
  const broker = context.image.brokers.get(brokerId)
  if (!versionsOf(context).hasDirectories) return refuseAll(errors.UNSUPPORTED_VERSION)
  if (!broker) return refuseAll(errors.BROKER_ID_NOT_REGISTERED)
  if (Number(brokerEpoch) !== broker.epoch) return refuseAll(errors.STALE_BROKER_EPOCH)
  const records: RecordInput[] = []
  const directories = request.directories.map(({ id, topics }) => {
    const changeOf = assignmentChanges(context, brokerId, id)
    return { id, topics: topics.map(topic => assignTopic(context, topic, brokerId, changeOf, records)) }
  })
  return { records, response: { errorCode: errors.NONE.code, directories } }
}

function assignTopic(
  { image }: DecisionContext,
  { topicId, partitions }: { topicId: Uuid; partitions: readonly { partitionIndex: number }[] },
  brokerId: number,
  changeOf: Changes,
  records: RecordInput[],
) {
  const topic = image.topicById(topicId)
  const assign = (index: number): ProtocolError => {
    if (!topic) return errors.UNKNOWN_TOPIC_ID
    const partition = topic.partitions[index]
    if (!partition) return errors.UNKNOWN_TOPIC_OR_PARTITION
    if (!partition.replicas.includes(brokerId)) return errors.NOT_LEADER_OR_FOLLOWER
    const record = changeOf(topic, partition)
    if (record) records.push(record)
    return errors.NONE
  }
  const results = partitions.map(({ partitionIndex }) => ({
    partitionIndex,
    errorCode: assign(partitionIndex).code,
  }))
  return { topicId, partitions: results }
}

function refuseAll({ code }: ProtocolError): Decision<Response> {
  return { records: [], response: { errorCode: code, directories: [] } }
}
