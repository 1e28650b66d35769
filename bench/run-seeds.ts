// Seeds of a simulation, run by processes of their own: the program takes `--seeds FROM..TO --json` and prints a line for each.

import { availableParallelism } from 'node:os'
import { repositoryPath } from '../testing/repository-path.ts'
import { runCommand } from './run-command.ts'

const processesMax = 8
/** Simulations make much garbage that is gone at once. */
const semiSpaceMegabytes = 64

/** The results of seeds, run by one process. `program`: its path in the sources. */
export async function runSeeds<Result>(
  program: string,
  first: number,
  last: number,
  options: readonly string[] = [],
): Promise<Result[]> {
  const path = repositoryPath(`dist/${program.replace(/\.ts$/, '.js')}`)
  const flags = [`--max-semi-space-size=${semiSpaceMegabytes}`]
  const { stdout, stderr } = await runCommand(process.execPath, [
    ...flags,
    path,
    '--seeds',
    `${first}..${last}`,
    '--json',
    ...options,
  ])
  if (stderr !== '') process.stderr.write(stderr)
  return stdout.split('\n').flatMap(line => (line.startsWith('{') ? [JSON.parse(line) as Result] : []))
}

/** All seeds, divided among as many processes as there are processors. */
export async function runAllSeeds<Result>(
  program: string,
  count: number,
  options?: readonly string[],
): Promise<Result[]> {
  const share = Math.ceil(count / Math.min(availableParallelism(), processesMax))
  const starts = Array.from({ length: Math.ceil(count / share) }, (_, index) => 1 + index * share)
  const parts = starts.map(start => runSeeds<Result>(program, start, Math.min(count, start + share - 1), options))
  return (await Promise.all(parts)).flat()
}
