// The TypeScript type of a value of a schema: what the codec reads (`value`), and what it takes (`input`). The two differ where fields have
// defaults, which may be left out when writing, and where writing takes more than reading gives.
// Invariant: this says of each type what avro/codec does with it (conversion.ts for logical types, union-rule.ts for unions).

import { type AvroNode, isNamed, type UnionNode } from '../avro/avro-node.ts'
import type { LongForm } from '../avro/codec/decoder.ts'
import { unionRule } from '../avro/codec/union-rule.ts'
import type { LogicalType } from '../avro/logical-type.ts'

export type Form = 'value' | 'input'

export interface TypeContext {
  readonly longs: LongForm
  /** What a named type is called in this form. */
  nameOf(fullName: string, form: Form): string
}

/** Fits wherever a type may stand, but in an array's or a union's it may need brackets (`typeInList`). */
export function typeText(node: AvroNode, form: Form, context: TypeContext): string {
  if (node.logicalType !== undefined) return logicalText(node.logicalType, form)
  if (isNamed(node)) return node.kind === 'fixed' ? 'Uint8Array' : context.nameOf(node.name.full, form)
  if (node.kind === 'union') return unionText(node, form, context)
  if (node.kind === 'array') return arrayText(node.items, form, context)
  if (node.kind === 'map') return `{ [key: string]: ${typeText(node.values, form, context)} }`
  if (node.kind === 'long') return form === 'input' || context.longs === 'either' ? 'number | bigint' : context.longs
  return { int: 'number', float: 'number', double: 'number', bytes: 'Uint8Array' }[node.kind as 'int'] ?? node.kind
}

function logicalText({ name }: LogicalType, form: Form): string {
  if (name === 'timestamp-millis') return 'Date'
  if (name === 'timestamp-micros' || name === 'timestamp-nanos') return form === 'input' ? 'number | bigint' : 'bigint'
  return name === 'duration' ? '{ months: number; days: number; milliseconds: number }' : 'string'
}

function arrayText(items: AvroNode, form: Form, context: TypeContext): string {
  const text = typeText(items, form, context)
  const item = text.includes(' ') ? `(${text})` : text
  return form === 'input' ? `readonly ${item}[]` : `${item}[]`
}

function unionText(node: UnionNode, form: Form, context: TypeContext): string {
  const { branches, isWrapped } = unionRule(node, true)
  const texts = branches.map(branch => {
    const text = typeText(branch.node, form, context)
    if (!isWrapped || branch.shape === 'null') return text
    return `{ ${keyText(branch.name)}: ${text} }`
  })
  // A union without branches has no value.
  return texts.length === 0 ? 'never' : [...new Set(texts)].join(' | ')
}

const keyText = (name: string) => (/^[\p{L}_$][\p{L}\p{Nd}_$]*$/u.test(name) ? name : `'${name}'`)
