// `millrace schema`: one file per sub-command.

import type { Command } from 'commander'
import { running } from '../terminal/cluster-command.ts'
import { checkSchemas } from './check.ts'
import { diffSchemas } from './diff.ts'
import { evolveSchema } from './evolve.ts'
import { getSchema } from './get.ts'
import { listSchemas } from './list.ts'
import { registerSchemas } from './register.ts'
import { askingRegistry, registryCommand } from './registry-command.ts'
import { writeTypes } from './types.ts'
import { typesCommand } from './types-command.ts'

const subjectHelp = 'in place of the name of the file (or, where others refer to it, of what it defines)'

export function define(schema: Command): void {
  registryCommand(schema, 'list [subject]', 'subjects, or the versions of one', [
    'millrace schema list',
    'millrace schema list orders-value --json',
  ])
    .option('--prefix <text>', 'only subjects that begin with it')
    .option('--deleted', 'also those that were deleted softly')
    .action(askingRegistry(listSchemas))
  registryCommand(schema, 'get [subject] [version]', 'a schema as text; the latest version when none is named', [
    'millrace schema get orders-value 2 > order.avsc',
    'millrace schema get --id 17',
  ])
    .option('--id <id>', 'by its id, which records name')
    .option('--guid <guid>', 'by its GUID, which headers of records name')
    .option('--raw', 'as it is stored, in one line')
    .action(askingRegistry(getSchema))
  registryCommand(
    schema,
    'register <paths...>',
    'files, or folders of .avsc files, as new versions of their subjects',
    [
      'millrace schema register order.avsc --subject orders-value',
      'millrace schema register ./schemas --registry https://registry.example.com',
    ],
  )
    .option('--subject <name>', subjectHelp)
    .option('--normalize', 'spelling alone makes no new version')
    .option('--dry-run', 'say what would be done, and do nothing')
    .action(askingRegistry(registerSchemas))
  registryCommand(schema, 'check <paths...>', 'would the registry take these files? The exit code is 1 if not', [
    'millrace schema check ./schemas',
    'millrace schema check order.avsc --subject orders-value --level FULL',
  ])
    .option('--subject <name>', subjectHelp)
    .option('--level <level>', 'in place of the one that the registry applies')
    .action(askingRegistry(checkSchemas))
  registryCommand(schema, 'diff <subject> [from] [to]', 'what is different between versions, or a version and a file', [
    'millrace schema diff orders-value',
    'millrace schema diff orders-value 1 order.avsc',
  ]).action(askingRegistry(diffSchemas))
  registryCommand(schema, 'evolve <file> [others...]', 'what a change means under each compatibility level', [
    'millrace schema evolve order.avsc --subject orders-value',
    'millrace schema evolve schemas/orders-value.avsc schemas/money.avsc --json',
  ])
    .option('--subject <name>', subjectHelp)
    .action(askingRegistry(evolveSchema))
  typesCommand(schema, [
    'millrace schema types ./schemas --out src',
    'millrace schema types order.avsc payment.avsc --watch',
  ]).action(running(writeTypes))
}
