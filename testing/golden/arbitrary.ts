// fast-check arbitraries made from a schema: any value that a version of a message can carry.

import fc from 'fast-check'
import { isNullable, isPresent } from '../../protocol/wire/compile.ts'
import type { AnyField, Fields } from '../../protocol/wire/field.ts'
import { normalizeInt64 } from '../../protocol/wire/int64.ts'
import { goldenValue } from './value.ts'

const text = fc.string({ unit: 'grapheme', maxLength: 20 })
const uuid = fc.uint8Array({ minLength: 16, maxLength: 16 }).map(bytes => Buffer.from(bytes).toString('base64url'))
const buffer = fc.uint8Array({ maxLength: 200 }).map(bytes => Buffer.from(bytes))

/** Values of the fields in one version; fields that the version lacks are at their default. */
export function arbitraryValue(fields: Fields, version: number): fc.Arbitrary<Record<string, unknown>> {
  const present = Object.entries(fields).filter(([, field]) => isPresent(field, version))
  const absent = goldenValue(fields, {}, [])
  return fc
    .record(Object.fromEntries(present.map(([name, field]) => [name, arbitraryField(field, version)])))
    .map(value => ({ ...absent, ...value }))
}

function arbitraryField(field: AnyField, version: number): fc.Arbitrary<unknown> {
  const plain = arbitraryPlain(field, version)
  return isNullable(field, version) ? fc.option(plain, { nil: null }) : plain
}

function arbitraryPlain({ type }: AnyField, version: number): fc.Arbitrary<unknown> {
  switch (type.kind) {
    case 'struct':
      return arbitraryValue(type.fields, version)
    case 'array':
      return fc.array(arbitraryField(type.element, version), { maxLength: 4 })
    case 'bytes':
    case 'records':
      return buffer
    case 'string':
      return text
    case 'uuid':
      return uuid
    case 'bool':
      return fc.boolean()
    case 'float64':
      return fc.double()
    case 'int64':
      return fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }).map(normalizeInt64)
    default:
      return arbitraryInteger(type.kind)
  }
}

function arbitraryInteger(kind: string): fc.Arbitrary<number> {
  const bits = Number(/\d+/.exec(kind)![0])
  const signed = kind.startsWith('int')
  const min = signed ? -(2 ** (bits - 1)) : 0
  return fc.integer({ min, max: min + 2 ** bits - 1 })
}
