// Groups of streams applications (KIP-1071). Source: StreamsGroupDescribe. Java: Admin.describeStreamsGroups. They are listed
// and deleted like all groups, and their offsets are those of groups.

import { streamsGroupDescribe } from '../../protocol/messages/streams-group-describe.ts'
import type { Message } from '../../protocol/wire/schema.ts'
import type { ClientError } from '../client-error.ts'
import { type AclOperation, operationsIn } from './acl-names.ts'
import { failure, only } from './answers.ts'
import type { AdminCalls } from './calls.ts'
import { type DescribeGroupOptions, describeGroups, type GroupKind } from './group-description-call.ts'
import type { Outcomes } from './outcomes.ts'

type Described = Message<typeof streamsGroupDescribe.response>['groups'][number]

/** Topology, members and their tasks are as the broker tells them. */
export interface StreamsGroupDescription
  extends Readonly<
    Omit<Described, 'errorCode' | 'errorMessage' | 'authorizedOperations' | 'groupState' | 'unknownTags'>
  > {
  readonly state: string
  /** "host:port". */
  readonly coordinator: string
  /** Undefined unless it was asked for. */
  readonly authorizedOperations: readonly AclOperation[] | undefined
}

const streamsGroups: GroupKind<Described, StreamsGroupDescription> = {
  what: 'describe streams groups',
  ask: (broker, body, attempt) => broker.request(streamsGroupDescribe, body, attempt),
  from: descriptionFrom,
}

export class StreamsGroupAdmin {
  readonly #calls: AdminCalls

  constructor(calls: AdminCalls) {
    this.#calls = calls
  }

  /** Rejects with GROUP_ID_NOT_FOUND. [describeStreamsGroups] */
  async describe(groupId: string, options: DescribeGroupOptions = {}): Promise<StreamsGroupDescription> {
    return only(await this.describeAll([groupId], options))
  }

  /** The outcome of each, by group id. [describeStreamsGroups] */
  describeAll(
    groupIds: Iterable<string>,
    options: DescribeGroupOptions = {},
  ): Promise<Outcomes<string, StreamsGroupDescription>> {
    return describeGroups(this.#calls, streamsGroups, groupIds, options)
  }
}

function descriptionFrom(group: Described, coordinator: string): StreamsGroupDescription | ClientError {
  const { errorCode, errorMessage, authorizedOperations, groupState: state, unknownTags: _, ...rest } = group
  const error = failure(errorCode, { group: group.groupId }, errorMessage)
  return error ?? { ...rest, state, coordinator, authorizedOperations: operationsIn(authorizedOperations) }
}
