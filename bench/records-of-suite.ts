// `node dist/bench/records-of-suite.js write|read BOOTSTRAP PREFIX`: the records of the client's suite in each codec, written to or read
// from topics PREFIX-<codec>. A process of its own, so that one that has natives reads what one without has written, and back.

import { readRecords, writeRecords } from '../client/compat/records-checks.ts'
import { compressionTypes } from '../protocol/records/compression-type.ts'
import { contextOf } from './client-suite/run.ts'

const [what, bootstrap = '', prefix] = process.argv.slice(2)
const target = { name: 'millrace', bootstrap, brokerCount: 1, replicationFactor: 1, nodes: [] } as const
const context = contextOf({ ...target, output: () => '', stop: async () => {} })
for (const compression of compressionTypes) {
  if (what === 'write') await writeRecords(context, `${prefix}-${compression}`, compression)
  else await readRecords(context, `${prefix}-${compression}`)
}
console.log(`${what} done`)
