// `millrace topic`: one file per sub-command.

import type { Command } from 'commander'
import { clusterCommand, gather, running } from '../terminal/cluster-command.ts'
import { alterTopic } from './alter.ts'
import { createTopic } from './create.ts'
import { deleteTopics } from './delete.ts'
import { describeTopics } from './describe.ts'
import { listTopics } from './list.ts'
import { reassignTopic } from './reassign.ts'
import { trimTopic } from './trim.ts'

const dryRun = 'say what would be done, and do nothing'

export function define(topic: Command): void {
  defineShown(topic)
  defineChanges(topic)
  defineReassign(topic)
}

function defineShown(topic: Command): void {
  clusterCommand(topic, 'list', 'topics and their partitions', [
    'millrace topic list',
    'millrace topic list --internal --json | jq -r ".[].name"',
  ])
    .option('--internal', 'also those of the platform itself')
    .action(running(listTopics))
  clusterCommand(topic, 'describe <names...>', 'partitions, leaders, offsets and settings of topics', [
    'millrace topic describe orders',
    'millrace topic describe orders payments --bootstrap kafka.example.com:9092',
  ]).action(running(describeTopics))
}

function defineChanges(topic: Command): void {
  clusterCommand(topic, 'create <name>', 'create a topic', [
    'millrace topic create orders --partitions 12 --config cleanup.policy=compact',
    'millrace topic create orders --partitions 3 --replication 3 --if-missing',
  ])
    .option('-p, --partitions <count>', "how many (the broker's num.partitions when left out)")
    .option('-r, --replication <count>', "on how many brokers (the broker's default.replication.factor when left out)")
    .option('-c, --config <name=value>', 'a setting; may be repeated', gather)
    .option('--if-missing', 'leave a topic as it is that is there already')
    .option('--dry-run', dryRun)
    .action(running(createTopic))
  clusterCommand(topic, 'alter <name>', 'more partitions, other settings', [
    'millrace topic alter orders --partitions 24',
    'millrace topic alter orders --config retention.ms=86400000 --unset cleanup.policy',
  ])
    .option('-p, --partitions <count>', 'how many there are to be; keys go elsewhere from then on')
    .option('-c, --config <name=value>', 'a setting; may be repeated', gather)
    .option('--unset <name>', 'bring back the default of a setting; may be repeated', gather)
    .option('--dry-run', dryRun)
    .action(running(alterTopic))
  clusterCommand(topic, 'delete <names...>', 'delete topics and all their records', [
    'millrace topic delete orders --dry-run',
    'millrace topic delete orders payments',
  ])
    .option('--dry-run', dryRun)
    .action(running(deleteTopics))
  clusterCommand(topic, 'trim <name>', 'delete records from the beginning of a topic', [
    'millrace topic trim orders --before 2026-11-01T10:00 --dry-run',
    'millrace topic trim orders --before end --partitions 0,2-4',
  ])
    .requiredOption(
      '--before <place>',
      'the first record that stays: an offset, -10, 2026-11-01T10:00, 15m (ago), or end',
    )
    .option('-p, --partitions <numbers>', 'only these, such as 0,2-4')
    .option('--dry-run', dryRun)
    .action(running(trimTopic))
}

function defineReassign(topic: Command): void {
  clusterCommand(topic, 'reassign <name>', 'move the partitions of a topic to other brokers', [
    'millrace topic reassign orders --brokers 1,2,3 --dry-run',
    'millrace topic reassign orders --replication 3',
    'millrace topic reassign orders --to 0=2,3 --to 1=3,1 --no-wait',
    'millrace topic reassign orders --status',
  ])
    .option('--brokers <ids>', 'spread evenly over these, such as 1,2,5-7 (all that serve when left out)')
    .option('-r, --replication <count>', 'on how many brokers each partition is to be (as now when left out)')
    .option('--to <partition=brokers>', 'exactly so, the first one leads; may be repeated', gather)
    .option('-p, --partitions <numbers>', 'only these, such as 0,2-4')
    .option('--no-wait', 'begin it, and do not wait for its end')
    .option('--status', 'how far what is under way has come')
    .option('--cancel', 'give up what is under way: what was added is taken away again')
    .option('--dry-run', dryRun)
    .action(running(reassignTopic))
}
