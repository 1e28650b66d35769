// What the error of a commit or fetch of offsets means for the call: whether it goes on, and what it must do before.
// Source: CommitRequestManager and ConsumerCoordinator (OffsetCommitResponseHandler, OffsetFetchResponseHandler), Kafka 4.3.0.

import { type ErrorName, errorName, errors } from '../../../protocol/errors.ts'
import { coordinatorTrouble } from '../coordinator-errors.ts'

/**
 * elsewhere: the coordinator has moved. unknown topic: what is known of topics is wrong. member: the membership, as it was when
 * the request was sent, is not the coordinator's. soon: just again. no: final.
 */
export type Verdict = 'elsewhere' | 'unknown topic' | 'member' | 'soon' | 'no'

const ofMember: ReadonlySet<ErrorName | undefined> = new Set<ErrorName>([
  'UNKNOWN_MEMBER_ID',
  'ILLEGAL_GENERATION',
  'FENCED_INSTANCE_ID',
  'FENCED_MEMBER_EPOCH',
  'STALE_MEMBER_EPOCH',
  'REBALANCE_IN_PROGRESS',
])

export function verdictOn(errorCode: number): Verdict {
  if (errorCode === errors.UNKNOWN_TOPIC_ID.code || errorCode === errors.UNKNOWN_TOPIC_OR_PARTITION.code) {
    return 'unknown topic'
  }
  if (ofMember.has(errorName(errorCode))) return 'member'
  return coordinatorTrouble(errorCode)
}

/** The membership is as it was: the coordinator only is in between two states of it. */
export function passes(errorCode: number): boolean {
  return errorCode === errors.STALE_MEMBER_EPOCH.code || errorCode === errors.REBALANCE_IN_PROGRESS.code
}
