// The spelling that Confluent's registry normalizes Avro to: attributes and aliases sorted, those of a logical type first, defaults
// in the form of their type. Two schemas that mean the same and are written differently get the same text.
// Source: AvroSchemaUtils.toNormalizedString and JacksonUtils.toObject. Where these fail with an exception (whole numbers beyond 64
// bits in attributes, a default that suits a later branch of a union only), the value stays as it is. A type without a namespace within
// one that has one keeps its name, which Confluent's text loses: it would be another type.

import { type AvroName, aliasText } from './avro-name.ts'
import type { AvroField, AvroNode, NamedNode } from './avro-node.ts'
import { asFloat } from './java-number.ts'
import { isArray, isObject, type JsonObject, type JsonValue } from './json-value.ts'
import type { Spelling } from './schema-text.ts'

export const normalized: Spelling = {
  props: node => new Map([...propsOfLogicalType(node), ...sortedProps(node.props)]),
  propsOfField: field => sortedProps(field.props),
  kindOfRecord: () => 'record',
  doc: type => type.doc || undefined,
  aliases: type => sortedAliases(type),
  aliasesOfField: field => field.aliases.toSorted(),
  default: defaultOf,
}

/** In front of the others: a key that comes again among them keeps its first place. */
function propsOfLogicalType({ logicalType }: AvroNode): [string, JsonValue][] {
  if (logicalType === undefined) return []
  if (logicalType.name !== 'decimal') return [['logicalType', logicalType.name]]
  const { name, precision, scale } = logicalType
  const props: [string, JsonValue][] = [
    ['logicalType', name],
    ['precision', BigInt(precision)],
  ]
  return scale === 0 ? props : [...props, ['scale', BigInt(scale)]]
}

const byKey = ([a]: readonly [string, JsonValue], [b]: readonly [string, JsonValue]) => (a < b ? -1 : a > b ? 1 : 0)

const sortedProps = (props: JsonObject): JsonObject =>
  new Map([...props].map(([key, value]) => [key, sorted(value)] as const).sort(byKey))

function sorted(value: JsonValue): JsonValue {
  if (isArray(value)) return value.map(sorted)
  return isObject(value) ? sortedProps(value) : value
}

const sortedAliases = (type: NamedNode): readonly AvroName[] =>
  type.aliases.toSorted((a, b) => (aliasText(a, type.name) < aliasText(b, type.name) ? -1 : 1))

function defaultOf(field: AvroField): JsonValue | undefined {
  if (field.default === undefined || field.default === null) return field.default
  const value = asTyped(field.default, field.type)
  return value === undefined ? undefined : sorted(value)
}

const int64Bits = 64

/** A default as a value of its type; undefined for one that does not suit it, which Java then leaves out. */
function asTyped(value: JsonValue, type: AvroNode | undefined): JsonValue | undefined {
  if (value === null || typeof value === 'boolean') return value
  if (type?.kind === 'union') return ofUnion(value, type.types)
  if (typeof value === 'bigint') return ofWhole(value, type)
  if (typeof value === 'number') return ofFloating(value, type)
  if (typeof value === 'string') return ofText(value, type)
  if (isArray(value)) return value.map(item => asTyped(item, type?.kind === 'array' ? type.items : undefined) ?? item)
  return new Map([...value].map(([key, item]) => [key, asTyped(item, typeBelow(type, key)) ?? item]))
}

function ofUnion(value: JsonValue, types: readonly AvroNode[]): JsonValue | undefined {
  for (const type of types) {
    const typed = type.kind === 'null' ? undefined : asTyped(value, type)
    // A number too large for a float would become the text "Infinity", which is no default of a union.
    const isTooLarge = typeof typed === 'number' && !Number.isFinite(typed)
    if (typed !== undefined && !isTooLarge) return typed
  }
  return undefined
}

function ofWhole(value: bigint, type: AvroNode | undefined): JsonValue | undefined {
  if (BigInt.asIntN(int64Bits, value) !== value) return undefined
  if (type === undefined || type.kind === 'int' || type.kind === 'long') return value
  if (type.kind === 'float') return asFloat(Number(value))
  return type.kind === 'double' ? Number(value) : undefined
}

function ofFloating(value: number, type: AvroNode | undefined): JsonValue | undefined {
  if (type?.kind === 'float') return asFloat(value)
  return type === undefined || type.kind === 'double' ? value : undefined
}

function ofText(value: string, type: AvroNode | undefined): JsonValue | undefined {
  if (type === undefined || type.kind === 'string' || type.kind === 'enum') return value
  if (type.kind !== 'bytes' && type.kind !== 'fixed') return undefined
  // Bytes are written as the characters 0 to 255; Java makes a question mark of any other.
  return value.replace(/[\ud800-\udbff][\udc00-\udfff]|[\u0100-\uffff]/g, '?')
}

function typeBelow(type: AvroNode | undefined, key: string): AvroNode | undefined {
  if (type?.kind === 'map') return type.values
  return type?.kind === 'record' ? type.fields.find(field => field.name === key)?.type : undefined
}
