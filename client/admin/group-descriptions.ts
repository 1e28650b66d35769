// What there is to know of a group of consumers, of either protocol, in one shape. The coordinator is asked for the new kind
// first, and for a classic group when it is not one. Source: DescribeConsumerGroupsHandler, Kafka 4.3.0.

import { errors } from '../../protocol/errors.ts'
import { consumerGroupDescribe } from '../../protocol/messages/consumer-group-describe.ts'
import { describeGroups } from '../../protocol/messages/describe-groups.ts'
import { consumerProtocolAssignment } from '../../protocol/stored/data/consumer-protocol-assignment.ts'
import type { TopicPartition } from '../../protocol/types.ts'
import { DecodeError } from '../../protocol/wire/decode-error.ts'
import { Reader } from '../../protocol/wire/reader.ts'
import type { Message } from '../../protocol/wire/schema.ts'
import { brokerError, type ClientError } from '../client-error.ts'
import type { Broker } from '../cluster/broker.ts'
import { type AclOperation, operationsIn } from './acl-names.ts'
import { failure } from './answers.ts'
import type { Attempt } from './call-options.ts'

export interface DescribeGroupOptions {
  /** Also what this client may do with the group. */
  readonly authorizedOperations?: boolean
  /** Only as a classic group: GROUP_ID_NOT_FOUND for one of the consumer protocol. */
  readonly classicOnly?: boolean
}

export interface GroupDescription {
  readonly groupId: string
  readonly type: 'Classic' | 'Consumer'
  /** 'Stable', 'Empty', 'PreparingRebalance', 'Reconciling', … */
  readonly state: string
  /** 'consumer' for consumers; 'connect', 'sr', … for others; empty for a group that only has offsets. */
  readonly protocolType: string
  /** Who gets which partitions is decided by this assignor. */
  readonly assignor: string
  /** It only has offsets: nobody has ever joined. */
  readonly isSimple: boolean
  /** "host:port". */
  readonly coordinator: string
  readonly members: readonly MemberDescription[]
  /** Of the consumer protocol. */
  readonly groupEpoch: number | undefined
  readonly assignmentEpoch: number | undefined
  /** Undefined unless it was asked for. */
  readonly authorizedOperations: readonly AclOperation[] | undefined
}

export interface MemberDescription {
  readonly memberId: string
  readonly instanceId: string | undefined
  readonly clientId: string
  /** As the broker writes it: "/10.0.0.7". */
  readonly clientHost: string
  /** Undefined when it is not one of consumers, or cannot be read. */
  readonly assignment: readonly TopicPartition[] | undefined
  /** Where a member of the consumer protocol is going. */
  readonly target: readonly TopicPartition[] | undefined
  readonly epoch: number | undefined
  readonly rack: string | undefined
  readonly subscribedTopics: readonly string[] | undefined
  readonly subscribedPattern: string | undefined
  /** A member of the classic protocol in a group of the new one, which is being upgraded. */
  readonly isClassic: boolean
  /** What a classic member said when it joined, and was given by the leader: bytes that only the members understand. */
  readonly metadata: Buffer | undefined
  readonly assignmentBytes: Buffer | undefined
}

type Outcome = GroupDescription | ClientError
type NewGroup = Message<typeof consumerGroupDescribe.response>['groups'][number]
type ClassicGroup = Message<typeof describeGroups.response>['groups'][number]

/** Before version 6 a group that is not there is answered with this state. */
const dead = 'Dead'
const classicMember = 0
/** The broker knows no such group of the new kind: it may be a classic one. */
const notNew: readonly string[] = ['GROUP_ID_NOT_FOUND', 'UNSUPPORTED_VERSION']

/** The outcomes by group id. */
export async function askGroupDescriptions(
  broker: Broker,
  groupIds: readonly string[],
  options: DescribeGroupOptions,
  attempt: Attempt,
): Promise<Map<string, Outcome>> {
  const asNew = await askNew(broker, groupIds, options, attempt)
  const isClassic = (groupId: string) => {
    const outcome = asNew.get(groupId)
    return outcome === undefined || notNew.includes((outcome as ClientError).code)
  }
  const left = groupIds.filter(isClassic)
  return left.length === 0 ? asNew : new Map([...asNew, ...(await askClassic(broker, left, options, attempt))])
}

