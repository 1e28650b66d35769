// The same broker object under the simulator: many seeds of produce, fetch, transactions, groups, compaction, crash and loss of power,
// no violation; a seed run twice gives the same trace; planted faults are found.

import type { BrokerSimResult } from '../../testing/broker-sim.ts'
import { type Plant, plantedViolations, plants } from '../../testing/sim/planted-fault.ts'
import { runAllSeeds, runSeeds } from '../run-seeds.ts'
import type { Show } from './show.ts'

const seedsPlanted = 20

const program = 'testing/sim-main.ts'
const noTrace = ['--trace', '0']

/** Which planted faults no seed finds. */
async function missedPlants(): Promise<Plant[]> {
  const missed: Plant[] = []
  for (const plant of plants) {
    const options = [...noTrace, '--plant', plant, '--until-found']
    const results = await runAllSeeds<BrokerSimResult>(program, seedsPlanted, options)
    const expected: readonly string[] = plantedViolations[plant]
    if (!results.some(({ violation }) => violation && expected.includes(violation.name))) missed.push(plant)
  }
  return missed
}

export const mainJob8: Show = {
  id: 'main-job.8',
  title:
    '1,000 simulated seeds of produce, fetch, transactions, crash and power loss without a violation; the same trace twice',
  async run({ reduced }) {
    const count = reduced ? 30 : 1000
    const results = await runAllSeeds<BrokerSimResult>(program, count, noTrace)
    const twice = await runSeeds<BrokerSimResult>(program, 1, 1 + (reduced ? 2 : 20), [...noTrace, '--twice'])
    const missed = await missedPlants()
    const violated = [...results, ...twice].filter(({ violation }) => violation)
    const sum = (pick: (result: BrokerSimResult) => number) =>
      results.reduce((total, result) => total + pick(result), 0)
    const ends = `${sum(({ counts }) => counts.crashes)} crashes, ${sum(({ counts }) => counts.powerLosses)} losses of power`
    const work = `${sum(({ steps }) => steps)} events, ${sum(({ counts }) => counts.acknowledged)} records acknowledged, ${sum(({ counts }) => counts.transactions)} transactions committed`
    const first = violated[0]
    const what = first
      ? ` (npm run sim -- --seed ${first.seed}: ${first.violation!.name}: ${first.violation!.what})`
      : ''
    const found = missed.length === 0 ? 'all found' : `NOT found: ${missed.join(', ')}`
    const figure = `${results.length} seeds, ${work}, ${ends}, ${violated.length} violations${what}; ${twice.length} seeds twice; planted faults ${found}`
    return { pass: results.length === count && violated.length === 0 && missed.length === 0, figure }
  },
}
