// What happens in groups, counted when it is decided, since the broker's start. Source: Kafka 4.3.0's GroupCoordinatorMetrics.

export class GroupCounters {
  /** Offsets, not requests; those of transactions, too. */
  offsetCommits = 0
  offsetExpirations = 0
  /** By OffsetDelete. */
  offsetDeletions = 0
  /** A leader's assignment has reached the members. */
  classicRebalances = 0
  /** A group's epoch rose. */
  consumerRebalances = 0
}
