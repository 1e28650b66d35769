// What a broker's error for a batch means: again, given up, split, or that it had the batch before.
// Source: Sender.completeBatch and TransactionManager.canRetry, Kafka 4.3.0.

import { errorName, errors } from '../../protocol/errors.ts'

export interface Refused {
  readonly errorCode: number
  /** -1 when the broker does not say. */
  readonly logStartOffset: number
}

/** What is known of the batch and its partition. */
export interface Circumstances {
  readonly records: number
  /** False: batches have no numbers. */
  readonly isIdempotent: boolean
  readonly isTransactional: boolean
  /** Its number follows the last one acknowledged. */
  readonly isNext: boolean
  /** An earlier batch was given up, and it is not known whether the broker has it. */
  readonly isUnresolved: boolean
  readonly isBehindUnresolved: boolean
}

export type Verdict =
  /** As soon as the backoff allows, or another leader is known. */
  | 'again'
  /** The same, once the partition has begun to count anew under another epoch. */
  | 'again, anew'
  | 'written before'
  | 'split'
  | 'given up'

/** Answers what becomes of a batch that was refused. */
export function verdictOf(refused: Refused, circumstances: Circumstances): Verdict {
  const { errorCode } = refused
  const { isIdempotent, records } = circumstances
  if (errorCode === errors.MESSAGE_TOO_LARGE.code && records > 1) return 'split'
  if (errorCode === errors.DUPLICATE_SEQUENCE_NUMBER.code) return 'written before'
  if (isIdempotent && errorCode === errors.UNKNOWN_PRODUCER_ID.code) return whenForgotten(refused, circumstances)
  if (isIdempotent && errorCode === errors.OUT_OF_ORDER_SEQUENCE_NUMBER.code) return whenOutOfOrder(circumstances)
  return isRetriableCode(errorCode) ? 'again' : 'given up'
}

/** The broker knows nothing of this producer in the partition: its records have been deleted, or lost. */
function whenForgotten(refused: Refused, circumstances: Circumstances): Verdict {
  // A broker that has just lost the partition does not know where its log starts: the next answer will say.
  if (refused.logStartOffset < 0) return 'again'
  return circumstances.isTransactional ? 'given up' : 'again, anew'
}

function whenOutOfOrder(circumstances: Circumstances): Verdict {
  const { isUnresolved, isNext, isTransactional, isBehindUnresolved } = circumstances
  // Those before it are still to come.
  if (!isUnresolved && !isNext) return 'again'
  if (isTransactional) return 'given up'
  return !isUnresolved || isBehindUnresolved ? 'again, anew' : 'again'
}

function isRetriableCode(errorCode: number): boolean {
  const name = errorName(errorCode)
  return name !== undefined && errors[name].retriable
}

const metadataErrors: ReadonlySet<number> = new Set(
  [
    errors.UNKNOWN_TOPIC_OR_PARTITION,
    errors.LEADER_NOT_AVAILABLE,
    errors.NOT_LEADER_OR_FOLLOWER,
    errors.REPLICA_NOT_AVAILABLE,
    errors.NETWORK_EXCEPTION,
    errors.KAFKA_STORAGE_ERROR,
    errors.LISTENER_NOT_FOUND,
    errors.FENCED_LEADER_EPOCH,
    errors.UNKNOWN_TOPIC_ID,
    errors.INCONSISTENT_TOPIC_ID,
  ].map(({ code }) => code),
)

/** Whether the error says that the client's image of the cluster is wrong. Source: InvalidMetadataException and its subclasses. */
export function isMetadataError(errorCode: number): boolean {
  return metadataErrors.has(errorCode)
}
