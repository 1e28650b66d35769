// A schema as a program has it, with the types of what is written and read with it: what `millrace schema types` writes, or a text.

import type { LongForm } from '../avro/codec/decoder.ts'
import type { ResolvedReference } from '../types/schema-type.ts'

/** Another schema that this one uses by name. It is registered under `subject` first; under its name when that is left out. */
export interface ReferenceOf {
  readonly name: string
  readonly subject?: string
  // biome-ignore lint/suspicious/noExplicitAny: whatever its types are
  readonly schema: SchemaOf<any, any>
}

/** `Value`: what is read; `Input`: what may be written, where fields that have defaults may be left out. */
export interface SchemaOf<Value = unknown, Input = Value> {
  /** JSON. */
  readonly schema: string
  readonly references?: readonly ReferenceOf[]
  /** How longs are read, which is what `Value` says of them. */
  readonly longs?: LongForm
  /** Never there: they carry the types. */
  readonly value?: Value
  readonly input?: (input: Input) => void
}

/** What those who have no generated schema give: the JSON as text, or as a value. */
export type SchemaText = string | { readonly type: unknown; readonly [attribute: string]: unknown } | readonly unknown[]

// biome-ignore lint/suspicious/noExplicitAny: whatever its types are
export function schemaOf(given: SchemaOf<any, any> | SchemaText): SchemaOf {
  if (typeof given === 'string') return { schema: given }
  return isSchemaOf(given) ? given : { schema: JSON.stringify(given) }
}

// biome-ignore lint/suspicious/noExplicitAny: whatever its types are
const isSchemaOf = (given: object): given is SchemaOf<any, any> =>
  'schema' in given && typeof given.schema === 'string' && !('type' in given)

/** All that it uses, each once and after what it uses itself, as the reader of schemas takes them. */
export function localReferences({ references = [] }: SchemaOf): ResolvedReference[] {
  const all = new Map<string, ResolvedReference>()
  const add = ({ name, subject = name, schema }: ReferenceOf) => {
    if (all.has(name)) return
    for (const each of schema.references ?? []) add(each)
    all.set(name, { name, subject, version: 1, text: schema.schema })
  }
  for (const each of references) add(each)
  return [...all.values()]
}
