// When a handler fails unexpectedly the client must be able to read what it gets: the failure answer of every handler is
// encoded in every version of its API, and says UNKNOWN_SERVER_ERROR.

import { describe, expect, test } from 'vitest'
import type { Fields, FieldType, InputFields } from '../../../protocol/wire/field.ts'
import { decode, encode } from '../../../protocol/wire/schema.ts'
import type { RequestContext } from '../handler.ts'
import { handlers } from './index.ts'

const unknownServerError = -1

/** A request with one element in each array, so that there is something to answer; only what the version has. */
function example(fields: Fields, version: number): Record<string, unknown> {
  const known = Object.entries(fields).filter(
    ([, { options }]) => version >= options.since && version <= options.until && options.tag === undefined,
  )
  return Object.fromEntries(known.map(([name, field]) => [name, exampleOf(field.type, version)]))
}

function exampleOf(type: FieldType, version: number): unknown {
  if (type.kind === 'struct') return example(type.fields, version)
  if (type.kind === 'array') return [exampleOf(type.element.type, version)]
  if (type.kind === 'string') return 'x'
  if (type.kind === 'uuid') return 'osfdB9rFShmMs2j6BzdIbw'
  if (type.kind === 'bool') return false
  return type.kind === 'bytes' || type.kind === 'records' ? Buffer.alloc(0) : 0
}

function errorCodes(value: unknown): unknown[] {
  if (Array.isArray(value)) return value.flatMap(errorCodes)
  if (value === null || typeof value !== 'object' || Buffer.isBuffer(value)) return []
  return Object.entries(value).flatMap(([name, field]) =>
    name === 'errorCode' || name === 'partitionErrorCode' ? [field] : errorCodes(field),
  )
}

const cases = handlers.flatMap(row => {
  const [first, last] = row.api.versions
  return Array.from({ length: last - first + 1 }, (_, i) => [`${row.api.name} v${first + i}`, row, first + i] as const)
})

describe('the failure answer', () => {
  test.each(cases)('%s', (_, { api, failure }, version) => {
    const asked = encode(api.request, version, example(api.request.fields, version) as InputFields<Fields>)
    const request = decode(api.request, version, asked)
    expect(failure, 'there is none: the connection would be closed').toBeDefined()
    const answer = failure!(request, unknownServerError, { apiVersion: version } as RequestContext)
    const decoded = decode(api.response, version, encode(api.response, version, answer))
    expect(errorCodes(decoded)).toContain(unknownServerError)
  })
})
