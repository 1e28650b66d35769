// Transactions that this broker coordinates, and the asking of its partitions whether they are part of one.
// Source of the verifications: Kafka 4.3.0's AddPartitionsToTxnManager; its names are in the README.

import type { TransactionCounters } from '../coordinator/transaction/transaction-counters.ts'
import type { TransactionStatus } from '../coordinator/transaction/transaction-status.ts'
import { histogramSamples } from './histogram-samples.ts'
import { counter, gauge, type Metric, metric } from './metric.ts'

export interface MeasuredTransactions {
  /** Transactional ids by state. */
  readonly counts: ReadonlyMap<TransactionStatus, number>
  /** Transactions whose markers are on their way. */
  readonly deliveryCount: number
  readonly counters: TransactionCounters
}

export function transactionMetrics(transactions: MeasuredTransactions): readonly Metric[] {
  const { counters } = transactions
  return [
    gauge(
      {
        name: 'millrace_transactional_ids',
        help: 'Transactional ids, by state. Ongoing: open transactions. PrepareCommit and PrepareAbort: decided, and not written to all partitions yet.',
        labels: ['state'],
      },
      () => Array.from(transactions.counts, ([state, value]) => ({ labels: { state }, value })),
    ),
    gauge(
      { name: 'millrace_transaction_deliveries', help: 'Transactions whose markers are on their way to partitions.' },
      () => transactions.deliveryCount,
    ),
    counter(
      {
        name: 'millrace_transactions_ended_total',
        help: 'Transactions of which every partition knows the outcome, by outcome.',
        labels: ['outcome'],
      },
      () => [
        { labels: { outcome: 'commit' }, value: counters.committed },
        { labels: { outcome: 'abort' }, value: counters.aborted },
      ],
    ),
    counter(
      {
        name: 'millrace_transactions_timed_out_total',
        help: "Transactions aborted by the coordinator because they were open for longer than their producer's transaction.timeout.ms.",
      },
      () => counters.timedOut,
    ),
    metric(
      'histogram',
      {
        name: 'millrace_transaction_verification_duration_seconds',
        help: 'How long a produce request waited for the coordinator of its transaction before its first batch in a partition.',
      },
      () => histogramSamples(counters.verifications, {}),
    ),
    counter(
      {
        name: 'millrace_transaction_verification_failures_total',
        help: 'Partitions that were not part of the transaction of what was produced to them, or about which the coordinator could not be asked.',
      },
      () => counters.verificationFailures,
    ),
  ]
}
