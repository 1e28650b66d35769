// Consumer groups that this broker coordinates.

import type { GroupCounts } from '../coordinator/group/group-counts.ts'
import { gauge, type Metric } from './metric.ts'

export function groupMetrics(groups: { readonly counts: GroupCounts }): readonly Metric[] {
  return [
    gauge({ name: 'millrace_groups', help: 'Groups, by their state.', labels: ['state'] }, () =>
      Array.from(groups.counts.groups, ([state, value]) => ({ labels: { state }, value })),
    ),
    gauge({ name: 'millrace_group_members', help: 'Members of all groups.' }, () => groups.counts.members),
  ]
}
