// A value of an Avro schema from JSON, as people and programs write it: what `millrace produce --avro` takes.
//
//   bytes, fixed         a text in which each character is a byte, as in Avro's JSON encoding, or { "base64": "..." }
//   long                 a number of any size: nothing is rounded
//   float, double        a number, or "NaN", "Infinity", "-Infinity"
//   unions               the value alone: it is of the first branch that it fits; or { "branch": value }, as in Avro's JSON encoding
//   timestamp-millis     "2026-11-27T10:00:00Z", or milliseconds since 1970
//   decimal              "12.50", or a number
//   other logical types  as avro/codec/conversion.ts has them, or the number of the underlying type
//
// A field that is left out takes its default. One that the schema does not have is an error: it would be lost.

import { type AvroNode, branchName, type RecordNode, type UnionNode } from '../avro/avro-node.ts'
import { conversionOf } from '../avro/codec/conversion.ts'
import { unionRule } from '../avro/codec/union-rule.ts'
import { AvroValueError, rethrow } from '../avro/codec/value-error.ts'
import { isArray, isObject, type JsonObject, type JsonValue, nameOfJson } from '../avro/json-value.ts'
import type { LogicalType } from '../avro/logical-type.ts'

/** In the codec's form. @throws AvroValueError that says where */
export function valueFromJson(node: AvroNode, json: JsonValue): unknown {
  if (node.logicalType !== undefined) return logicalValue(node, node.logicalType, json)
  switch (node.kind) {
    case 'record':
      return recordValue(node, json)
    case 'union':
      return unionValue(node, json)
    case 'array':
      if (!isArray(json)) throw expected('An array', json)
      return json.map((item, index) => at(index, () => valueFromJson(node.items, item)))
    case 'map':
      return mapValue(node.values, json)
    default:
      return leafValue(node, json)
  }
}

function leafValue(node: AvroNode, json: JsonValue): unknown {
  switch (node.kind) {
    case 'null':
      if (json !== null) throw expected('null', json)
      return null
    case 'boolean':
      if (typeof json !== 'boolean') throw expected('true or false', json)
      return json
    case 'int':
    case 'long':
      return wholeNumber(node.kind, json)
    case 'float':
    case 'double':
      return floating(json)
    case 'bytes':
    case 'fixed':
      return bytesOf(json)
    case 'enum':
      if (typeof json !== 'string' || !node.symbols.includes(json))
        throw expected(`One of ${node.symbols.join(', ')}`, json)
      return json
    default:
      if (typeof json !== 'string') throw expected('A text', json)
      return json
  }
}

const bitsOf = { int: 32, long: 64 } as const

function wholeNumber(kind: 'int' | 'long', json: JsonValue): number | bigint {
  if (typeof json !== 'bigint' || BigInt.asIntN(bitsOf[kind], json) !== json)
    throw expected(`A whole number of ${bitsOf[kind]} bits`, json)
  return kind === 'int' ? Number(json) : json
}

function floating(json: JsonValue): number {
  if (typeof json === 'number' || typeof json === 'bigint') return Number(json)
  if (json === 'NaN' || json === 'Infinity' || json === '-Infinity') return Number(json)
  throw expected('A number', json)
}

function bytesOf(json: JsonValue): Uint8Array {
  if (typeof json === 'string' && !/[^\p{ASCII}\u0080-\u00ff]/u.test(json)) return Buffer.from(json, 'latin1')
  const base64 = isObject(json) && json.size === 1 ? json.get('base64') : undefined
  if (typeof base64 === 'string') return Buffer.from(base64, 'base64')
  throw expected('Bytes, as a text of characters up to \\u00ff or as { "base64": "..." },', json)
}

function recordValue(record: RecordNode, json: JsonValue): Record<string, unknown> {
  if (!isObject(json)) throw expected(`A record "${record.name.full}" (an object)`, json)
  const known = new Set(record.fields.map(({ name }) => name))
  for (const key of json.keys()) {
    if (known.has(key)) continue
    throw new AvroValueError(`The record "${record.name.full}" has no field "${key}"; it has ${[...known].join(', ')}`)
  }
  const fields = record.fields.filter(({ name }) => json.has(name))
  return Object.fromEntries(
    fields.map(({ name, type }) => [name, at(name, () => valueFromJson(type, json.get(name)!))]),
  )
}

function mapValue(values: AvroNode, json: JsonValue): ReadonlyMap<string, unknown> {
  if (!isObject(json)) throw expected('A map (an object)', json)
  return new Map([...json].map(([key, value]) => [key, at(key, () => valueFromJson(values, value))]))
}

function unionValue(union: UnionNode, json: JsonValue): unknown {
  const { branches, isWrapped } = unionRule(union, true)
  const whole = (name: string, value: unknown) => (isWrapped && value !== null ? { [name]: value } : value)
  const named = branchNamed(union, json)
  if (named !== undefined) {
    const [branch, inner] = named
    return whole(branchName(branch), valueFromJson(branch, inner))
  }
  const faults: string[] = []
  for (const { node, name } of branches) {
    try {
      return whole(name, valueFromJson(node, json))
    } catch (error) {
      if (!(error instanceof AvroValueError)) throw error
      faults.push(`${name}: ${error.message}`)
    }
  }
  throw new AvroValueError(`No branch of the union takes ${nameOfJson(json)} (${faults.join('; ')})`)
}

/** `{ "com.acme.Card": ... }`: an object with one key, which is the name of a branch. */
function branchNamed(union: UnionNode, json: JsonValue): readonly [AvroNode, JsonValue] | undefined {
  if (!isObject(json) || json.size !== 1) return undefined
  const [[key, inner]] = [...json] as [[string, JsonValue]]
  const branch = union.types.find(each => branchName(each) === key)
  return branch === undefined ? undefined : [branch, inner]
}

function logicalValue(node: AvroNode, type: LogicalType, json: JsonValue): unknown {
  const { fromRaw } = conversionOf(type, node.kind === 'fixed' ? node.size : undefined)
  if (type.name === 'decimal' || type.name === 'big-decimal') {
    if (typeof json === 'number' || typeof json === 'bigint') return String(json)
    if (typeof json !== 'string') throw expected('A decimal, such as "12.50",', json)
    return json
  }
  if (type.name === 'timestamp-millis') return dateOf(json)
  // A number is that of the underlying type.
  if (node.kind === 'int' || node.kind === 'long') {
    return typeof json === 'string' ? json : fromRaw(wholeNumber(node.kind, json))
  }
  return type.name === 'duration' ? durationOf(json) : json
}

function dateOf(json: JsonValue): Date {
  const date = new Date(typeof json === 'bigint' ? Number(json) : typeof json === 'string' ? json : Number.NaN)
  if (!Number.isNaN(date.getTime())) return date
  throw expected('A time, such as "2026-11-27T10:00:00Z" or milliseconds since 1970,', json)
}

function durationOf(json: JsonValue): Record<string, unknown> {
  if (!isObject(json)) throw expected('A duration { "months", "days", "milliseconds" }', json)
  const part = (object: JsonObject, name: string) => Number(object.get(name) ?? 0n)
  return { months: part(json, 'months'), days: part(json, 'days'), milliseconds: part(json, 'milliseconds') }
}

function at<Value>(key: string | number, read: () => Value): Value {
  try {
    return read()
  } catch (error) {
    return rethrow(error, key)
  }
}

const expected = (what: string, json: JsonValue): AvroValueError =>
  new AvroValueError(`${what} is expected here, not ${nameOfJson(json)}`)
