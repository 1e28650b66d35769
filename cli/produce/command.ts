// `millrace produce`

import type { Command } from 'commander'
import { registryOptions } from '../schema/registry-command.ts'
import { gather, running, withClusterOptions } from '../terminal/cluster-command.ts'
import { produce } from './produce.ts'

export function define(command: Command): void {
  const own = command
    .argument('<topic>', 'created by the cluster if it is not there and the cluster may')
    .option('-k, --key <text>', 'of all records, unless they bring their own')
    .option('-v, --value <text>', 'a record; may be repeated. Without it, lines are records', gather)
    .option('--tombstone', 'a record without a value, which deletes the key where the topic is compacted')
    .option('--file <path>', 'lines of this file, - is standard input (as without it); may be repeated', gather)
    .option('-K, --key-separator <text>', 'stands between key and value of each line')
    .option('-H, --header <name=value>', 'of all records; may be repeated', gather)
    .option('-p, --partition <number>', 'in place of the one that the key, or the client, chooses')
    .option(
      '--avro [file]',
      'values are JSON, sent as Avro with this schema, which is registered; may be repeated, for what it refers to. Without a file: with the latest version',
      gather,
    )
    .option('--rate <records/s>', 'no faster than this, such as 1000/s')
    .option('-z, --compression <codec>', 'none, gzip, snappy, lz4 or zstd', 'none')
    .option('--acks <who>', 'who must have a record: all, 1 (the leader)', 'all')
  for (const option of registryOptions()) own.addOption(option.helpGroup('Registry, for --avro:'))
  withClusterOptions(own, [
    'millrace produce orders --key a --value \'{"total": 5}\'',
    'millrace produce orders --key-separator : --file orders.txt --rate 1000/s',
    'millrace produce orders --avro order.avsc --value \'{"id": "a", "total": 5}\'',
    'millrace produce hello',
  ]).action(running(produce))
}
