// `npm run crash -- [--rounds N] [--seed S] [--plant-loss] [--transactions]`: kill -9 under load, and a checker of everything
// acknowledged; `--transactions`: under a producer of transactions, and a reader of committed records.

import { parseArgs } from 'node:util'
import { crashRun } from './crash/crash-run.ts'
import { transactionCrashRun } from './crash/transaction-crash-run.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '20' },
    seed: { type: 'string' },
    'plant-loss': { type: 'boolean' },
    transactions: { type: 'boolean' },
  },
})
const seed = Number(values.seed ?? Date.now() % 2 ** 31)
const rounds = Number(values.rounds)

async function run() {
  if (values.transactions) {
    const result = await transactionCrashRun({ rounds, seed })
    const counts = `${result.committedCount} transactions committed, ${result.unknownCount} asked to and not answered`
    return { ...result, counts }
  }
  const result = await crashRun({ rounds, seed, plantLoss: values['plant-loss'] ?? false })
  return { ...result, counts: `${result.acknowledgedCount} records acknowledged, ${result.storedCount} stored` }
}

const { violations, counts } = await run()
for (const { name, what } of violations.slice(0, 20)) console.log(`${name}: ${what}`)
console.log(`crash: ${rounds} rounds, seed ${seed}, ${counts}, ${violations.length} violations`)
process.exit(violations.length === 0 ? 0 : 1)
