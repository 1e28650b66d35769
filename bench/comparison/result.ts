// The outcome of a question as a file: bench/results/NAME.json, and NAME.svg beside it. Quick runs have a folder of their
// own, which is not kept in the repository, so that they never stand where a full run stood.

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { repositoryPath } from '../../testing/repository-path.ts'
import type { Machine } from './machine.ts'
import type { Figure } from './question.ts'
import type { Row } from './row.ts'

/** Of a work, by the name of the side or the client that did it. */
export interface WorkPasses {
  readonly work: string
  readonly [side: string]: string | readonly Figure[]
}

export interface BenchResult {
  readonly question: string
  readonly says: string
  readonly quick: boolean
  readonly rounds: number
  readonly seconds: number
  readonly machine: Machine
  readonly rows: readonly Row[]
  /** Every pass as it was measured. */
  readonly passes: readonly WorkPasses[]
}

export function resultsFolder(quick: boolean): string {
  return repositoryPath(quick ? 'bench/results/quick' : 'bench/results')
}

/** Writes the JSON and the picture; resolves with the path of the former. */
export function writeResult(result: BenchResult, svg: string): string {
  const folder = resultsFolder(result.quick)
  mkdirSync(folder, { recursive: true })
  const path = join(folder, `${result.question}.json`)
  writeFileSync(path, `${JSON.stringify(result, null, 1)}\n`)
  writeFileSync(path.replace(/json$/, 'svg'), svg)
  return path
}

export function readResults(quick: boolean): BenchResult[] {
  const folder = resultsFolder(quick)
  if (!existsSync(folder)) return []
  const names = readdirSync(folder).filter(name => name.endsWith('.json'))
  return names.map(name => JSON.parse(readFileSync(join(folder, name), 'utf8')) as BenchResult)
}
