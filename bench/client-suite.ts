// `node scripts/run.mjs bench/client-suite.ts [kafka|millrace|kfake] [text] [--reduced]`: the client's suite against one target, the
// checks whose name contains the text; reduced, without those that take long. `npm run show -- client.1` runs it against all three.

import type { TargetName } from '../client/compat/check.ts'
import { runClientSuite } from './client-suite/run.ts'
import { startSuiteTarget } from './client-suite/targets.ts'

const options = process.argv.slice(2)
const isReduced = options.includes('--reduced')
const [name = 'millrace', only] = options.filter(option => option !== '--reduced')
if (!['millrace', 'kafka', 'kfake'].includes(name)) {
  console.error(`there is no target ${name}: kafka, millrace or kfake`)
  process.exit(2)
}
const target = await startSuiteTarget(name as TargetName)
const result = await runClientSuite(target, { only, isReduced, tell: line => console.log(line) }).finally(() =>
  target.stop(),
)
console.log(`${result.passed} passed, ${result.failed.length} failed, ${result.skipped.length} skipped`)
process.exit(result.failed.length === 0 ? 0 : 1)
