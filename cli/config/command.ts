// `millrace config`: settings of topics, brokers and groups.

import type { Command } from 'commander'
import { clusterCommand, running } from '../terminal/cluster-command.ts'
import { describeConfig } from './describe.ts'
import { setConfig, unsetConfig } from './set.ts'

const what = 'topic NAME, broker ID, brokers (all of them), group NAME or client-metrics NAME'

export function define(config: Command): void {
  config.addHelpText('after', `\nWhat has settings: ${what}.`)
  clusterCommand(config, 'describe <kind> [name]', `settings and where they come from: ${what}`, [
    'millrace config describe topic orders',
    'millrace config describe broker 1 --all --json',
  ])
    .option('--all', 'also those that are at their defaults')
    .action(running(describeConfig))
  clusterCommand(config, 'set <kind> <name-or-setting> [settings...]', `set settings: ${what}`, [
    'millrace config set topic orders retention.ms=86400000 cleanup.policy=compact',
    'millrace config set brokers log.retention.ms=86400000 --dry-run',
  ])
    .option('--dry-run', 'have it checked, and set nothing')
    .action(running(setConfig))
  clusterCommand(config, 'unset <kind> <name-or-setting> [settings...]', `bring back defaults: ${what}`, [
    'millrace config unset topic orders retention.ms',
    'millrace config unset brokers log.retention.ms',
  ])
    .option('--dry-run', 'have it checked, and set nothing')
    .action(running(unsetConfig))
}
