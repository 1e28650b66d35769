// `npm run show -- main-job.3 [--reduced]`: runs one line of an issue's Shows and prints PASS or FAIL, its figure and how
// long it took. `npm run show` alone lists them; `all` runs every one. CI runs the reduced form of each.

import { parseArgs } from 'node:util'
import { type Show, shows } from './shows/index.ts'

async function runShow(show: Show, reduced: boolean): Promise<boolean> {
  const startedMs = performance.now()
  const { pass, figure } = await show
    .run({ reduced })
    .catch((error: Error) => ({ pass: false, figure: String(error.stack) }))
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1)
  console.log(`${pass ? 'PASS' : 'FAIL'} ${show.id}${reduced ? ' (reduced)' : ''}  ${figure}  (${seconds} s)`)
  return pass
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { reduced: { type: 'boolean', default: false } },
})
const [wanted] = positionals
const chosen = wanted === 'all' ? shows : shows.filter(show => show.id === wanted)
if (chosen.length === 0) {
  console.log(
    wanted === undefined ? 'npm run show -- <id | all> [--reduced]' : `no show is named ${wanted}; there are:`,
  )
  for (const show of shows) console.log(`  ${show.id}  ${show.title}`)
  process.exit(wanted === undefined ? 0 : 1)
}
let failed = 0
for (const show of chosen) failed += (await runShow(show, values.reduced)) ? 0 : 1
if (chosen.length > 1) console.log(`${chosen.length - failed} passed, ${failed} failed`)
process.exit(failed === 0 ? 0 : 1)
