// The checks of the main job under group commit and without it: kill -9 under load, and taking turns with Kafka on a directory.

import { type CrashResult, crashRun } from '../crash/crash-run.ts'
import type { ChainOptions } from '../disk-swap/chain.ts'
import { runChains } from '../disk-swap/run-chains.ts'
import { kafkaJars } from '../disk-swap/target.ts'
import { Workload } from '../disk-swap/workload.ts'
import type { Show } from './show.ts'

const flushed = { 'flush.messages': '1' }

function chainsOf(reduced: boolean): ChainOptions[] {
  const turns = ['millrace', 'kafka', 'millrace'] as const
  const groupCommit = { 'log.flush.interval.messages': 1 }
  const chain = (end: 'kill' | 'stop', settings: Record<string, number>): ChainOptions => ({
    ...{ turns, end, settings },
    works: [new Workload({ batchCount: reduced ? 2 : 40, end })],
  })
  const killed = [chain('kill', groupCommit), chain('kill', {})]
  return reduced ? killed : [...killed, chain('stop', groupCommit), chain('stop', {})]
}

function crashFigure(name: string, { rounds, acknowledgedCount, violations }: CrashResult): string {
  const [first] = violations
  const why = first ? ` (${first.name}: ${first.what})` : ''
  return `${name} ${rounds} kills, ${acknowledgedCount} records acknowledged, ${violations.length} violations${why}`
}

export const dataPath5: Show = {
  id: 'data-path.5',
  title: 'kill -9 under load and disk swaps with Kafka hold with group commit on and off',
  async run({ reduced }) {
    try {
      await kafkaJars()
    } catch (error) {
      return { pass: false, figure: `Kafka 4.3.0 is needed: ${(error as Error).message}` }
    }
    const rounds = reduced ? 5 : 100
    const on = await crashRun({ rounds, seed: 51, settings: flushed })
    const off = await crashRun({ rounds, seed: 52 })
    const swaps = await runChains(chainsOf(reduced))
    const pass = on.violations.length === 0 && off.violations.length === 0 && swaps.wrong.length === 0
    const figures = [crashFigure('group commit:', on), crashFigure('without:', off), swaps.figure]
    return { pass, figure: [figures.join('; '), ...swaps.wrong].join('\n') }
  },
}
