// What the coordinators of groups and of transactions have in common: partitions of their topics, events, writes.
// Source: Kafka 4.3.0's CoordinatorRuntimeMetrics; its names are in the README.

import type { CoordinatorCounters } from '../coordinator/runtime/coordinator-counters.ts'
import type { ShardStatus } from '../coordinator/runtime/coordinator-shard.ts'
import type { DurationHistogram } from './duration-histogram.ts'
import { histogramSamples } from './histogram-samples.ts'
import { counter, gauge, type Metric, metric } from './metric.ts'

/** A coordinator on this broker. */
export interface MeasuredCoordinator {
  readonly counters: CoordinatorCounters
  /** Partitions led here, by status. */
  readonly partitionCounts: ReadonlyMap<ShardStatus, number>
  /** Answers that wait for their records to be committed. */
  readonly parkedCount: number
}

export function coordinatorMetrics(coordinators: Readonly<Record<string, MeasuredCoordinator>>): readonly Metric[] {
  const all = Object.entries(coordinators)
  const labels = ['coordinator']
  const each = (value: (measured: MeasuredCoordinator) => number) => () =>
    all.map(([coordinator, measured]) => ({ labels: { coordinator }, value: value(measured) }))
  const durations = (value: (counters: CoordinatorCounters) => DurationHistogram) => () =>
    all.flatMap(([coordinator, { counters }]) => histogramSamples(value(counters), { coordinator }))
  return [
    gauge(
      {
        name: 'millrace_coordinator_partitions',
        help: 'Partitions of the coordinator\'s topic that are led here: "loading" are being replayed, "failed" could not be and refuse all requests, see the log.',
        labels: ['coordinator', 'state'],
      },
      () =>
        all.flatMap(([coordinator, { partitionCounts }]) =>
          Array.from(partitionCounts, ([state, value]) => ({ labels: { coordinator, state }, value })),
        ),
    ),
    metric(
      'histogram',
      {
        name: 'millrace_coordinator_load_duration_seconds',
        help: 'How long it took to replay a partition.',
        labels,
      },
      durations(({ loads }) => loads),
    ),
    metric(
      'histogram',
      {
        name: 'millrace_coordinator_event_duration_seconds',
        help: 'How long it took to decide an event: a request, a timer, the end of a write.',
        labels,
      },
      durations(({ decisions }) => decisions),
    ),
    metric(
      'histogram',
      {
        name: 'millrace_coordinator_commit_duration_seconds',
        help: 'How long the answer to an event waited until what was decided before it, and with it, was committed.',
        labels,
      },
      durations(({ commits }) => commits),
    ),
    gauge(
      {
        name: 'millrace_coordinator_answers_parked',
        help: 'Answers that wait for their records to be committed, bounded to 20,000 per partition.',
        labels,
      },
      each(({ parkedCount }) => parkedCount),
    ),
    counter(
      { name: 'millrace_coordinator_batches_total', help: 'Batches of records written.', labels },
      each(({ counters }) => counters.batches),
    ),
  ]
}