async function askNew(
  broker: Broker,
  groupIds: readonly string[],
  options: DescribeGroupOptions,
  attempt: Attempt,
): Promise<Map<string, Outcome>> {
  if (options.classicOnly || (await broker.versionOf(consumerGroupDescribe)) === undefined) return new Map()
  const body = { groupIds, includeAuthorizedOperations: options.authorizedOperations ?? false }
  const { groups } = await broker.request(consumerGroupDescribe, body, attempt)
  return new Map(groups.map(group => [group.groupId, ofNewGroup(group, broker)]))
}

async function askClassic(
  broker: Broker,
  groups: readonly string[],
  options: DescribeGroupOptions,
  attempt: Attempt,
): Promise<Map<string, Outcome>> {
  const includeAuthorizedOperations = options.authorizedOperations ?? false
  const answer = await broker.request(describeGroups, { groups, includeAuthorizedOperations }, attempt)
  return new Map(answer.groups.map(group => [group.groupId, ofClassicGroup(group, broker)]))
}

function ofNewGroup(group: NewGroup, broker: Broker): Outcome {
  const error = failure(group.errorCode, { group: group.groupId }, group.errorMessage)
  if (error !== undefined) return error
  return {
    groupId: group.groupId,
    type: 'Consumer',
    state: group.groupState,
    protocolType: 'consumer',
    assignor: group.assignorName,
    isSimple: false,
    coordinator: broker.name,
    members: group.members.map(ofNewMember),
    groupEpoch: group.groupEpoch,
    assignmentEpoch: group.assignmentEpoch,
    authorizedOperations: operationsIn(group.authorizedOperations),
  }
}

function ofNewMember(member: NewGroup['members'][number]): MemberDescription {
  return {
    memberId: member.memberId,
    instanceId: member.instanceId ?? undefined,
    clientId: member.clientId,
    clientHost: member.clientHost,
    assignment: partitionsIn(member.assignment.topicPartitions, ({ topicName }) => topicName),
    target: partitionsIn(member.targetAssignment.topicPartitions, ({ topicName }) => topicName),
    epoch: member.memberEpoch,
    rack: member.rackId ?? undefined,
    subscribedTopics: member.subscribedTopicNames,
    subscribedPattern: member.subscribedTopicRegex || undefined,
    isClassic: member.memberType === classicMember,
    metadata: undefined,
    assignmentBytes: undefined,
  }
}

function ofClassicGroup(group: ClassicGroup, broker: Broker): Outcome {
  const place = { group: group.groupId }
  const error = failure(group.errorCode, place, group.errorMessage)
  if (error !== undefined) return error
  if (group.groupState === dead) return brokerError(errors.GROUP_ID_NOT_FOUND.code, place)
  return {
    groupId: group.groupId,
    type: 'Classic',
    state: group.groupState,
    protocolType: group.protocolType,
    assignor: group.protocolData,
    isSimple: group.protocolType === '',
    coordinator: broker.name,
    members: group.members.map(member => ofClassicMember(member, group.protocolType)),
    groupEpoch: undefined,
    assignmentEpoch: undefined,
    authorizedOperations: operationsIn(group.authorizedOperations),
  }
}

function ofClassicMember(member: ClassicGroup['members'][number], protocolType: string): MemberDescription {
  return {
    memberId: member.memberId,
    instanceId: member.groupInstanceId ?? undefined,
    clientId: member.clientId,
    clientHost: member.clientHost,
    assignment: protocolType === 'consumer' ? assignmentIn(member.memberAssignment) : undefined,
    target: undefined,
    epoch: undefined,
    rack: undefined,
    subscribedTopics: undefined,
    subscribedPattern: undefined,
    isClassic: true,
    metadata: member.memberMetadata,
    assignmentBytes: member.memberAssignment,
  }
}

/** A later version begins as the last one that is known does. */
function assignmentIn(bytes: Buffer): TopicPartition[] | undefined {
  if (bytes.length === 0) return []
  try {
    const reader = new Reader(bytes)
    const version = Math.min(reader.int16(), consumerProtocolAssignment.versions[1])
    const { assignedPartitions } = consumerProtocolAssignment.read(version, reader)
    return partitionsIn(assignedPartitions, ({ topic }) => topic)
  } catch (error) {
    if (error instanceof DecodeError) return undefined
    throw error
  }
}

function partitionsIn<Assigned extends { readonly partitions: readonly number[] }>(
  topics: readonly Assigned[],
  nameOf: (assigned: Assigned) => string,
): TopicPartition[] {
  return topics.flatMap(assigned => assigned.partitions.map(partition => ({ topic: nameOf(assigned), partition })))
}
