// What a member of a group in the consumer protocol wants done. The shell does it and reports back to the member.

import type { ClientError } from '../../client-error.ts'
import type { IdPartition } from './partition-set.ts'

/** What a heartbeat says. Left out: as it was said before. */
export interface HeartbeatFields {
  readonly memberId: string
  /** 0: joins. -1: leaves. -2: is away for a moment, a static member only. */
  readonly memberEpoch: number
  readonly rebalanceTimeoutMs?: number
  readonly subscribedTopicNames?: readonly string[]
  readonly subscribedTopicRegex?: string
  readonly serverAssignor?: string
  readonly topicPartitions?: readonly { readonly topicId: string; readonly partitions: readonly number[] }[]
}

/** `life` comes back with the answer: what belongs to an earlier one is not listened to. */
export type ConsumerEffect =
  | { readonly kind: 'heartbeat'; readonly life: number; readonly fields: HeartbeatFields }
  | { readonly kind: 'leave'; readonly fields: HeartbeatFields }
  /** Give these up, then call `revoked`. */
  | { readonly kind: 'revoke'; readonly step: number; readonly partitions: readonly IdPartition[] }
  /** Take these, as soon as their topics' names are known, then call `assigned` with those that were taken. */
  | { readonly kind: 'assign'; readonly step: number; readonly partitions: readonly IdPartition[] }
  /** All that is held may be somebody else's. */
  | { readonly kind: 'lost'; readonly reason: string }
  /** It was not: these are this member's again. */
  | { readonly kind: 'regained'; readonly partitions: readonly IdPartition[] }
  | { readonly kind: 'forgetCoordinator' }
  /** Final: the member is out of the group and does nothing more. `hasJoined`: it had been a member before. */
  | { readonly kind: 'failed'; readonly error: ClientError; readonly hasJoined: boolean }
