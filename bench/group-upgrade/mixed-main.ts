// node scripts/run.mjs bench/group-upgrade/mixed-main.ts [kafka|millrace] [classic|consumer|mixed] [rebalances] [kills]

import { mixedRun } from './mixed-run.ts'

const [target = 'kafka', protocol = 'classic', rebalances = '20', kills] = process.argv.slice(2)
const result = await mixedRun({
  target: target === 'millrace' ? 'millrace' : 'kafka',
  protocol: protocol === 'consumer' || protocol === 'mixed' ? protocol : 'classic',
  rebalances: Number(rebalances),
  kills: kills === 'kills',
  partitionCount: 8,
  recordsPerSecond: 300,
})
const { joins, leaves, killed, frozen, handovers, processed, missing, duplicates } = result
const allowed = (line: string) => kills === 'kills' && /processed twice|was processed after/.test(line)
const wrong = result.wrong.filter(line => !allowed(line))
console.log(
  `${target} ${protocol}: ${joins} joins, ${leaves} leaves, ${killed} killed, ${frozen} frozen, ${handovers} handovers; ` +
    `${processed} records processed, ${missing} missing, ${duplicates} duplicates, ${wrong.length} faults`,
)
for (const line of wrong.slice(0, 20)) console.log(line)
process.exitCode = wrong.length === 0 ? 0 : 1
