// Which names a schema defines and which it uses without defining them, before it is read in full: to find out which other files it
// needs, and in which order files can be read. Names and namespaces as Avro 1.12 has them ("Names"); all else is the reader's to judge,
// and passed over here.

import { isArray, isObject, type JsonObject, type JsonValue, textAt } from '../avro/json-value.ts'

export type NamedKind = 'record' | 'enum' | 'fixed'

export interface SchemaNames {
  /** Full names in the order of their definition. */
  readonly defined: readonly string[]
  /** Full names in the order of their first use. */
  readonly used: readonly string[]
  /** Of the schema itself, where it is a record, an enum or a fixed. */
  readonly ownName: string | undefined
}

const primitives: ReadonlySet<string> = new Set([
  'null',
  'boolean',
  'int',
  'long',
  'float',
  'double',
  'bytes',
  'string',
])
const namedKinds: Readonly<Record<string, NamedKind>> = {
  record: 'record',
  error: 'record',
  enum: 'enum',
  fixed: 'fixed',
}

export const isPrimitive = (name: string) => primitives.has(name)

/** What kind of named type the object defines, if any. */
export function namedKindOf(schema: JsonObject): NamedKind | undefined {
  const type = textAt(schema, 'type')
  return type !== undefined && Object.hasOwn(namedKinds, type) ? namedKinds[type] : undefined
}

/** The full name of what an object defines, in the namespace around it ('' for none). */
export function fullNameOf(schema: JsonObject, around: string): string {
  const name = textAt(schema, 'name') ?? ''
  if (name.includes('.')) return name
  const namespace = textAt(schema, 'namespace') ?? around
  return namespace === '' ? name : `${namespace}.${name}`
}

export function namespaceOf(fullName: string): string {
  return fullName.includes('.') ? fullName.slice(0, fullName.lastIndexOf('.')) : ''
}

/**
 * The full name that a name stands for where it is used: in the namespace around it, or, where that has none such, without one
 * (as Java's Schema.Names). `isKnown` says which full names there are.
 */
export function resolvedName(name: string, around: string, isKnown: (fullName: string) => boolean): string {
  if (name.includes('.') || around === '') return name
  const inside = `${around}.${name}`
  return !isKnown(inside) && isKnown(name) ? name : inside
}

interface Found {
  readonly defined: string[]
  /** With the namespace around them. */
  readonly used: { readonly name: string; readonly around: string }[]
}

/** `elsewhere`: full names that other schemas define. */
export function schemaNames(schema: JsonValue, elsewhere: ReadonlySet<string> = new Set()): SchemaNames {
  const found: Found = { defined: [], used: [] }
  walk(schema, found)
  const defined = new Set(found.defined)
  const isKnown = (name: string) => defined.has(name) || elsewhere.has(name)
  const used = found.used.map(({ name, around }) => resolvedName(name, around, isKnown))
  const ownName = isObject(schema) && namedKindOf(schema) !== undefined ? fullNameOf(schema, '') : undefined
  return { defined: [...defined], used: [...new Set(used)].filter(name => !defined.has(name)), ownName }
}

/** With a list of its own in place of the stack: schemas may be nested as deeply as they like. */
function walk(schema: JsonValue, found: Found): void {
  const left: Place[] = [{ schema, around: '' }]
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const inside = look(next, found)
    for (let at = inside.length - 1; at >= 0; at -= 1) left.push(inside[at]!)
  }
}

interface Place {
  readonly schema: JsonValue | undefined
  readonly around: string
}

/** Notes one schema; answers those inside it. */
function look({ schema, around }: Place, found: Found): Place[] {
  if (typeof schema === 'string') {
    if (!isPrimitive(schema)) found.used.push({ name: schema, around })
    return []
  }
  if (isArray(schema)) return schema.map(branch => ({ schema: branch, around }))
  if (!isObject(schema)) return []
  if (namedKindOf(schema) === undefined) {
    const inside = { array: 'items', map: 'values' }[textAt(schema, 'type') ?? ''] ?? 'type'
    return [{ schema: schema.get(inside), around }]
  }
  const fullName = fullNameOf(schema, around)
  found.defined.push(fullName)
  const fields = schema.get('fields')
  if (!isArray(fields)) return []
  return fields.filter(isObject).map(field => ({ schema: field.get('type'), around: namespaceOf(fullName) }))
}
