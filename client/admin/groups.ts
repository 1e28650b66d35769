// Groups of all kinds: list, describe, delete, remove members. Sources: ListGroups (KIP-518, KIP-848), ConsumerGroupDescribe,
// DescribeGroups, DeleteGroups, LeaveGroup (KIP-345); Java's methods stand in brackets.

import { deleteGroups } from '../../protocol/messages/delete-groups.ts'
import { leaveGroup } from '../../protocol/messages/leave-group.ts'
import { listGroups } from '../../protocol/messages/list-groups.ts'
import type { Broker } from '../cluster/broker.ts'
import { check, failure, keyed, only } from './answers.ts'
import type { Attempt, CallOptions } from './call-options.ts'
import type { AdminCalls } from './calls.ts'
import { everyBroker, joined } from './every-broker.ts'
import { askGroupDescriptions, type DescribeGroupOptions, type GroupDescription } from './group-descriptions.ts'
import { Outcomes } from './outcomes.ts'
import { coordinatorRoute } from './routing/coordinator-route.ts'

export type GroupType = 'Classic' | 'Consumer' | 'Share' | 'Streams'

export interface GroupListing {
  readonly groupId: string
  /** 'consumer', 'connect', 'share', …; empty for a group that only has offsets. */
  readonly protocolType: string
  /** Undefined when the broker does not say (before version 4). */
  readonly state: string | undefined
  /** Undefined when the broker does not say (before version 5). */
  readonly type: GroupType | undefined
}

export interface ListGroupOptions {
  /** Only those in one of these states: 'Stable', 'Empty', … */
  readonly states?: readonly string[]
  readonly types?: readonly GroupType[]
}

/** A member to be removed: a static one by its instance id, or any by its member id. */
export type MemberToRemove = { readonly instanceId: string } | { readonly memberId: string }

const statesSince = 4
const typesSince = 5
const membersSince = 3

export class GroupAdmin {
  readonly #calls: AdminCalls

  constructor(calls: AdminCalls) {
    this.#calls = calls
  }

  /** The groups of all brokers; rejects when one of these does not answer. [listGroups, listConsumerGroups] */
  async list(options: CallOptions & ListGroupOptions = {}): Promise<GroupListing[]> {
    const listed = joined(await this.listByBroker(options))
    return listed.sort((a, b) => (a.groupId < b.groupId ? -1 : 1))
  }

  /** The groups that each broker coordinates, by its id. [listGroups] */
  listByBroker(options: CallOptions & ListGroupOptions = {}): Promise<Outcomes<number, GroupListing[]>> {
    const { states: statesFilter = [], types: typesFilter = [] } = options
    const [oldest, last] = listGroups.versions
    const first = typesFilter.length > 0 ? typesSince : statesFilter.length > 0 ? statesSince : oldest
    return everyBroker(
      this.#calls,
      'list groups',
      async (broker, attempt) => {
        const body = { statesFilter, typesFilter }
        const answer = await broker.request(listGroups, body, { ...attempt, versions: [first, last] })
        check(answer.errorCode, { broker: broker.name })
        return answer.groups.map(listingFrom)
      },
      options,
    )
  }

  /** Rejects with GROUP_ID_NOT_FOUND. [describeConsumerGroups, describeClassicGroups] */
  async describe(groupId: string, options: CallOptions & DescribeGroupOptions = {}): Promise<GroupDescription> {
    return only(await this.describeAll([groupId], options))
  }

  /**
   * The outcome of each, by group id: groups of either protocol, classic ones whatever their protocol type is. Share and
   * streams groups have admins of their own. [describeConsumerGroups, describeClassicGroups]
   */
  describeAll(
    groupIds: Iterable<string>,
    options: CallOptions & DescribeGroupOptions = {},
  ): Promise<Outcomes<string, GroupDescription>> {
    return this.#calls.run(
      {
        what: 'describe groups',
        items: keyed(groupIds, groupId => groupId),
        route: coordinatorRoute(this.#calls.cluster, 'group'),
        ask: (broker, some, attempt) => askGroupDescriptions(broker, [...some.keys()], options, attempt),
      },
      options,
    )
  }

  /** Deletes a group that has no members, with its offsets. [deleteConsumerGroups, deleteShareGroups, deleteStreamsGroups] */
  async delete(groupId: string, options: CallOptions = {}): Promise<void> {
    only(await this.deleteAll([groupId], options))
  }

  /** The outcome of each, by group id; NON_EMPTY_GROUP for one with members. */
  deleteAll(groupIds: Iterable<string>, options: CallOptions = {}): Promise<Outcomes<string, void>> {
    return this.#calls.run(
      {
        what: 'delete groups',
        items: keyed(groupIds, groupId => groupId),
        route: coordinatorRoute(this.#calls.cluster, 'group'),
        ask: async (broker, some, attempt) => {
          const { results } = await broker.request(deleteGroups, { groupsNames: [...some.keys()] }, attempt)
          return new Map(results.map(({ groupId: group, errorCode }) => [group, failure(errorCode, { group })]))
        },
      },
      options,
    )
  }

  /**
   * Removes members from a classic group, which rebalances without them: those given, or all. The outcome of each, by its
   * instance id or else its member id. [removeMembersFromConsumerGroup]
   */
  async removeMembers(
    groupId: string,
    members: Iterable<MemberToRemove> | 'all',
    options: CallOptions & { readonly reason?: string } = {},
  ): Promise<Outcomes<string, void>> {
    const wanted = members === 'all' ? await this.#membersOf(groupId, options) : [...members]
    const body = {
      groupId,
      members: wanted.map(member => ({ ...onWire(member), reason: options.reason ?? 'removed by an administrator' })),
    }
    const ask = async (broker: Broker, attempt: Attempt) => {
      const versions = [membersSince, leaveGroup.versions[1]] as const
      const answer = await broker.request(leaveGroup, body, { ...attempt, versions, lane: 'data' })
      check(answer.errorCode, { group: groupId })
      return answer.members
    }
    const route = coordinatorRoute<undefined>(this.#calls.cluster, 'group')
    if (wanted.length === 0) return new Outcomes()
    const left = await this.#calls.one(`remove members of group ${groupId}`, ask, options, route, groupId)
    return new Outcomes(
      left.map(({ memberId, groupInstanceId, errorCode }) => {
        return [groupInstanceId ?? memberId, failure(errorCode, { group: groupId })]
      }),
    )
  }

  async #membersOf(groupId: string, options: CallOptions): Promise<MemberToRemove[]> {
    const { members } = await this.describe(groupId, options)
    return members.map(({ instanceId, memberId }) => (instanceId === undefined ? { memberId } : { instanceId }))
  }
}

function onWire(member: MemberToRemove) {
  if ('instanceId' in member) return { memberId: '', groupInstanceId: member.instanceId }
  return { memberId: member.memberId, groupInstanceId: null }
}

function listingFrom(group: {
  readonly groupId: string
  readonly protocolType: string
  readonly groupState: string
  readonly groupType: string
}): GroupListing {
  const { groupId, protocolType, groupState, groupType } = group
  // Brokers write the type in lower case or not: Kafka's Java enums are compared without it.
  const type = groupTypes.find(known => known.toLowerCase() === groupType.toLowerCase())
  return { groupId, protocolType, state: groupState || undefined, type }
}

const groupTypes: readonly GroupType[] = ['Classic', 'Consumer', 'Share', 'Streams']
