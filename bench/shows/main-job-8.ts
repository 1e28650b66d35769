// The same broker object under the simulator: many seeds of produce, fetch, transactions, groups, compaction, crash and loss of power,
// no violation; a seed run twice gives the same trace; planted faults are found.

import { availableParallelism } from 'node:os'
import type { BrokerSimResult } from '../../testing/broker-sim.ts'
import { repositoryPath } from '../../testing/repository-path.ts'
import { type Plant, plantedViolations, plants } from '../../testing/sim/planted-fault.ts'
import { runCommand } from '../run-command.ts'
import type { Show } from './show.ts'

const firstSeed = 1
const seedsPlanted = 20

/** The results of seeds, run by a process of their own. */
async function runSeeds(first: number, last: number, options: readonly string[] = []): Promise<BrokerSimResult[]> {
  const program = repositoryPath('dist/testing/sim-main.js')
  const seeds = `${first}..${last}`
  const { output } = await runCommand(process.execPath, [
    program,
    '--seeds',
    seeds,
    '--json',
    '--trace',
    '0',
    ...options,
  ])
  return output.split('\n').flatMap(line => (line.startsWith('{') ? [JSON.parse(line) as BrokerSimResult] : []))
}

/** All seeds, divided among as many processes as there are processors. */
async function runAll(last: number, options: readonly string[] = []): Promise<BrokerSimResult[]> {
  const processes = Math.min(availableParallelism(), 8)
  const share = Math.ceil((last - firstSeed + 1) / processes)
  const starts = Array.from({ length: processes }, (_, i) => firstSeed + i * share)
  const parts = await Promise.all(starts.map(start => runSeeds(start, Math.min(last, start + share - 1), options)))
  return parts.flat()
}

/** Which planted faults no seed finds. */
async function missedPlants(): Promise<Plant[]> {
  const missed: Plant[] = []
  for (const plant of plants) {
    const results = await runAll(seedsPlanted, ['--plant', plant, '--until-found'])
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
    const results = await runAll(firstSeed + count - 1)
    const twice = await runSeeds(firstSeed, firstSeed + (reduced ? 2 : 20), ['--twice'])
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
