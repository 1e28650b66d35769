// The `millrace` command as commander knows it.

import { Command } from 'commander'
import { commands } from './commands.ts'
import { version } from './version.ts'

/** All sub-commands, of which those that are named are loaded; 'all' loads every one. */
export async function program(words: readonly string[] | 'all'): Promise<Command> {
  const millrace = new Command('millrace')
    .description('A log-structured streaming platform that speaks the Kafka protocol')
    .version(version())
    .showHelpAfterError('(millrace --help tells what there is)')
    .exitOverride()
  for (const { name, description, load } of commands) {
    const command = millrace.command(name).description(description)
    if (words !== 'all' && !words.includes(name)) continue
    command.showHelpAfterError(`(millrace ${name} --help tells what there is)`)
    const { define } = await load()
    define(command)
  }
  return millrace
}
