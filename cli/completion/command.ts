// `millrace completion`: a script for a shell, made from the commands as they are.

import type { Command, Option } from 'commander'
import { usage } from '../terminal/failure.ts'
import { completionScript, type Shell, shells, type Word } from './script.ts'

export function define(completion: Command): void {
  completion
    .argument('<shell>', `one of ${shells.join(', ')}`)
    .addHelpText(
      'after',
      `\nExamples:\n  source <(millrace completion bash)\n  millrace completion fish > ~/.config/fish/completions/millrace.fish`,
    )
    .action(async (shell: string) => {
      if (!shells.includes(shell as Shell))
        throw usage(`"${shell}" is no shell that is known here: ${shells.join(', ')}`)
      const { program } = await import('../program.ts')
      process.stdout.write(completionScript(shell as Shell, wordOf(await program('all'))))
    })
}

/** A command, its options and its sub-commands, without what only commander knows of them. */
export function wordOf(command: Command): Word {
  const options = command.options.map(({ long, short, description, required, optional }: Option) => {
    return {
      names: [long, short].filter(name => name !== undefined && name !== null),
      description,
      takesValue: required || optional,
    }
  })
  const help = { names: ['--help', '-h'], description: 'help', takesValue: false }
  return {
    name: command.name(),
    description: command.description(),
    options: [...options, help],
    words: command.commands.map(wordOf),
  }
}
