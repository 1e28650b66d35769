// `node scripts/run.mjs bench/registry-failover.ts [millrace | kafka] [--seconds N] [--every N] [--plant noReadToEnd | none]`: three
// registries whose leader is killed and frozen in turn, under load. With --plant: without an election, see planted-registry.ts.

import { parseArgs } from 'node:util'
import { startSuiteTarget } from './client-suite/targets.ts'
import { failoverRun } from './registry-failover/failover-run.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '60' },
    every: { type: 'string', default: '15' },
    plant: { type: 'string' },
  },
})
const { plant } = values
const program = plant && ['dist/bench/registry-failover/planted-registry.js', '--plant', plant]
const target = await startSuiteTarget(positionals[0] === 'kafka' ? 'kafka' : 'millrace')
try {
  const result = await failoverRun({
    bootstrap: target.bootstrap,
    durationMs: Number(values.seconds) * 1000,
    everyMs: Number(values.every) * 1000,
    registrationsPerSecond: 40,
    ...(program && { program }),
  })
  const { wrong, ...figures } = result
  console.log(figures)
  for (const what of wrong.slice(0, 20)) console.log(what)
  console.log(`${wrong.length} faults`)
  process.exitCode = wrong.length === 0 ? 0 : 1
} finally {
  await target.stop()
}
