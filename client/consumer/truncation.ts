// What follows from a leader's word about where an epoch ended (KIP-320): nothing, or that the log was cut before the position.

import { ClientError } from '../client-error.ts'
import type { EpochEnd } from './epoch-lookup.ts'
import type { PartitionState } from './partition-state.ts'
import type { ResetPolicy } from './reset-policy.ts'

/**
 * intact: reading goes on. rewound: only what was not delivered yet was cut; it is fetched anew. moved: the application has seen
 * what is gone; reading goes on where the histories part. reset: where they part is not known. lost: that is an error.
 */
export type Verdict = 'intact' | 'rewound' | 'moved' | 'reset' | 'lost'

/** Whether the end of the epoch says that something was cut. Source: SubscriptionState.maybeCompleteValidation, Kafka 4.3.0. */
export function verdictOf(state: PartitionState, end: EpochEnd, policy: ResetPolicy): Verdict {
  const isKnown = end.endOffset >= 0 && end.epoch >= 0
  if (isKnown && end.endOffset >= state.fetchOffset) return 'intact'
  if (isKnown && end.endOffset >= state.delivered) return 'rewound'
  if (policy === 'none') return 'lost'
  return isKnown ? 'moved' : 'reset'
}

/** Carries it out; what is buffered of the partition must have been dropped, unless it is intact. */
export function applyVerdict(state: PartitionState, verdict: Verdict, end: EpochEnd): void {
  if (verdict === 'reset') state.reset()
  if (verdict === 'moved') state.seek(end.endOffset, end.epoch)
  if (verdict === 'rewound') state.rewind()
  // The end is the leader's own: nothing is left to compare.
  state.validated()
}

export function truncationError({ topic, partition, delivered }: PartitionState, end: EpochEnd): ClientError {
  const where = end.endOffset < 0 ? 'an unknown offset' : `offset ${end.endOffset}`
  return new ClientError('LOG_TRUNCATED', `records up to ${delivered} were read, but the log was cut at ${where}`, {
    topic,
    partition,
    help: 'an unclean leader election lost them (unclean.leader.election.enable); seek to go on',
  })
}
