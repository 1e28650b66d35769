// Disk swap: our broker and Apache Kafka 4.3.0 take turns on one data directory, stopped cleanly or killed in between.

import { statSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { type ChainOptions, type ChainResult, runChain } from '../disk-swap/chain.ts'
import { kafkaJars } from '../disk-swap/target.ts'
import type { Show } from './show.ts'

const chainsAtOnce = 2

function chainsOf(reduced: boolean): ChainOptions[] {
  const oursFirst = ['millrace', 'kafka', 'millrace'] as const
  const kafkaFirst = ['kafka', 'millrace', 'kafka'] as const
  return (['stop', 'kill'] as const).flatMap(end =>
    [oursFirst, kafkaFirst].map(turns => ({
      turns: reduced ? turns : [...turns, turns[1], turns[0], turns[1]],
      end,
      logDirCount: turns === oursFirst ? 2 : 1,
      batchCount: reduced ? 2 : 40,
    })),
  )
}

async function runChains(chains: readonly ChainOptions[]): Promise<ChainResult[]> {
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
  return results
}

/** The comparison is shown to see a loss: the last bytes of a segment, gone after a clean stop. */
async function isLossSeen(): Promise<boolean> {
  const plant = (dataDir: string) => {
    const path = join(dataDir, 'codec-none-0', '00000000000000000000.log')
    truncateSync(path, statSync(path).size - 100)
  }
  const { wrong } = await runChain({ turns: ['millrace', 'millrace'], end: 'stop', batchCount: 2, plant })
  return wrong.some(line => /codec-none-0 record \d+: was .*, is \(not there\)/.test(line))
}

const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0)

export const mainJob4: Show = {
  id: 'main-job.4',
  title: 'disk swap: our broker and Kafka 4.3.0 take turns on one directory: same records, settings, groups, offsets',
  async run({ reduced }) {
    try {
      await kafkaJars()
    } catch (error) {
      return { pass: false, figure: `Kafka 4.3.0 is needed: ${(error as Error).message}` }
    }
    const chains = chainsOf(reduced)
    const results = await runChains(chains)
    const lossSeen = await isLossSeen()
    const wrong = results.flatMap(result => result.wrong)
    const compared = (what: 'records' | 'commits' | 'facts') => sum(results.map(result => result.compared[what]))
    const swaps = sum(chains.map(({ turns }) => turns.length - 1))
    const underLoad = sum(results.map(result => result.acknowledgedUnderLoad))
    const figure = `${swaps} swaps, ${compared('records')} records and ${compared('commits')} committed offsets among ${compared('facts')} statements compared, ${underLoad} records acknowledged while a broker went; ${wrong.length} differences; planted loss ${lossSeen ? 'seen' : 'NOT seen'}`
    return { pass: wrong.length === 0 && lossSeen, figure: [figure, ...wrong].join('\n') }
  },
}
