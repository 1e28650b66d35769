// The requests that Kafka was asked about for error-answer.test.ts (see broker/compat/vectors/ErrorAnswers.java): of every API and version
// one, with two elements in each list.

import { writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { Fields, FieldType, InputFields } from '../../../protocol/wire/field.ts'
import { type Api, encode } from '../../../protocol/wire/schema.ts'
import { servedApis } from '../served-apis.ts'

const topicIds = ['osfdB9rFShmMs2j6BzdIbw', 'zsfdB9rFShmMs2j6BzdIbw']

function example(fields: Fields, version: number, number: number): Record<string, unknown> {
  const known = Object.entries(fields).filter(
    ([, { options }]) => version >= options.since && version <= options.until && options.tag === undefined,
  )
  const example = Object.fromEntries(known.map(([name, field]) => [name, exampleOf(field.type, version, number)]))
  // Produce with acks=0 has no answer.
  return 'acks' in example ? { ...example, acks: 1 } : example
}

function exampleOf(type: FieldType, version: number, number: number): unknown {
  if (type.kind === 'struct') return example(type.fields, version, number)
  if (type.kind === 'array') return [0, 1].map(each => exampleOf(type.element.type, version, each))
  if (type.kind === 'string') return `x${number}`
  if (type.kind === 'uuid') return topicIds[number]
  if (type.kind === 'bool') return false
  return type.kind === 'bytes' || type.kind === 'records' ? Buffer.alloc(0) : number
}

test('every request can be written', () => {
  const apis = Object.values(servedApis) as unknown as readonly Api[]
  const lines = apis.flatMap(({ key, versions: [first, last], request }) =>
    Array.from({ length: last - first + 1 }, (_, i) => {
      const body = example(request.fields, first + i, 0) as InputFields<Fields>
      return `${key} ${first + i} ${encode(request, first + i, body).toString('hex')}`
    }),
  )
  expect(lines.length).toBeGreaterThan(150)
  const path = process.env.MILLRACE_EXAMPLES
  if (path !== undefined) writeFileSync(path, `${lines.join('\n')}\n`)
})
