// How a value of a union says which branch it is of. One rule, for writing and for reading:
//   where each branch but null has another shape (boolean, number, text, bytes, array, Date, object), the value stands alone;
//   where two have the same shape, each value but null is wrapped in an object with the branch's name: { "com.acme.Card": … }.
// Names are full names for records, enums and fixed types, and kinds (`string`, `array`) for the others, as in Avro's JSON encoding.

import { type AvroNode, branchName, type UnionNode } from '../avro-node.ts'
import { conversionOf, type Shape } from './conversion.ts'

export interface Branch {
  readonly index: number
  readonly name: string
  readonly shape: Shape
  readonly node: AvroNode
}

export interface UnionRule {
  readonly branches: readonly Branch[]
  readonly isWrapped: boolean
}

const shapeOfKind: Readonly<Record<AvroNode['kind'], Shape | undefined>> = {
  null: 'null',
  boolean: 'boolean',
  int: 'number',
  long: 'number',
  float: 'number',
  double: 'number',
  string: 'string',
  enum: 'string',
  bytes: 'bytes',
  fixed: 'bytes',
  array: 'array',
  map: 'object',
  record: 'object',
  union: undefined,
}

export function unionRule(union: UnionNode, hasLogicalTypes: boolean): UnionRule {
  const branches = union.types.map((node, index) => ({
    index,
    name: branchName(node),
    shape: shapeOfNode(node, hasLogicalTypes),
    node,
  }))
  return { branches, isWrapped: new Set(branches.map(branch => branch.shape)).size < branches.length }
}

function shapeOfNode(node: AvroNode, hasLogicalTypes: boolean): Shape {
  // A union has no unions as branches, so that each kind has a shape.
  if (!hasLogicalTypes || node.logicalType === undefined) return shapeOfKind[node.kind]!
  return conversionOf(node.logicalType, node.kind === 'fixed' ? node.size : undefined).shape
}

export function shapeOf(value: unknown): Shape | undefined {
  if (value === null) return 'null'
  if (typeof value === 'boolean') return 'boolean'
  if (typeof value === 'number' || typeof value === 'bigint') return 'number'
  if (typeof value === 'string') return 'string'
  if (value instanceof Uint8Array) return 'bytes'
  if (Array.isArray(value)) return 'array'
  if (value instanceof Date) return 'date'
  return typeof value === 'object' ? 'object' : undefined
}
