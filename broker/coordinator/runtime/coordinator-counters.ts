// What the shards of a coordinator count, since the broker's start. Source of what is worth counting: Kafka 4.3.0's
// CoordinatorRuntimeMetrics. Its queue of events is not here: an event is decided when it comes.

import { DurationHistogram } from '../../metrics/duration-histogram.ts'

export class CoordinatorCounters {
  /** Partitions replayed. */
  readonly loads = new DurationHistogram()
  /** From when an event came until it was decided and its records were in the open batch. */
  readonly decisions = new DurationHistogram()
  /** From then on until its records were committed. */
  readonly commits = new DurationHistogram()
  /** Appends to the log. */
  batches = 0
}
