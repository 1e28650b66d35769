// The coordinators under many seeds of everything at once, without a violation of the invariants; a seed run twice does the same;
// a fault planted for each invariant is found by it.

import type { CoordinatorSimResult, CountName } from '../../testing/coordinator-sim/coordinator-sim.ts'
import { foundAs, type Plant, plants } from '../../testing/coordinator-sim/plant.ts'
import { runAllSeeds, runSeeds } from '../run-seeds.ts'
import type { Show } from './show.ts'

const program = 'testing/coordinator-sim-main.ts'
const seedCount = { full: 10_000, reduced: 120 }
const twiceCount = { full: 50, reduced: 5 }
/** Not every seed comes to where a fault can be seen. */
const plantedCount = 8

function sum(results: readonly CoordinatorSimResult[], name: CountName): string {
  return results.reduce((total, { counts }) => total + counts[name], 0).toLocaleString('en')
}

function figureOf(results: readonly CoordinatorSimResult[]): string {
  const total = (name: CountName) => sum(results, name)
  return [
    `${results.length.toLocaleString('en')} seeds, ${total('events')} events, ${total('requests')} requests (${total('lost')} lost)`,
    `${total('committed')} transactions committed, ${total('aborted')} aborted, ${total('unknown')} of unknown outcome`,
    `${total('commits')} commits, ${total('rebalances')} rebalances, ${total('protocolChanges')} upgrades and downgrades`,
    `${total('crashes')} crashes, ${total('elections')} elections, ${total('reloads')} reloads, ${total('replays')} replays compared`,
    `${total('fenced')} zombies fenced`,
  ].join('; ')
}

async function isFound(plant: Plant): Promise<boolean> {
  const results = await runSeeds<CoordinatorSimResult>(program, 1, plantedCount, ['--plant', plant])
  return results.some(({ violation }) => violation !== undefined && foundAs[plant].includes(violation.name))
}

export const exactlyOnce3: Show = {
  id: 'exactly-once.3',
  title:
    '10,000 simulated seeds of both coordinators under requests, timeouts, crashes and reloads: all invariants hold',
  async run({ reduced }) {
    const form = reduced ? 'reduced' : 'full'
    const count = seedCount[form]
    const results = await runAllSeeds<CoordinatorSimResult>(program, count)
    const twice = await runSeeds<CoordinatorSimResult>(program, 1, twiceCount[form], ['--twice'])
    const missed: Plant[] = []
    for (const plant of plants) if (!(await isFound(plant))) missed.push(plant)
    const violated = [...results, ...twice].filter(({ violation }) => violation)
    const [first] = violated
    const where = first
      ? ` (npm run sim:coordinators -- --seed ${first.seed}: ${first.violation!.name}: ${first.violation!.what})`
      : ''
    const found =
      missed.length === 0 ? `${plants.length} planted faults all found` : `planted and NOT found: ${missed.join(', ')}`
    const figure = `${figureOf(results)}; ${violated.length} violations${where}; ${twice.length} seeds twice; ${found}`
    const isComplete = results.length === count && twice.length === twiceCount[form]
    return { pass: isComplete && violated.length === 0 && missed.length === 0, figure }
  },
}
