// `npm run crash -- [--rounds N] [--seed S] [--plant-loss]`: kill -9 under load, and a checker of everything acknowledged.

import { parseArgs } from 'node:util'
import { crashRun } from './crash/crash-run.ts'

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '20' }, seed: { type: 'string' }, 'plant-loss': { type: 'boolean' } },
})
const seed = Number(values.seed ?? Date.now() % 2 ** 31)
const result = await crashRun({ rounds: Number(values.rounds), seed, plantLoss: values['plant-loss'] ?? false })
for (const { name, what } of result.violations.slice(0, 20)) console.log(`${name}: ${what}`)
console.log(
  `crash: ${result.rounds} rounds, seed ${seed}, ${result.acknowledgedCount} records acknowledged, ${result.storedCount} stored, ${result.violations.length} violations`,
)
process.exit(result.violations.length === 0 ? 0 : 1)
