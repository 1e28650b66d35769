// `npm run sim:coordinators -- --seed N`: one run of the coordinators under chance. `--seeds FROM..TO`: many, one after the other,
// each with one line when it fails. `--twice` runs each seed again and compares the traces; `--json` prints a line for each.

import { parseArgs } from 'node:util'
import { CoordinatorSim, type CoordinatorSimResult } from './coordinator-sim/coordinator-sim.ts'
import { type Plant, plants } from './coordinator-sim/plant.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string' },
    plant: { type: 'string' },
    twice: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
})
const plant = plantNamed(values.plant)

function usage(what: string): never {
  console.log(`${what}. npm run sim:coordinators -- --seed N | --seeds FROM..TO [--twice] [--json]
  [--plant ${plants.join(' | ')}]`)
  process.exit(1)
}

function plantNamed(name: string | undefined): Plant | undefined {
  if (name === undefined) return undefined
  return plants.find(known => known === name) ?? usage(`--plant ${name} does not exist`)
}

function seedsAsked(): { readonly first: number; readonly last: number } {
  const range = values.seed === undefined ? values.seeds : `${values.seed}..${values.seed}`
  const [, from, to] = /^(\d+)\.\.(\d+)$/.exec(range ?? '') ?? usage('which seeds?')
  return { first: Number(from), last: Number(to) }
}

async function runSeed(seed: number, keepsLines: boolean): Promise<CoordinatorSimResult> {
  const result = await new CoordinatorSim({ seed, plant, keepsLines }).run()
  if (!values.twice || result.violation) return result
  const again = await new CoordinatorSim({ seed, plant }).run()
  if (again.hash === result.hash) return result
  return { ...result, violation: { name: 'notDeterministic', what: `${result.hash} and then ${again.hash}` } }
}

function report({ seed, violation, counts, hash, lines }: CoordinatorSimResult, isOnly: boolean): void {
  if (violation) {
    for (const line of lines) console.log(`  ${line}`)
    console.log(`npm run sim:coordinators -- --seed ${seed}${plant ? ` --plant ${plant}` : ''}`)
    console.log(`${violation.name}: ${violation.what}`)
  } else if (isOnly) {
    const counted = Object.entries(counts).map(([name, count]) => `${count} ${name}`)
    console.log(`seed ${seed}: ${counted.join(', ')}\ntrace ${hash}`)
  }
}

const { first, last } = seedsAsked()
let failed = 0
for (let seed = first; seed <= last; seed++) {
  const result = await runSeed(seed, first === last)
  const { lines: _, ...line } = result
  if (values.json) process.stdout.write(`${JSON.stringify(line)}\n`)
  else report(result, first === last)
  if (result.violation) failed += 1
}
if (!values.json && first !== last) console.log(`sim: seeds ${first}..${last}, ${failed} violated`)
process.exit(failed === 0 ? 0 : 1)
