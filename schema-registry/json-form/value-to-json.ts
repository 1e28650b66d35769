// A value of an Avro schema as JSON, in the forms that value-from-json.ts takes: what `millrace consume --avro` prints. No long is rounded.

import { type AvroNode, branchName, type UnionNode } from '../avro/avro-node.ts'
import { shapeOf, unionRule } from '../avro/codec/union-rule.ts'
import type { JsonValue } from '../avro/json-value.ts'

/** `value`: in the codec's form. */
export function valueToJson(node: AvroNode, value: unknown): JsonValue {
  if (node.logicalType !== undefined) return logicalJson(value)
  switch (node.kind) {
    case 'record':
      return new Map(
        node.fields.map(({ name, type }) => [name, valueToJson(type, (value as Record<string, unknown>)[name])]),
      )
    case 'union':
      return unionJson(node, value)
    case 'array':
      return (value as unknown[]).map(item => valueToJson(node.items, item))
    case 'map':
      return new Map(Object.entries(value as object).map(([key, item]) => [key, valueToJson(node.values, item)]))
    case 'int':
    case 'long':
      // A whole number is a bigint here, so that it is printed as one.
      return BigInt(value as number | bigint)
    case 'bytes':
    case 'fixed':
      return Buffer.from(value as Uint8Array).toString('latin1')
    default:
      return value as JsonValue
  }
}

function logicalJson(value: unknown): JsonValue {
  if (value instanceof Date) return value.toISOString()
  if (typeof value !== 'object' || value === null) return value as JsonValue
  return new Map(Object.entries(value).map(([part, count]) => [part, BigInt(count as number)]))
}

function unionJson(union: UnionNode, value: unknown): JsonValue {
  const { branches, isWrapped } = unionRule(union, true)
  if (value === null) return null
  if (!isWrapped) return valueToJson(branches.find(({ shape }) => shape === shapeOf(value))!.node, value)
  const [[name, inner]] = Object.entries(value as object) as [[string, unknown]]
  const branch = union.types.find(each => branchName(each) === name)!
  return new Map([[name, valueToJson(branch, inner)]])
}
