// Many chains of brokers on one directory, and what came of them all.

import { type ChainOptions, type ChainResult, runChain } from './chain.ts'

const chainsAtOnce = 2

export interface ChainsResult {
  /** Each names its chain. */
  readonly wrong: readonly string[]
  /** What was compared, as a sentence. */
  readonly figure: string
}

export async function runChains(chains: readonly ChainOptions[]): Promise<ChainsResult> {
  const waiting = [...chains]
  const results: ChainResult[] = []
  const work = async () => {
    for (let chain = waiting.shift(); chain; chain = waiting.shift()) {
      const result = await runChain(chain)
      const name = `${chain.turns.join(', ')}; ${chain.end}`
      results.push({ ...result, wrong: result.wrong.map(line => `(${name}) ${line}`) })
    }
  }
  await Promise.all(Array.from({ length: chainsAtOnce }, work))
  const wrong = results.flatMap(result => result.wrong)
  const swaps = sum(chains.map(({ turns }) => turns.length - 1))
  const compared = (what: 'records' | 'commits' | 'facts') => sum(results.map(result => result.compared[what]))
  const underLoad = sum(results.map(result => result.acknowledgedUnderLoad))
  const dumpedFiles = sum(results.map(result => result.dumpedFiles))
  const dumped = dumpedFiles > 0 ? `, ${dumpedFiles} files read by kafka-dump-log` : ''
  const figure = `${swaps} swaps, ${compared('records')} records and ${compared('commits')} committed offsets among ${compared('facts')} statements compared, ${underLoad} records acknowledged while a broker went${dumped}; ${wrong.length} differences`
  return { wrong, figure }
}

const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0)
