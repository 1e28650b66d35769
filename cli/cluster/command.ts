// `millrace cluster`: one file per sub-command.

import type { Command } from 'commander'
import { clusterCommand, running } from '../terminal/cluster-command.ts'
import { describeCluster } from './describe.ts'
import { electLeaders } from './elect.ts'
import { listFeatures } from './features.ts'
import { listLogDirs } from './log-dirs.ts'
import { describeQuorum } from './quorum.ts'

export function define(cluster: Command): void {
  clusterCommand(cluster, 'describe', 'the cluster and its brokers', [
    'millrace cluster describe',
    'millrace cluster describe --bootstrap kafka.example.com:9092 --json',
  ]).action(running(describeCluster))
  clusterCommand(cluster, 'features', 'feature levels: what brokers support, and what is in use', [
    'millrace cluster features',
    "millrace cluster features --json | jq '.[] | select(.finalized == null)'",
  ]).action(running(listFeatures))
  clusterCommand(cluster, 'quorum', 'who keeps the metadata, and who is behind', [
    'millrace cluster quorum',
    'millrace cluster quorum --json',
  ]).action(running(describeQuorum))
  clusterCommand(cluster, 'log-dirs', 'log directories of all brokers, and what they hold', [
    'millrace cluster log-dirs',
    'millrace cluster log-dirs --topic orders',
  ])
    .option('--topic <name>', 'the replicas of this topic, one by one')
    .action(running(listLogDirs))
  clusterCommand(
    cluster,
    'elect [topics...]',
    'let the preferred replicas lead again, or any where none in sync is left',
    [
      'millrace cluster elect --dry-run',
      'millrace cluster elect orders:0,2-4',
      'millrace cluster elect orders:3 --type unclean --dry-run',
    ],
  )
    .option(
      '--type <type>',
      'preferred; or unclean: a replica that is behind leads, and what it lacks is lost',
      'preferred',
    )
    .option('--dry-run', 'say which would be elected, and elect none')
    .action(running(electLeaders))
}
