// What an event brings along when it happens to a classic group: the time, chance and settings as they are then, the timers to
// set. With these as arguments the rules are functions of state and event alone.

import type { Logger } from '../../../../io/logger.ts'
import type { CoordinatorEvent, Decision } from '../../runtime/coordinator-state.ts'
import type { CoordinatorTimers } from '../../runtime/coordinator-timers.ts'
import type { GroupCounters } from '../group-counters.ts'
import type { GroupRecord } from '../group-record.ts'
import type { GroupSettings } from '../group-settings.ts'
import type { ClassicGroup } from './classic-group.ts'
import type { ClassicMember } from './classic-member.ts'

export interface Step {
  readonly nowMs: number
  readonly settings: GroupSettings
  readonly timers: Pick<CoordinatorTimers<CoordinatorEvent<GroupRecord>>, 'schedule' | 'cancel'>
  readonly logger: Logger
  readonly counters: GroupCounters
  /** A fresh member id that begins with the client id or the instance id. */
  newMemberId(prefix: string): string
  /** The step of an event that happens later: a timer, or the end of a write. */
  at(nowMs: number): Step
  /** Whether this is the group of its id: it may have been deleted, or its creation taken back. */
  isCurrent(group: ClassicGroup): boolean
}

/** Records that an event makes necessary; undefined: none. */
export type Written = Decision<undefined, GroupRecord> | undefined

export const joinTimer = (group: ClassicGroup): string => `join ${group.groupId}`
export const syncTimer = (group: ClassicGroup): string => `sync ${group.groupId}`
export const sessionTimer = (group: ClassicGroup, memberId: string): string => `session ${group.groupId} ${memberId}`

/** Sets a timer under one of the keys above. It comes to nothing when the group is gone by then. */
export function schedule(
  step: Step,
  group: ClassicGroup,
  key: string,
  delayMs: number,
  event: (step: Step) => Written,
): void {
  step.timers.schedule(key, delayMs, nowMs => {
    const later = step.at(nowMs)
    return later.isCurrent(group) ? event(later) : undefined
  })
}

/** One line per change of a group's state. */
export function note(step: Step, group: ClassicGroup, text: string, fields: object = {}): void {
  const { groupId, generation, state } = group
  step.logger.info({ groupId, generation, state, ...fields }, text)
}

/** Who a log line is about. */
export const memberFields = ({ memberId, groupInstanceId }: ClassicMember): object => ({ memberId, groupInstanceId })
