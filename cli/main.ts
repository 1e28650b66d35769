#!/usr/bin/env node
// The `millrace` command: one file per sub-command, each loaded only when it is asked for.

import { Command } from 'commander'
import { version } from './version.ts'

const program = new Command('millrace')
  .description('A log-structured streaming platform that speaks the Kafka protocol')
  .version(version())
  .showHelpAfterError('(millrace --help tells what there is)')

program
  .command('start')
  .description('start a broker')
  .option('-p, --port <port>', 'where clients connect, on 127.0.0.1; 0 takes a free port (default: 9092)')
  .option('-d, --data <directory>', 'where the data is kept (default: ./data)')
  .option('-c, --config <file>', "a Kafka broker's server.properties; without it a development profile applies")
  .option('-s, --set <name=value>', 'one setting, over profile and file; may be repeated', gather, [])
  .option(
    '--http <[host:]port>',
    'show GET /metrics (Prometheus) and GET /health there, on 127.0.0.1 unless a host is given',
  )
  .addHelpText(
    'after',
    '\nExamples:\n  millrace start --port 19092 --data /var/lib/millrace\n  millrace start --config server.properties --set log.retention.hours=24',
  )
  .action(async options => (await import('./start.ts')).start(options))

function gather(value: string, before: string[]): string[] {
  return [...before, value]
}

await program.parseAsync()
