// `millrace group`: one file per sub-command.

import type { Command } from 'commander'
import { clusterCommand, gather, running } from '../terminal/cluster-command.ts'
import { deleteGroups } from './delete.ts'
import { describeGroup } from './describe.ts'
import { listGroups } from './list.ts'
import { resetGroup } from './reset.ts'

export function define(group: Command): void {
  clusterCommand(group, 'list', 'groups of all kinds', [
    'millrace group list',
    'millrace group list --state Stable --type Consumer --json',
  ])
    .option('--state <name>', 'only those in this state, such as Stable or Empty; may be repeated', gather)
    .option('--type <name>', 'only Classic, Consumer, Share or Streams; may be repeated', gather)
    .action(running(listGroups))
  clusterCommand(group, 'describe <group>', 'what a group has read, how far it is behind, and who reads', [
    'millrace group describe billing',
    'millrace group describe billing --members',
    "millrace group describe billing --json | jq '.lag'",
  ])
    .option('--members', 'its members rather than its offsets')
    .option('--state', 'the group in one line: state, assignor, members, lag')
    .action(running(describeGroup))
  clusterCommand(group, 'reset <group>', 'set what a group reads next; it must have no members', [
    'millrace group reset billing --to 2026-11-01T10:00 --dry-run',
    'millrace group reset billing --topic orders:0,2-4 --shift -100',
  ])
    .option('--to <place>', 'earliest, latest, an offset, -10, 2026-11-01T10:00, or 15m (ago)')
    .option('--shift <records>', 'so many records on, or back when negative')
    .option(
      '--topic <name[:partitions]>',
      'only these (all that it has committed when left out); may be repeated',
      gather,
    )
    .option('--dry-run', 'say what would be set, and set nothing')
    .action(running(resetGroup))
  clusterCommand(group, 'delete <groups...>', 'delete groups without members, and what they have committed', [
    'millrace group delete billing --dry-run',
    'millrace group delete billing reports',
  ])
    .option('--dry-run', 'say what would be deleted, and delete nothing')
    .action(running(deleteGroups))
}
