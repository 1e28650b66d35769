// The timers of a member, by name. What happens when they go off: member-timeouts.ts.

import type { ConsumerStep } from './consumer-step.ts'

export type TimerKind = 'session' | 'rebalance' | 'join' | 'sync'

const kinds: readonly TimerKind[] = ['session', 'rebalance', 'join', 'sync']

/** Members choose their ids: with the length no two pairs of ids make the same name. */
export const memberTimer = (kind: TimerKind, groupId: string, memberId: string): string =>
  `consumer ${kind} ${groupId.length} ${groupId} ${memberId}`

export function endTimer(step: ConsumerStep, kind: TimerKind, groupId: string, memberId: string): void {
  step.timers.cancel(memberTimer(kind, groupId, memberId))
}

/** Of a member that is gone. */
export function endTimers(step: ConsumerStep, groupId: string, memberId: string): void {
  for (const kind of kinds) endTimer(step, kind, groupId, memberId)
}
