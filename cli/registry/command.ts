// `millrace registry`

import type { Command } from 'commander'
import { running, withClusterOptions } from '../terminal/cluster-command.ts'
import type { RegistryFlags } from './registry.ts'

export function define(command: Command): void {
  const own = command
    .option('-l, --listen <[host:]port>', 'where clients ask, on 127.0.0.1 unless a host is given', '8081')
    .option('--advertise <host[:port]>', 'where other instances reach this one (default: where it listens)')
    .option('--group <name>', 'the group in which instances find their leader', 'schema-registry')
    .option('--topic <name>', 'where schemas are kept; created when it is not there', '_schemas')
    .option('--replication <count>', 'replicas of a topic that is created, where there are brokers enough', '3')
    .option('--session-timeout <duration>', 'a leader that says nothing for so long is replaced', '10s')
    .option('--never-lead', 'follow only: reads are answered here, writes by others')
    .option('--credentials <file>', 'who may ask: lines of "basic NAME SECRET [read]" or "bearer NAME TOKEN [read]"')
    .option('--https-key <file>', 'HTTPS with this private key (PEM)')
    .option('--https-cert <file>', 'and this certificate (PEM)')
  withClusterOptions(own, [
    'millrace registry --bootstrap kafka-1:9092,kafka-2:9092 --listen 0.0.0.0:8081 --advertise registry-1.example.com',
    'millrace registry --listen 8082 --credentials credentials.txt',
  ]).action(
    running<[], RegistryFlags>(async (session, flags) => (await import('./registry.ts')).registry(session, flags)),
  )
}
