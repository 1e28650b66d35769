// A consumer group as ConsumerGroupDescribe shows it, as of the last commit.
// Source: Kafka 4.3.0's ConsumerGroup.asDescribedGroup, ConsumerGroupMember.asConsumerGroupDescribeMember.

import { errors } from '../../../../protocol/errors.ts'
import type { consumerGroupDescribe } from '../../../../protocol/messages/consumer-group-describe.ts'
import type { MessageInput } from '../../../../protocol/wire/schema.ts'
import type { Group } from '../group.ts'
import { type Assignment, type EpochAssignment, noPartitions } from './assignment.ts'
import type { ConsumerGroup } from './consumer-group.ts'
import type { ConsumerMember } from './consumer-member.ts'
import type { ConsumerSettings } from './consumer-settings.ts'
import type { GroupTopics } from './group-topics.ts'
import { mostVoted } from './target-assignment.ts'

export type DescribedConsumerGroup = NonNullable<MessageInput<typeof consumerGroupDescribe.response>['groups']>[number]

const classicMemberType = 0
const consumerMemberType = 1

export function describedConsumerGroup(
  group: Group | undefined,
  groupId: string,
  settings: ConsumerSettings,
  topics: GroupTopics,
): DescribedConsumerGroup {
  if (group?.type === 'consumer') return describe(group, settings, topics)
  const errorMessage = `Group ${groupId} ${group === undefined ? 'not found' : 'is not a consumer group'}.`
  return { groupId, errorCode: errors.GROUP_ID_NOT_FOUND.code, errorMessage }
}

function describe(group: ConsumerGroup, { assignors }: ConsumerSettings, topics: GroupTopics): DescribedConsumerGroup {
  const { epoch, assignmentEpoch } = group.committedEpochs
  const [defaultAssignor] = assignors.keys()
  return {
    errorCode: errors.NONE.code,
    groupId: group.groupId,
    groupState: group.committedState,
    groupEpoch: epoch,
    assignmentEpoch,
    assignorName: mostVoted(new Map(group.assignorVotes.committedEntries())) ?? defaultAssignor!,
    members: Array.from(group.committedMembers(), member => {
      return describeMember(member, group.targets.getCommitted(member.memberId) ?? noPartitions, topics)
    }),
  }
}

function describeMember(member: ConsumerMember, target: Assignment, topics: GroupTopics) {
  const { memberId, instanceId, rackId, memberEpoch, clientId, clientHost, assigned, pendingRevocation } = member
  return {
    memberId,
    instanceId,
    rackId,
    memberEpoch,
    clientId,
    clientHost,
    subscribedTopicNames: [...member.subscribedTopics],
    subscribedTopicRegex: member.subscribedRegex,
    // It is responsible for what it gives up until it has.
    assignment: { topicPartitions: named([assigned, pendingRevocation], topics) },
    targetAssignment: { topicPartitions: named([target], topics) },
    memberType: member.classic === null ? consumerMemberType : classicMemberType,
  }
}

/** Of topics that exist. */
function named(assignments: readonly (Assignment | EpochAssignment)[], topics: GroupTopics) {
  const byTopic = new Map<string, { topicId: string; topicName: string; partitions: number[] }>()
  for (const [topicId, partitions] of assignments.flatMap(assignment => [...assignment])) {
    const topicName = topics.nameOf(topicId)
    if (topicName === undefined) continue
    const known = byTopic.get(topicId) ?? { topicId, topicName, partitions: [] }
    known.partitions.push(...partitions.keys())
    byTopic.set(topicId, known)
  }
  return [...byTopic.values()]
}
