// `millrace start`: its options; start.ts is what it does.

import type { Command } from 'commander'
import { gather } from './terminal/cluster-command.ts'

export function define(command: Command): void {
  command
    .option('-p, --port <port>', 'where clients connect, on 127.0.0.1; 0 takes a free port (default: 9092)')
    .option('-d, --data <directory>', 'where the data is kept (default: ./data)')
    .option('-c, --config <file>', "a Kafka broker's server.properties; without it a development profile applies")
    .option('-s, --set <name=value>', 'one setting, over profile and file; may be repeated', gather, [])
    .option(
      '--http <[host:]port>',
      'show GET /metrics (Prometheus) and GET /health there, on 127.0.0.1 unless a host is given',
    )
    .option(
      '--registry <[host:]port|off>',
      'the schema registry beside the broker (default: 8081 with the standard port and profile, else off)',
    )
    .addHelpText(
      'after',
      '\nExamples:\n  millrace start --port 19092 --data /var/lib/millrace\n  millrace start --config server.properties --set log.retention.hours=24',
    )
    .action(async options => (await import('./start.ts')).start(options))
}
