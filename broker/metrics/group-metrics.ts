// Groups that this broker coordinates. Source: Kafka 4.3.0's GroupCoordinatorMetrics; its names are in the README.

import type { GroupCounters } from '../coordinator/group/group-counters.ts'
import type { GroupCounts } from '../coordinator/group/group-counts.ts'
import { counter, gauge, type Metric } from './metric.ts'

export interface MeasuredGroups {
  readonly counts: GroupCounts
  readonly counters: GroupCounters
}

export function groupMetrics(groups: MeasuredGroups): readonly Metric[] {
  const { counters } = groups
  return [
    gauge(
      { name: 'millrace_groups', help: 'Groups, by their protocol and state.', labels: ['protocol', 'state'] },
      () => groups.counts.groups.map(({ protocol, state, count }) => ({ labels: { protocol, state }, value: count })),
    ),
    gauge({ name: 'millrace_group_members', help: 'Members of all groups.' }, () => groups.counts.members),
    gauge({ name: 'millrace_group_offsets', help: 'Committed offsets of all groups.' }, () => groups.counts.offsets),
    counter(
      {
        name: 'millrace_group_rebalances_total',
        help: "classic: generations whose members all got an assignment. consumer: rises of a group's epoch, each of which leads to a new target assignment.",
        labels: ['protocol'],
      },
      () => [
        { labels: { protocol: 'classic' }, value: counters.classicRebalances },
        { labels: { protocol: 'consumer' }, value: counters.consumerRebalances },
      ],
    ),
    counter(
      { name: 'millrace_group_offset_commits_total', help: 'Offsets committed, those of transactions among them.' },
      () => counters.offsetCommits,
    ),
    counter(
      {
        name: 'millrace_group_offset_expirations_total',
        help: 'Offsets that were not used for offsets.retention.minutes and are gone.',
      },
      () => counters.offsetExpirations,
    ),
    counter(
      { name: 'millrace_group_offset_deletions_total', help: 'Offsets deleted by administrators.' },
      () => counters.offsetDeletions,
    ),
  ]
}
