// Which logical types Java sees in 600 schemas (Schema.getLogicalType of Avro 1.12.2).

import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { avroType } from './avro-type.ts'

const path = new URL('../testdata/avro-logical-types.tsv.gz', import.meta.url)
const rows = gunzipSync(readFileSync(path))
  .toString('utf8')
  .trim()
  .split('\n')
  .map(line => line.split('\t') as [schema: string, logicalType: string])

function nameOf(text: string): string {
  const { logicalType } = avroType.parse(text, []).node
  if (logicalType === undefined) return 'none'
  return logicalType.name === 'decimal' ? `decimal ${logicalType.precision} ${logicalType.scale}` : logicalType.name
}

test('a logical type counts where it fits, and is ignored where it does not', () => {
  expect(rows.map(([schema]) => `${schema} ${nameOf(schema)}`)).toEqual(rows.map(row => row.join(' ')))
  expect(new Set(rows.map(([, name]) => name)).size).toBeGreaterThan(20)
})
