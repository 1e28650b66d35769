// `npm run sim -- --seed N`: one run of the simulation. `--seeds FROM..TO` or `--count N`: many, one after the other, each
// with one line when it fails, and what the failing one was doing. `--twice` runs each seed again and compares the traces,
// `--until-found` ends with the first violation, of a planted fault with the first by which it is to be found.

import { parseArgs } from 'node:util'
import { BrokerSim, type BrokerSimResult, type Play, stepsDefault } from './broker-sim.ts'
import { producerPlay, transactionPlay } from './client-sim/producer-play.ts'
import { type Plant, plantedViolations, plants } from './sim/planted-fault.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string' },
    count: { type: 'string' },
    steps: { type: 'string', default: String(stepsDefault) },
    plant: { type: 'string' },
    play: { type: 'string' },
    twice: { type: 'boolean', default: false },
    'until-found': { type: 'boolean', default: false },
    trace: { type: 'string', default: '60' },
    json: { type: 'boolean', default: false },
  },
})
const steps = wholeNumber('--steps', values.steps)
const linesMax = wholeNumber('--trace', values.trace)
const plant = plantNamed(values.plant)
/** What a run is about besides the broker: the client's own parts. */
const plays: Readonly<Record<string, Play>> = { producer: producerPlay, transactions: transactionPlay }
const play = playNamed(values.play)

function usage(what: string): never {
  console.log(`${what}. npm run sim -- --seed N | --seeds FROM..TO | --count N [--steps N] [--trace LINES] [--twice]
  [--plant ${plants.join(' | ')}] [--until-found] [--play ${Object.keys(plays).join(' | ')}] [--json]`)
  process.exit(1)
}

function wholeNumber(option: string, text: string): number {
  const number = Number(text)
  return Number.isSafeInteger(number) && number >= 0 ? number : usage(`${option} ${text} is no whole number`)
}

function plantNamed(name: string | undefined): Plant | undefined {
  if (name === undefined) return undefined
  return plants.find(known => known === name) ?? usage(`--plant ${name} does not exist`)
}

function playNamed(name: string | undefined): Play | undefined {
  if (name === undefined) return undefined
  return plays[name] ?? usage(`--play ${name} does not exist`)
}

function seedsAsked(): { first: number; last: number } {
  if (values.seed !== undefined) {
    const seed = wholeNumber('--seed', values.seed)
    return { first: seed, last: seed }
  }
  if (values.count !== undefined) return { first: 1, last: wholeNumber('--count', values.count) }
  const [, from, to] = /^(\d+)\.\.(\d+)$/.exec(values.seeds ?? '') ?? usage('which seeds?')
  return { first: Number(from), last: Number(to) }
}

async function runSeed(seed: number): Promise<BrokerSimResult> {
  const options = { seed, steps, traceLinesMax: linesMax, ...(plant ? { plant } : {}), ...(play ? { play } : {}) }
  const result = await new BrokerSim(options).run()
  if (!values.twice || result.violation) return result
  const again = await new BrokerSim(options).run()
  if (again.hash === result.hash) return result
  return { ...result, violation: { name: 'notDeterministic', what: `${result.hash} and then ${again.hash}` } }
}

/** What is planted shows as what it is to be found by. */
function wasMeant({ violation }: BrokerSimResult): boolean {
  const expected: readonly string[] = plant ? plantedViolations[plant] : []
  return violation !== undefined && (!plant || expected.includes(violation.name))
}

function report(result: BrokerSimResult): void {
  const { seed, violation, trace, counts, hash } = result
  if (violation) {
    for (const line of trace) console.log(`  ${line}`)
    const stepsOption = steps === stepsDefault ? '' : ` --steps ${steps}`
    console.log(`npm run sim -- --seed ${seed}${stepsOption}${plant ? ` --plant ${plant}` : ''}`)
    console.log(`${violation.name}: ${violation.what}`)
    return
  }
  if (first !== last) return
  const { acknowledged, batchesRead, crashes, powerLosses, stops } = counts
  const ends = `${crashes} crashes, ${powerLosses} losses of power, ${stops} stops`
  const what = `${acknowledged} records acknowledged, ${batchesRead} batches read, ${ends}`
  console.log(`seed ${seed}: ${result.steps} events, ${Math.round(result.simulatedMs)} ms simulated, ${what}`)
  console.log(`trace ${hash}`)
}

const { first, last } = seedsAsked()
let failed = 0
let running = first
// In a process of its own it would end the broker at any place: nobody waits for it, and no simulated crash may hide it.
process.on('unhandledRejection', error => {
  console.log(`npm run sim -- --seed ${running}${plant ? ` --plant ${plant}` : ''}`)
  console.log(`unhandledRejection: ${error instanceof Error ? error.stack : error}`)
  process.exit(1)
})
for (let seed = first; seed <= last; seed++) {
  running = seed
  const result = await runSeed(seed)
  if (values.json) {
    const { trace, ...rest } = result
    process.stdout.write(`${JSON.stringify({ ...rest, ...(result.violation ? { trace } : {}) })}\n`)
  } else report(result)
  if (result.violation) failed += 1
  if (values['until-found'] && wasMeant(result)) break
}
if (!values.json && first !== last) console.log(`sim: seeds ${first}..${last}, ${failed} violated`)
process.exit(failed === 0 ? 0 : 1)
