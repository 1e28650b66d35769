// `npm run test:compat [-- --target kafka] [-- --only name] [-- --all] [-- --records N]`: other people's programs against our broker, or the same
// checks against real Kafka. See broker/compat/README.md.
import { parseArgs } from 'node:util'
import { ensureBuilt, ensureInstalled } from './installed.mjs'

const { values } = parseArgs({
  options: {
    target: { type: 'string', default: 'millrace' },
    only: { type: 'string' },
    all: { type: 'boolean', default: false },
    records: { type: 'string' },
    'no-build': { type: 'boolean', default: false },
  },
})
if (!['millrace', 'kafka'].includes(values.target)) {
  console.error(`--target is millrace or kafka, not ${values.target}`)
  process.exit(2)
}
const recordCount = values.records === undefined ? undefined : Number(values.records)
if (recordCount !== undefined && !(Number.isInteger(recordCount) && recordCount > 0)) {
  console.error(`--records is how many records kgo's tests send, a whole number, not ${values.records}`)
  process.exit(2)
}
ensureInstalled()
if (!values['no-build']) ensureBuilt()
const { main } = await import('../broker/compat/main.mjs')
process.exit(await main({ target: values.target, only: values.only, all: values.all, recordCount }))
