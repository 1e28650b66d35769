// The same broker object under the simulator: many seeds of produce, fetch, crash and loss of power, no violation; a seed run
// twice gives the same trace; faults planted in its disk are found.

import type { BrokerSimResult } from '../../testing/broker-sim.ts'
import { plants } from '../../testing/sim/lying-disk.ts'
import { runAllSeeds, runSeeds } from '../run-seeds.ts'
import type { Show } from './show.ts'

const seedsPlanted = 5

const program = 'testing/sim-main.ts'
const noTrace = ['--trace', '0']

export const mainJob8: Show = {
  id: 'main-job.8',
  title: '1,000 simulated seeds of produce, fetch, crash and power loss without a violation; the same trace twice',
  async run({ reduced }) {
    const count = reduced ? 30 : 1000
    const results = await runAllSeeds<BrokerSimResult>(program, count, noTrace)
    const twice = await runSeeds<BrokerSimResult>(program, 1, 1 + (reduced ? 2 : 20), [...noTrace, '--twice'])
    const planted = await Promise.all(
      plants.map(plant => runSeeds<BrokerSimResult>(program, 1, seedsPlanted, [...noTrace, '--plant', plant])),
    )
    const missed = plants.filter((_, i) => planted[i]!.every(({ violation }) => violation === undefined))
    const violated = [...results, ...twice].filter(({ violation }) => violation)
    const sum = (pick: (result: BrokerSimResult) => number) =>
      results.reduce((total, result) => total + pick(result), 0)
    const ends = `${sum(({ counts }) => counts.crashes)} crashes, ${sum(({ counts }) => counts.powerLosses)} losses of power`
    const work = `${sum(({ steps }) => steps)} events, ${sum(({ counts }) => counts.acknowledged)} records acknowledged`
    const first = violated[0]
    const what = first
      ? ` (npm run sim -- --seed ${first.seed}: ${first.violation!.name}: ${first.violation!.what})`
      : ''
    const found = missed.length === 0 ? 'all found' : `NOT found: ${missed.join(', ')}`
    const figure = `${results.length} seeds, ${work}, ${ends}, ${violated.length} violations${what}; ${twice.length} seeds twice; planted faults ${found}`
    return { pass: results.length === count && violated.length === 0 && missed.length === 0, figure }
  },
}
