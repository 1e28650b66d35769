// The options of `millrace schema types`, which asks nobody.

import { type Command, Option } from 'commander'
import { examplesText, outputOptions } from '../terminal/cluster-command.ts'

export function typesCommand(parent: Command, examples: readonly string[]): Command {
  const command = parent
    .command('types <paths...>')
    .description('TypeScript types from files, or folders of .avsc files: schemas.gen.ts')
    .option('-o, --out <folder>', 'where the file is written', '.')
    .option('--name <file>', 'what it is called', 'schemas.gen.ts')
    .addOption(
      new Option(
        '--longs <form>',
        'how longs are read: a number with an error where it is not exact, a bigint, or either',
      )
        .choices(['either', 'number', 'bigint'])
        .default('either'),
    )
    .option('--check', 'write nothing; the exit code is 1 when the file is not as it would be written')
    .option('-w, --watch', 'write it anew when a schema changes, until Ctrl-C')
  // Nothing is asked of anybody that could take its time.
  for (const option of outputOptions())
    command.addOption(option.helpGroup('Output:').hideHelp(option.name() === 'timeout'))
  return command.addHelpText('after', examplesText(examples))
}
