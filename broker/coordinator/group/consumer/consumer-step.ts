// What an event brings along when it happens to a consumer group: the time, settings, topics and groups as they are then, and the
// timers to set. With these as arguments the rules are functions of state and event alone.

import type { Logger } from '../../../../io/logger.ts'
import { errors, type ProtocolError } from '../../../../protocol/errors.ts'
import type { CoordinatorEvent, Decision } from '../../runtime/coordinator-state.ts'
import type { CoordinatorTimers } from '../../runtime/coordinator-timers.ts'
import type { Step } from '../classic/step.ts'
import type { Group } from '../group.ts'
import type { GroupCounters } from '../group-counters.ts'
import type { GroupRecord } from '../group-record.ts'
import type { ConsumerGroup } from './consumer-group.ts'
import type { ConsumerSettings } from './consumer-settings.ts'
import type { GroupTopics } from './group-topics.ts'

export interface ConsumerStep {
  readonly nowMs: number
  readonly settings: ConsumerSettings
  readonly topics: GroupTopics
  readonly timers: Pick<CoordinatorTimers<CoordinatorEvent<GroupRecord>>, 'schedule' | 'cancel' | 'has'>
  readonly logger: Logger
  readonly counters: GroupCounters
  /** The same event, for a classic group: groups change from one kind to the other. */
  readonly classic: Step
  readonly groups: { get(id: string): Group | undefined; set(id: string, group: Group): void; delete(id: string): void }
  /** A uuid. */
  newMemberId(): string
  /** A group that is in no map and never will be: its records make the real one. */
  createDraft(groupId: string): ConsumerGroup
  /** The step of an event that happens later: a timer, or the end of a write. */
  at(nowMs: number): ConsumerStep
}

/** Why a request is refused; the message is for people. */
export class Refusal {
  readonly error: ProtocolError
  readonly message: string

  constructor(error: ProtocolError, message: string) {
    this.error = error
    this.message = message
  }
}

export const unknownMember = (groupId: string, memberId: string): Refusal =>
  new Refusal(errors.UNKNOWN_MEMBER_ID, `${memberId} is not a member of group ${groupId}. It must join again.`)

export const groupNotFound = (groupId: string, why: string): Refusal =>
  new Refusal(errors.GROUP_ID_NOT_FOUND, `Group ${groupId} ${why}.`)

export type Written = Decision<undefined, GroupRecord>
export const nothing: Written = { response: undefined }

/** One line per change of a group. */
export function note(step: ConsumerStep, group: ConsumerGroup, text: string, fields: object = {}): void {
  const { groupId, epoch } = group
  step.logger.info({ groupId, epoch, ...fields }, text)
}
