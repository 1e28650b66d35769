// The options of a membership, filled in and checked.

import type { Assignor } from '../assignors/assignor.ts'
import { assignorsByDefault, assignorsNamed } from '../assignors/assignors.ts'
import { ClientError } from '../client-error.ts'
import type { GroupMembershipOptions, GroupProtocol } from './group-membership.ts'

export interface MembershipSettings {
  readonly groupId: string
  readonly groupInstanceId: string | null
  readonly protocol: GroupProtocol | 'auto'
  readonly assignors: readonly Assignor[]
  readonly serverAssignor: string | undefined
  readonly sessionTimeoutMs: number
  readonly heartbeatIntervalMs: number
  readonly maxPollIntervalMs: number
  readonly drainTimeoutMs: number
  readonly excludeInternalTopics: boolean
  readonly allowAutoCreateTopics: boolean
}

/** Throws INVALID_ARGUMENT. */
export function membershipSettings(options: GroupMembershipOptions): MembershipSettings {
  const { groupId, groupInstanceId, protocol = 'auto', assignors, serverAssignor } = options
  const { sessionTimeoutMs = 45_000, heartbeatIntervalMs = 3000, maxPollIntervalMs = 300_000 } = options
  if (groupId === '') throw wrong('`groupId` is empty', 'name the group')
  if (groupInstanceId === '') throw wrong('`groupInstanceId` is empty', 'leave it out for a dynamic member')
  if (!['auto', 'classic', 'consumer'].includes(protocol)) throw wrong(`there is no protocol "${protocol}"`, protocols)
  const timeouts = { sessionTimeoutMs, heartbeatIntervalMs, maxPollIntervalMs }
  for (const [name, value] of Object.entries(timeouts)) {
    if (!(Number.isInteger(value) && value >= 1))
      throw wrong(`${name} is ${value}`, 'give whole milliseconds, at least 1')
  }
  if (heartbeatIntervalMs >= sessionTimeoutMs) {
    throw wrong(`heartbeatIntervalMs (${heartbeatIntervalMs}) is not below sessionTimeoutMs`, 'a third of it is usual')
  }
  return {
    groupId,
    groupInstanceId: groupInstanceId ?? null,
    protocol,
    assignors: assignors === undefined ? assignorsByDefault : assignorsNamed(assignors),
    serverAssignor,
    ...timeouts,
    drainTimeoutMs: options.drainTimeoutMs ?? drainTimeoutMs(maxPollIntervalMs, heartbeatIntervalMs),
    excludeInternalTopics: options.excludeInternalTopics ?? true,
    allowAutoCreateTopics: options.allowAutoCreateTopics ?? true,
  }
}

const protocols = "give 'auto', 'classic' or 'consumer'"

/** The coordinator counts from when it decided to rebalance; this member hears of it a heartbeat later, and has to answer in time. */
function drainTimeoutMs(rebalanceTimeoutMs: number, heartbeatIntervalMs: number): number {
  return Math.max(rebalanceTimeoutMs / 2, rebalanceTimeoutMs - 2 * heartbeatIntervalMs)
}

function wrong(what: string, help: string): ClientError {
  return new ClientError('INVALID_ARGUMENT', what, { help })
}
