// A schema that has been read, as a graph: a named type is one node, however often it is referred to, so there are cycles.
// Invariant: once read, nothing in it changes. While it is read, a name that is not known yet is a record without fields
// (`standsFor`), as in Avro's Java library, and what may hold such a record is assigned once more when all names are known.

import type { AvroName, primitiveNames } from './avro-name.ts'
import type { JsonObject, JsonValue } from './json-value.ts'
import type { LogicalType } from './logical-type.ts'

export type PrimitiveKind = (typeof primitiveNames)[number]

interface Common {
  /** Attributes that the specification does not name, and those of logical types; in the order of the text. */
  readonly props: JsonObject
  readonly logicalType: LogicalType | undefined
}

interface Named extends Common {
  readonly name: AvroName
  readonly doc: string | undefined
  readonly aliases: readonly AvroName[]
}

export interface PrimitiveNode extends Common {
  readonly kind: PrimitiveKind
}

export interface ArrayNode extends Common {
  readonly kind: 'array'
  items: AvroNode
}

export interface MapNode extends Common {
  readonly kind: 'map'
  values: AvroNode
}

export interface UnionNode extends Common {
  readonly kind: 'union'
  types: readonly AvroNode[]
}

export interface FixedNode extends Named {
  readonly kind: 'fixed'
  /** In bytes. */
  readonly size: number
}

export interface EnumNode extends Named {
  readonly kind: 'enum'
  readonly symbols: readonly string[]
  readonly defaultSymbol: string | undefined
}

export type FieldOrder = 'ascending' | 'descending' | 'ignore'

export interface AvroField {
  readonly name: string
  type: AvroNode
  readonly doc: string | undefined
  /** Undefined: there is none, which is not the same as null. */
  readonly default: JsonValue | undefined
  readonly order: FieldOrder
  readonly aliases: readonly string[]
  readonly props: JsonObject
  /** A JSON pointer to the field in the text. */
  readonly path: string
}

export interface RecordNode extends Named {
  readonly kind: 'record'
  readonly isError: boolean
  fields: readonly AvroField[]
  readonly standsFor: { readonly fullName: string; readonly path: string } | undefined
}

export type NamedNode = FixedNode | EnumNode | RecordNode
export type AvroNode = PrimitiveNode | ArrayNode | MapNode | UnionNode | NamedNode

export const isNamed = (node: AvroNode): node is NamedNode =>
  node.kind === 'record' || node.kind === 'enum' || node.kind === 'fixed'

/** The name by which a union tells its branches apart: the full name, or the kind of a type without a name. */
export const branchName = (node: AvroNode): string => (isNamed(node) ? node.name.full : node.kind)
