// `node scripts/run.mjs testing/registry-sim-main.ts --seed N`: one run of registries in trouble. `--seeds FROM..TO`: many.
// `--election none`: each takes itself for the leader. `--plant noTerms | noReadToEnd`: a fault, to see it found.

import { parseArgs } from 'node:util'
import type { Plant } from './registry-sim/planted-log.ts'
import { registrySim } from './registry-sim/registry-sim.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string' },
    steps: { type: 'string', default: '30' },
    election: { type: 'string', default: 'group' },
    plant: { type: 'string', default: 'none' },
  },
})
const range = values.seed === undefined ? values.seeds : `${values.seed}..${values.seed}`
const [, from, to] = /^(\d+)\.\.(\d+)$/.exec(range ?? '') ?? usage()
const election = values.election === 'none' ? 'none' : 'group'
const plant = (['noTerms', 'noReadToEnd'] as const).find(known => known === values.plant) ?? ('none' satisfies Plant)

function usage(): never {
  console.log(
    'testing/registry-sim-main.ts --seed N | --seeds FROM..TO [--steps N] [--election none] [--plant noTerms]',
  )
  process.exit(1)
}

let failed = 0
let acknowledged = 0
for (let seed = Number(from); seed <= Number(to); seed += 1) {
  const result = await registrySim({ seed, steps: Number(values.steps), election, plant })
  acknowledged += result.acknowledged
  if (from === to) console.log(JSON.stringify(result, undefined, 1))
  else for (const problem of result.problems) console.log(`seed ${seed}: ${problem}`)
  if (result.problems.length > 0) failed += 1
}
console.log(`registries: seeds ${from}..${to}, ${failed} violated, ${acknowledged} schemas acknowledged`)
process.exit(failed === 0 ? 0 : 1)
