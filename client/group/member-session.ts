// What the two protocols have in common for whoever stands above: a member that comes and goes.

import type { GroupProtocol } from './group-membership.ts'

/** Who commits: put into OffsetCommit and OffsetFetch. */
export interface CommitIdentity {
  readonly memberId: string
  /** The classic generation, or the member epoch. */
  readonly generationId: number
  readonly groupInstanceId: string | null
}

/** A commit may be made as this member; not before the rebalance is over; or never again in this membership. */
export type CommitStanding = { readonly as: CommitIdentity } | 'rebalancing' | 'out'

export interface SessionLeave {
  readonly says: boolean
  readonly reason: string
  readonly timeoutMs: number
}

export interface MemberSession {
  readonly protocol: GroupProtocol
  readonly standing: CommitStanding
  start(): void
  /** Other topics are wanted than before. */
  subscriptionChanged(): void
  /** The application is too slow: leaves, until `resume`. */
  expel(reason: string): void
  resume(): void
  /** Without effect in the consumer protocol. */
  enforceRebalance(reason: string): void
  /** A commit made as `identity` was refused with this error. */
  commitRefused(identity: CommitIdentity, errorCode: number): void
  /** Before `leave`: stays a member, so that what is owned can be given up in peace, and does nothing else. */
  freeze(): void
  /** What is owned has been given up before. Never rejects. */
  leave(options: SessionLeave): Promise<void>
  explain(): string
}
