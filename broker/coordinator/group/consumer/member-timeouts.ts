// What happens when a member is not heard of in time: it is fenced. Each timer belongs to group and member by name: when it goes off and finds neither, it comes to nothing.
//
// Session: no heartbeat came in time. Rebalance: a member did not give up its partitions in time. Join and sync: a member of the
// classic protocol was told to rejoin, or has rejoined, and did not go on in time.
// A fencing whose records cannot be written is tried again, or the member would stay for ever.
// Source: Kafka 4.3.0's GroupMetadataManager (schedule… and cancel…).

import { errors } from '../../../../protocol/errors.ts'
import type { ConsumerGroup } from './consumer-group.ts'
import type { ConsumerMember } from './consumer-member.ts'
import { type ConsumerStep, note, type Written } from './consumer-step.ts'
import { fenceMembers } from './fence.ts'
import { memberTimer, type TimerKind } from './member-timers.ts'

const retryMs = 500

const reasons: Record<TimerKind, string> = {
  session: 'sent no heartbeat within its session timeout',
  rebalance: 'did not give up its partitions within its rebalance timeout',
  join: 'did not rejoin within its rebalance timeout',
  sync: 'did not ask for its assignment within its rebalance timeout',
}

/** The member is alive. Undefined: the timeout of the group. */
export function renewSession(step: ConsumerStep, groupId: string, memberId: string, timeoutMs?: number): void {
  schedule(step, 'session', groupId, memberId, timeoutMs ?? step.settings.timesOf(groupId).sessionTimeoutMs)
}

/** The member has its rebalance timeout to leave this epoch. */
export function awaitRevocation(step: ConsumerStep, groupId: string, member: ConsumerMember): void {
  const { memberId, memberEpoch, rebalanceTimeoutMs } = member
  const isStill = (now: ConsumerMember) => now.memberEpoch === memberEpoch
  schedule(step, 'rebalance', groupId, memberId, rebalanceTimeoutMs, isStill)
}

/** It has been told to rejoin: once is enough. */
export function awaitJoin(step: ConsumerStep, groupId: string, { memberId, rebalanceTimeoutMs }: ConsumerMember): void {
  if (step.timers.has(memberTimer('join', groupId, memberId))) return
  schedule(step, 'join', groupId, memberId, rebalanceTimeoutMs)
}

export function awaitSync(step: ConsumerStep, groupId: string, memberId: string, timeoutMs: number): void {
  schedule(step, 'sync', groupId, memberId, timeoutMs)
}

/** Members have a whole timeout to find this coordinator. */
export function startTimers(step: ConsumerStep, group: ConsumerGroup): void {
  for (const member of group.members.values()) {
    renewSession(step, group.groupId, member.memberId)
    if (member.state === 'UnrevokedPartitions') awaitRevocation(step, group.groupId, member)
  }
}

function schedule(
  step: ConsumerStep,
  kind: TimerKind,
  groupId: string,
  memberId: string,
  delayMs: number,
  isStill: (member: ConsumerMember) => boolean = () => true,
): void {
  step.timers.schedule(memberTimer(kind, groupId, memberId), delayMs, nowMs => {
    const later = step.at(nowMs)
    const group = later.groups.get(groupId)
    const member = group?.type === 'consumer' ? group.members.get(memberId) : undefined
    if (group?.type !== 'consumer' || member === undefined || !isStill(member)) return undefined
    note(later, group, `member is fenced: it ${reasons[kind]}`, { memberId, instanceId: member.instanceId })
    const retry = () => schedule(later, kind, groupId, memberId, retryMs, isStill)
    return withRetry(fenceMembers(later, group, [member]), retry)
  })
}

function withRetry(written: Written, retry: () => void): Written {
  return {
    ...written,
    settled: (error, nowMs) => {
      if (error !== errors.NONE) retry()
      return written.settled?.(error, nowMs)
    },
  }
}
