// Describing groups of one kind: asked of their coordinators, with an outcome for each.

import type { ClientError } from '../client-error.ts'
import type { Broker } from '../cluster/broker.ts'
import { keyed } from './answers.ts'
import type { Attempt, CallOptions } from './call-options.ts'
import type { AdminCalls } from './calls.ts'
import type { Outcomes } from './outcomes.ts'
import { coordinatorRoute } from './routing/coordinator-route.ts'

export type DescribeGroupOptions = CallOptions & {
  /** Whether to say what the caller may do with the group. */
  readonly authorizedOperations?: boolean
}

/** What describing groups of a kind asks, and makes of the answer. */
export interface GroupKind<Answer extends { readonly groupId: string }, Description> {
  /** For messages: "describe share groups". */
  readonly what: string
  ask(
    broker: Broker,
    body: { readonly groupIds: string[]; readonly includeAuthorizedOperations: boolean },
    attempt: Attempt,
  ): Promise<{ readonly groups: readonly Answer[] }>
  from(group: Answer, coordinator: string): Description | ClientError
}

export function describeGroups<Answer extends { readonly groupId: string }, Description>(
  calls: AdminCalls,
  kind: GroupKind<Answer, Description>,
  groupIds: Iterable<string>,
  options: DescribeGroupOptions,
): Promise<Outcomes<string, Description>> {
  const { authorizedOperations: includeAuthorizedOperations = false } = options
  return calls.run(
    {
      what: kind.what,
      items: keyed(groupIds, groupId => groupId),
      route: coordinatorRoute(calls.cluster, 'group'),
      ask: async (broker, some, attempt) => {
        const { groups } = await kind.ask(broker, { groupIds: [...some.keys()], includeAuthorizedOperations }, attempt)
        return new Map(groups.map(group => [group.groupId, kind.from(group, broker.name)]))
      },
    },
    options,
  )
}
