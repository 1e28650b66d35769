// What happens to transactions, since the broker's start. Source of the verifications: Kafka 4.3.0's AddPartitionsToTxnManager.

import { DurationHistogram } from '../../metrics/duration-histogram.ts'

export class TransactionCounters {
  /** All markers are written. */
  committed = 0
  aborted = 0
  /** Aborted by the coordinator because they ran for too long; counted in `aborted` as well once their markers are written. */
  timedOut = 0
  /** Of requests that had to ask whether, or tell that, a partition is part of a transaction. */
  readonly verifications = new DurationHistogram()
  /** Partitions for which the answer was an error. */
  verificationFailures = 0
}
