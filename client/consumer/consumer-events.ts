// What a consumer tells whoever listens: `consumer.events.on('lag', ...)`. None of it needs an answer.

import type { EventEmitter } from 'node:events'
import type { TopicPartition } from '../../protocol/types.ts'
import type { ClientError } from '../client-error.ts'
import type { ResetPolicy } from './reset-policy.ts'

export interface PartitionLag extends TopicPartition {
  /** Offsets between what was delivered and the end. */
  readonly lag: number
}

export interface ConsumerEvents {
  /** Partitions were given to this consumer. */
  assigned: [partitions: readonly TopicPartition[]]
  /** Partitions are to be given up. */
  revoked: [partitions: readonly TopicPartition[]]
  /** Partitions are somebody else's already. */
  lost: [partitions: readonly TopicPartition[], reason: string]
  /** Every `lagIntervalMs`. */
  lag: [partitions: readonly PartitionLag[]]
  /** A broker owes the answer to a fetch for longer than it should. */
  stall: [stall: { readonly broker: string; readonly sinceMs: number; readonly partitions: readonly TopicPartition[] }]
  /** A broker's answer was overdue, and another in-sync replica was asked for the same (`hedge`). */
  hedged: [hedge: { readonly broker: string; readonly asked: string; readonly partitions: readonly TopicPartition[] }]
  /** A partition had no offset to go on from, or not any more. `offset`: where it goes on. */
  reset: [
    reset: TopicPartition & { readonly from: number | undefined; readonly to: ResetPolicy; readonly offset: number },
  ]
  /** Records that had been read are gone from the log; reading goes on at `endOffset` (KIP-320). */
  truncated: [cut: TopicPartition & { readonly delivered: number; readonly endOffset: number }]
  /** Records that cannot be read were left out (`onCorrupt: 'skip'`). */
  skipped: [
    skip: TopicPartition & { readonly fromOffset: number; readonly toOffset: number; readonly error: ClientError },
  ]
  /** A handler failed for the record as often as it may: it is left out, or its partition waits there until it is resumed. */
  poison: [
    poison: TopicPartition & { readonly offset: number; readonly error: ClientError; readonly policy: 'skip' | 'park' },
  ]
  /** A commit in the background failed; it will be tried again with what comes. */
  commitFailed: [error: ClientError]
}

export type ConsumerEmitter = EventEmitter<ConsumerEvents>
