// What a ConsumerGroupHeartbeat must say, whatever the group is like.
// Source: Kafka 4.3.0's GroupCoordinatorService.throwIfConsumerGroupHeartbeatRequestIsInvalid.

import { errors } from '../../../../protocol/errors.ts'
import type { consumerGroupHeartbeat } from '../../../../protocol/messages/consumer-group-heartbeat.ts'
import type { Message } from '../../../../protocol/wire/schema.ts'
import { joinEpoch, leaveEpoch, staticLeaveEpoch } from './consumer-member.ts'
import type { ConsumerSettings } from './consumer-settings.ts'
import { Refusal } from './consumer-step.ts'

export type HeartbeatRequest = Message<typeof consumerGroupHeartbeat.request>

/** From this version on members choose their ids themselves: a retried first heartbeat is then not another member. */
const ownMemberIdSince = 1

export function checkHeartbeat(
  request: HeartbeatRequest,
  apiVersion: number,
  settings: ConsumerSettings,
): Refusal | undefined {
  const problem = fieldProblem(request, apiVersion) ?? epochProblem(request)
  if (problem !== undefined) return new Refusal(errors.INVALID_REQUEST, problem)
  const { serverAssignor } = request
  if (serverAssignor === null || settings.assignors.has(serverAssignor)) return undefined
  const known = [...settings.assignors.keys()].join(', ')
  return new Refusal(errors.UNSUPPORTED_ASSIGNOR, `There is no assignor ${serverAssignor}, only ${known}.`)
}

function fieldProblem(request: HeartbeatRequest, apiVersion: number): string | undefined {
  const { memberId, groupId, instanceId, rackId, memberEpoch } = request
  const isMember = apiVersion >= ownMemberIdSince || memberEpoch > 0 || memberEpoch === leaveEpoch
  const isBlank = (value: string | null) => value !== null && value.trim() === ''
  if (isMember && isBlank(memberId)) return 'MemberId must not be empty.'
  if (isBlank(groupId)) return 'GroupId must not be empty.'
  if (isBlank(instanceId)) return 'InstanceId must be null or not empty.'
  return isBlank(rackId) ? 'RackId must be null or not empty.' : undefined
}

function epochProblem(request: HeartbeatRequest): string | undefined {
  switch (request.memberEpoch) {
    case joinEpoch:
      return joinProblem(request)
    case leaveEpoch:
      return undefined
    case staticLeaveEpoch:
      return request.instanceId === null ? 'Only a static member, with an InstanceId, can leave with -2.' : undefined
    default:
      return request.memberEpoch < staticLeaveEpoch ? 'MemberEpoch must be -2 or more.' : undefined
  }
}

function joinProblem(request: HeartbeatRequest): string | undefined {
  const { rebalanceTimeoutMs, topicPartitions, subscribedTopicNames, subscribedTopicRegex } = request
  if (rebalanceTimeoutMs === -1) return 'RebalanceTimeoutMs is needed to join.'
  if (topicPartitions?.length !== 0) return 'TopicPartitions must be empty to join: nothing can be held yet.'
  const hasSubscription = subscribedTopicNames !== null || subscribedTopicRegex !== null
  return hasSubscription ? undefined : 'SubscribedTopicNames or SubscribedTopicRegex is needed to join.'
}
