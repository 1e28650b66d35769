// The client without anything compiled: in a process whose process.dlopen throws, and which ends at the first use of what Node
// deprecates, `millrace/client` is imported and its suite run, under this Node and under Node 24. What it writes in each codec is read
// by a process that has its natives, and back.

import { pathToFileURL } from 'node:url'
import { repositoryPath } from '../../testing/repository-path.ts'
import { startSuiteTarget } from '../client-suite/targets.ts'
import { type CommandResult, runCommand } from '../run-command.ts'
import type { Show } from './show.ts'

/** What takes the place of process.dlopen counts how often it was called: never would mean that nothing was proven. */
const preload = `data:text/javascript,${encodeURIComponent(`
let refused = 0
process.dlopen = () => { refused += 1; throw new Error('no natives here') }
process.on('exit', () => process.stderr.write('refused ' + refused + ' natives\\n'))
`)}`
const withoutNatives = ['--throw-deprecation', '--import', preload]

const importing = `const client = await import('millrace/client')
if (typeof client.Producer !== 'function' || typeof client.Consumer !== 'function' || typeof client.Admin !== 'function')
  throw new Error('millrace/client lacks ' + ['Producer', 'Consumer', 'Admin'].filter(name => !client[name]))`

interface Step {
  readonly name: string
  readonly args: readonly string[]
  /** In what it prints. */
  readonly expected: RegExp
  readonly natives?: boolean
}

const program = (path: string) => repositoryPath(`dist/bench/${path}`)

function stepsOf(bootstrap: string, prefix: string, reduced: boolean): Step[] {
  const records = (what: string, who: string) => [program('records-of-suite.js'), what, bootstrap, `${prefix}-${who}`]
  return [
    { name: 'import', args: ['--input-type=module', '-e', importing], expected: /^/ },
    {
      name: 'suite',
      args: [program('client-suite.js'), 'millrace', ...(reduced ? ['records/'] : [])],
      expected: /^\d+ passed, 0 failed/m,
    },
    { name: 'written with natives', args: records('write', 'with'), expected: /write done/, natives: true },
    { name: 'and read without', args: records('read', 'with'), expected: /read done/ },
    { name: 'written without natives', args: records('write', 'without'), expected: /write done/ },
    { name: 'and read with', args: records('read', 'without'), expected: /read done/, natives: true },
  ]
}

function judged({ code, output }: CommandResult, { expected, natives = false, name }: Step): string | undefined {
  const refused = Number(/refused (\d+) natives/.exec(output)?.[1] ?? 0)
  if (code !== 0 || !expected.test(output)) return `${name}: exit code ${code}\n${output.slice(-2000)}`
  if (!natives && refused === 0) return `${name}: nothing asked for a native library, so that nothing is proven`
  return undefined
}

async function under(
  node: string,
  bootstrap: string,
  prefix: string,
  reduced: boolean,
): Promise<{ figure: string; wrong: string[] }> {
  const wrong: string[] = []
  const { stdout } = await runCommand(node, ['--version'])
  let suite = ''
  for (const step of stepsOf(bootstrap, prefix, reduced)) {
    const flags = step.natives ? ['--throw-deprecation'] : withoutNatives
    const result = await runCommand(node, [...flags, ...step.args])
    const why = judged(result, step)
    if (why !== undefined) wrong.push(why)
    if (step.name === 'suite') suite = /^\d+ passed.*$/m.exec(result.output)?.[0] ?? 'no summary'
  }
  return { figure: `${stdout.trim()}: ${suite}; 5 codecs written and read both ways`, wrong }
}

async function node24(): Promise<string> {
  const url = pathToFileURL(repositoryPath('scripts/node24-program.mjs')).href
  return ((await import(url)) as { node24Program(): string }).node24Program()
}

export const client5: Show = {
  id: 'client.5',
  title:
    'with process.dlopen that throws and --throw-deprecation, millrace/client imports and passes its suite: Node 20 and 24',
  async run({ reduced }) {
    const target = await startSuiteTarget('millrace')
    try {
      const nodes = reduced ? [process.execPath] : [process.execPath, await node24()]
      const outcomes = []
      for (const [index, node] of nodes.entries())
        outcomes.push(await under(node, target.bootstrap, `natives-${index}`, reduced))
      const wrong = outcomes.flatMap(outcome => outcome.wrong)
      return {
        pass: wrong.length === 0,
        figure: [outcomes.map(({ figure }) => figure).join('; '), ...wrong].join('\n'),
      }
    } finally {
      await target.stop()
    }
  },
}
