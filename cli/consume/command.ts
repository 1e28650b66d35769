// `millrace consume`

import type { Command } from 'commander'
import { registryOptions } from '../schema/registry-command.ts'
import { running, withClusterOptions } from '../terminal/cluster-command.ts'
import { consume } from './consume.ts'

export function define(command: Command): void {
  const own = command
    .argument('<topics...>', 'topics, or some of their partitions: orders:0,2-4')
    .option('--from <place>', 'beginning, end, an offset, -10, 2026-11-01T10:00, or 15m (ago); end when left out')
    .option('--until <place>', 'ends there: end (as it is now), an offset, or 2026-11-01T11:00')
    .option('-n, --count <records>', 'ends after so many')
    .option(
      '-g, --group <id>',
      'reads as a member of the group, from what it has committed, and commits what was printed',
    )
    .option(
      '-f, --format <text>',
      "as kcat's: %k key, %v value, %t topic, %p partition, %o offset, %T time, %h headers",
      '%v\\n',
    )
    .option('--null <text>', 'stands for a key or a value that is not there', '')
    .option(
      '--avro [parts]',
      'read values as Avro, with the schemas that they name, and print JSON; or key, or key,value',
    )
    .option('--skip-unreadable', 'with --avro: leave out what cannot be read, and say so')
    .option('--isolation <level>', 'committed: no records of transactions that are not; or uncommitted', 'uncommitted')
  for (const option of registryOptions()) own.addOption(option.helpGroup('Registry, for --avro:'))
  withClusterOptions(own, [
    "millrace consume orders --from beginning --until end --format '%k %v\\n'",
    'millrace consume orders payments:0,2 --from 15m --count 100 --json',
    'millrace consume orders --group billing',
    'millrace consume orders --avro --from -10 --until end',
  ]).action(running(consume))
}
