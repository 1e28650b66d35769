// What a member of a classic group wants done. The shell does it and reports back to the member.

import type { ClientError } from '../../client-error.ts'

export interface JoinedMember {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly metadata: Buffer
}

/** For the leader: give each of them something. */
export interface GroupToLead {
  readonly generationId: number
  readonly protocolName: string
  readonly leaderId: string
  readonly members: readonly JoinedMember[]
  /** The group keeps the assignment it has: a static leader has come back. Nothing is to be assigned. */
  readonly skipAssignment: boolean
}

export interface MemberAssignmentBytes {
  readonly memberId: string
  readonly assignment: Buffer
}

export interface ClassicGeneration {
  readonly generationId: number
  readonly memberId: string
  readonly protocolName: string
  readonly isLeader: boolean
}

/** `life` comes back with the answer: what belongs to an earlier one is not listened to. */
export type ClassicEffect =
  /** Give up what has to be given up before joining, then call `prepared`. */
  | { readonly kind: 'prepare'; readonly life: number }
  | { readonly kind: 'join'; readonly life: number; readonly memberId: string; readonly reason: string }
  /** The JoinGroup or SyncGroup under way is not waited for any more. */
  | { readonly kind: 'abandon' }
  | { readonly kind: 'lead'; readonly life: number; readonly group: GroupToLead }
  | {
      readonly kind: 'sync'
      readonly life: number
      readonly generation: ClassicGeneration
      readonly assignments: readonly MemberAssignmentBytes[]
    }
  | { readonly kind: 'heartbeat'; readonly life: number; readonly memberId: string; readonly generationId: number }
  | { readonly kind: 'leave'; readonly memberId: string; readonly reason: string }
  | { readonly kind: 'forgetCoordinator' }
  | { readonly kind: 'assigned'; readonly generation: ClassicGeneration; readonly assignment: Buffer }
  /** What was assigned may be somebody else's. */
  | { readonly kind: 'lost'; readonly reason: string }
  /** It was not: what was assigned last is this member's again. */
  | { readonly kind: 'regained' }
  /** Final: the member is out of the group and does nothing more. */
  | { readonly kind: 'failed'; readonly error: ClientError }
