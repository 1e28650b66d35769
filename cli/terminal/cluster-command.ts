// A command that talks to a cluster: the options that all of them have, help with examples, and how it runs.

import { type Command, Option } from 'commander'
import type { ClusterFlags } from './session.ts'
import { Session } from './session.ts'

const bootstrapStandard = '127.0.0.1:9092'

/** The command itself, with the options of all that talk to a cluster; examples are whole command lines. */
export function clusterCommand(
  parent: Command,
  usageText: string,
  description: string,
  examples: readonly string[],
): Command {
  const command = parent.command(usageText).description(description)
  return withClusterOptions(command, examples)
}

export function withClusterOptions(command: Command, examples: readonly string[]): Command {
  const options = [
    new Option('-b, --bootstrap <host:port,...>', 'brokers to ask')
      .env('MILLRACE_BOOTSTRAP')
      .default(bootstrapStandard),
    ...outputOptions(),
    new Option('--tls', "encrypted connections, with the machine's certificates"),
    new Option('--tls-ca <file>', 'encrypted connections, with the certificates of this file (PEM)'),
  ]
  for (const option of options) command.addOption(option.helpGroup('Cluster and output:'))
  return command.addHelpText('after', examplesText(examples))
}

/** What every command that asks somebody can be told. */
export function outputOptions(): Option[] {
  return [
    new Option('--json', 'JSON, for machines'),
    new Option('--timeout <duration>', 'for what is asked, such as 10s').default('15s'),
  ]
}

export function examplesText(examples: readonly string[]): string {
  return `\nExamples:\n${examples.map(example => `  ${example}`).join('\n')}`
}

type Run<Arguments extends unknown[], Flags> = (
  session: Session,
  flags: Flags & ClusterFlags,
  ...args: Arguments
) => Promise<void>

/**
 * What commander calls: arguments, flags, the command. The first Ctrl-C stops what is under way in good order, the second one
 * ends the process.
 */
export function running<Arguments extends unknown[], Flags>(run: Run<Arguments, Flags>) {
  return async (...all: unknown[]): Promise<void> => {
    const flags = all.at(-2) as Flags & ClusterFlags
    const args = all.slice(0, -2) as Arguments
    const interrupted = new AbortController()
    const onInterrupt = () => {
      if (interrupted.signal.aborted) process.exit(130)
      interrupted.abort(new Error('Ctrl-C'))
    }
    process.on('SIGINT', onInterrupt)
    process.on('SIGTERM', onInterrupt)
    const session = new Session(flags, interrupted.signal)
    try {
      await run(session, flags, ...args)
    } finally {
      process.off('SIGINT', onInterrupt)
      process.off('SIGTERM', onInterrupt)
      await session.close()
    }
  }
}

/** For options that may be repeated. */
export function gather(value: string, before: readonly string[] = []): string[] {
  return [...before, value]
}
