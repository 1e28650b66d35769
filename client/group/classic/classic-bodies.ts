// The requests of a member in the classic protocol, in every version that brokers offer.

import type { VersionRange } from '../../../protocol/wire/schema.ts'
import type { ClassicEffect } from './classic-effect.ts'

/** One of the ways in which a member can take part: the coordinator chooses one that all members name. */
export interface JoinProtocol {
  readonly name: string
  /** Told to the leader. */
  readonly metadata: Buffer
}

export interface Identity {
  readonly groupId: string
  readonly groupInstanceId: string | null
}

export interface JoinSettings extends Identity {
  readonly protocolType: string
  readonly sessionTimeoutMs: number
  readonly rebalanceTimeoutMs: number
}

type EffectOf<Kind extends ClassicEffect['kind']> = Extract<ClassicEffect, { readonly kind: Kind }>

/** KIP-800: brokers refuse nothing longer, but keep it in their logs. Source: JoinGroupRequest.maybeTruncateReason. */
const reasonLengthMax = 255

export function joinBody(settings: JoinSettings, effect: EffectOf<'join'>, protocols: readonly JoinProtocol[]) {
  const { groupId, groupInstanceId, protocolType, sessionTimeoutMs, rebalanceTimeoutMs } = settings
  const { memberId, reason } = effect
  const timeouts = { sessionTimeoutMs, rebalanceTimeoutMs }
  return { groupId, groupInstanceId, memberId, protocolType, ...timeouts, protocols, reason: truncated(reason) }
}

export function syncBody({ groupId, groupInstanceId, protocolType }: JoinSettings, effect: EffectOf<'sync'>) {
  const { generationId, memberId, protocolName } = effect.generation
  return {
    groupId,
    groupInstanceId,
    generationId,
    memberId,
    protocolType,
    protocolName,
    assignments: effect.assignments,
  }
}

export function heartbeatBody({ groupId, groupInstanceId }: Identity, effect: EffectOf<'heartbeat'>) {
  return { groupId, groupInstanceId, generationId: effect.generationId, memberId: effect.memberId }
}

export function leaveBody({ groupId, groupInstanceId }: Identity, { memberId, reason }: EffectOf<'leave'>) {
  const members = [{ memberId, groupInstanceId, reason: truncated(reason) }]
  return (apiVersion: number) => (apiVersion >= manyMembersSince ? { groupId, members } : { groupId, memberId })
}

/** LeaveGroup, version from which it can name several members, and static ones. */
const manyMembersSince = 3

/** Versions that know `group.instance.id`; all when the member is not a static one. */
export function staticVersions(api: 'join' | 'sync' | 'heartbeat' | 'leave', { groupInstanceId }: Identity) {
  return groupInstanceId === null ? {} : { versions: sinceStatic[api] }
}

const sinceStatic: Readonly<Record<'join' | 'sync' | 'heartbeat' | 'leave', VersionRange>> = {
  join: [5, 9],
  sync: [3, 5],
  heartbeat: [3, 4],
  leave: [manyMembersSince, 5],
}

function truncated(reason: string): string {
  return reason.length <= reasonLengthMax ? reason : reason.slice(0, reasonLengthMax)
}
