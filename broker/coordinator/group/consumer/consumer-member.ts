// A member of a consumer group. Members are values: a change makes another one.
// Source: Kafka 4.3.0's ConsumerGroupMember.

import { type EpochAssignment, noEpochs, sameEpochAssignment } from './assignment.ts'
import type { MemberState } from './member-state.ts'

/** Epochs with which members ask for something else than to go on. */
export const joinEpoch = 0
export const leaveEpoch = -1
/** A static member goes, and is expected back. */
export const staticLeaveEpoch = -2

/** What a member that speaks the classic protocol has said about itself; null in others. */
export interface ClassicMetadata {
  readonly sessionTimeoutMs: number
  /** Preferred first. */
  readonly supportedProtocols: readonly { readonly name: string; readonly metadata: Buffer }[]
}

export interface ConsumerMember {
  readonly memberId: string
  /** Of the last assignment it was told; `staticLeaveEpoch` while a static member is away. */
  readonly memberEpoch: number
  /** The one before: the member may not have received the answer with the new one. */
  readonly previousMemberEpoch: number
  readonly state: MemberState
  readonly instanceId: string | null
  readonly rackId: string | null
  readonly rebalanceTimeoutMs: number
  readonly clientId: string
  readonly clientHost: string
  readonly subscribedTopics: ReadonlySet<string>
  /** '' or null: none. */
  readonly subscribedRegex: string | null
  /** Null: the broker's choice. */
  readonly assignor: string | null
  readonly assigned: EpochAssignment
  readonly pendingRevocation: EpochAssignment
  readonly classic: ClassicMetadata | null
}

export function newConsumerMember(memberId: string): ConsumerMember {
  return {
    memberId,
    memberEpoch: 0,
    previousMemberEpoch: -1,
    state: 'Stable',
    instanceId: null,
    rackId: null,
    rebalanceTimeoutMs: -1,
    clientId: '',
    clientHost: '',
    subscribedTopics: new Set(),
    subscribedRegex: '',
    assignor: null,
    assigned: noEpochs,
    pendingRevocation: noEpochs,
    classic: null,
  }
}

/** Whether everything it can be told of this epoch's target has been told. */
export function isReconciledTo(member: ConsumerMember, assignmentEpoch: number): boolean {
  return member.state === 'Stable' && member.memberEpoch === assignmentEpoch
}

/** The expression it has subscribed to, if any. */
export function regexOf(member: ConsumerMember | undefined): string | undefined {
  return member?.subscribedRegex || undefined
}

const plainFields = [
  'memberId',
  'memberEpoch',
  'previousMemberEpoch',
  'state',
  'instanceId',
  'rackId',
  'rebalanceTimeoutMs',
  'clientId',
  'clientHost',
  'subscribedRegex',
  'assignor',
] as const satisfies readonly (keyof ConsumerMember)[]

export function isSameMember(one: ConsumerMember, other: ConsumerMember): boolean {
  if (one === other) return true
  return (
    plainFields.every(field => one[field] === other[field]) &&
    hasSameTopics(one, other) &&
    sameEpochAssignment(one.assigned, other.assigned) &&
    sameEpochAssignment(one.pendingRevocation, other.pendingRevocation) &&
    isSameClassic(one.classic, other.classic)
  )
}

export function hasSameTopics(one: ConsumerMember, other: ConsumerMember): boolean {
  const [a, b] = [one.subscribedTopics, other.subscribedTopics]
  return a === b || (a.size === b.size && [...a].every(topic => b.has(topic)))
}

function isSameClassic(one: ClassicMetadata | null, other: ClassicMetadata | null): boolean {
  if (one === null || other === null) return one === other
  const [a, b] = [one.supportedProtocols, other.supportedProtocols]
  if (one.sessionTimeoutMs !== other.sessionTimeoutMs || a.length !== b.length) return false
  return a.every((protocol, index) => {
    return protocol.name === b[index]!.name && protocol.metadata.equals(b[index]!.metadata)
  })
}
