// The sub-commands of `millrace`: each is declared here and loaded only when it is asked for.

import type { Command } from 'commander'

interface CommandModule {
  /** Adds options, sub-commands and what they do. */
  define(command: Command): void
}

export interface CommandEntry {
  readonly name: string
  readonly description: string
  readonly load: () => Promise<CommandModule>
}

export const commands: readonly CommandEntry[] = [
  { name: 'start', description: 'start a broker', load: () => import('./start-command.ts') },
  {
    name: 'registry',
    description: "start a schema registry, with Confluent's HTTP interface, for any Kafka cluster",
    load: () => import('./registry/command.ts'),
  },
  {
    name: 'produce',
    description: 'write records: arguments, lines of standard input or of files',
    load: () => import('./produce/command.ts'),
  },
  {
    name: 'consume',
    description: 'read records: from a place, until a place, or as a member of a group',
    load: () => import('./consume/command.ts'),
  },
  {
    name: 'topic',
    description: 'topics: list, describe, create, alter, delete, trim, reassign',
    load: () => import('./topic/command.ts'),
  },
  { name: 'group', description: 'groups: list, describe, reset, delete', load: () => import('./group/command.ts') },
  { name: 'config', description: 'settings of topics, brokers and groups', load: () => import('./config/command.ts') },
  { name: 'offsets', description: 'where partitions begin and end', load: () => import('./offsets/command.ts') },
  {
    name: 'cluster',
    description: 'brokers, features, quorum, log directories, elections of leaders',
    load: () => import('./cluster/command.ts'),
  },
  {
    name: 'transactions',
    description: 'transactions: list, describe, find those that hang, abort',
    load: () => import('./transactions/command.ts'),
  },
  {
    name: 'schema',
    description: 'schemas: list, get, register, check, diff, evolve, TypeScript types',
    load: () => import('./schema/command.ts'),
  },
  {
    name: 'completion',
    description: 'completion for bash, zsh or fish',
    load: () => import('./completion/command.ts'),
  },
]
