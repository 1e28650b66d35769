// The golden vectors: every API in every version, both directions, byte for byte.

import { isDeepStrictEqual } from 'node:util'
import { apis } from '../../protocol/messages/index.ts'
import { decode, encode } from '../../protocol/wire/schema.ts'
import { goldenValue } from '../../testing/golden/value.ts'
import { type GoldenVector, goldenVectors, schemaOf, vectorFolders } from '../../testing/golden/vectors.ts'
import type { Show } from './show.ts'

function holds(vector: GoldenVector): boolean {
  const schema = schemaOf(vector)
  const value = goldenValue(schema.fields, vector.json, vector.unknownTags ?? [])
  const decoded = decode(schema, vector.version, Buffer.from(vector.hex, 'hex'))
  return isDeepStrictEqual(decoded, value) && encode(schema, vector.version, value).toString('hex') === vector.hex
}

export const mainJob2: Show = {
  id: 'main-job.2',
  title: 'golden vectors: 100 % of APIs and versions, both directions',
  async run() {
    const vectors = vectorFolders.flatMap(goldenVectors)
    const wrong = vectors.filter(vector => !holds(vector))
    const covered = new Set(vectors.map(vector => `${schemaOf(vector).name} ${vector.version}`))
    const wanted = apis.flatMap(({ request, response, versions: [first, last] }) =>
      [request, response].flatMap(schema =>
        Array.from({ length: last - first + 1 }, (_, i) => `${schema.name} ${first + i}`),
      ),
    )
    const missing = wanted.filter(name => !covered.has(name))
    const figure = `${vectors.length - wrong.length} of ${vectors.length} vectors, ${wanted.length - missing.length} of ${wanted.length} request and response versions of ${apis.length} APIs`
    return { pass: wrong.length === 0 && missing.length === 0, figure }
  },
}
