// What a registry answers, as values: the fields that are used, looked at before they are believed. What else a registry sends is left.

import { RegistryError } from './registry-error.ts'

/** A schema that another one refers to, as the registry knows it. */
export interface SchemaReference {
  readonly name: string
  readonly subject: string
  readonly version: number
}

/** A schema as it is sent to a registry. */
export interface SchemaText {
  readonly schema: string
  /** AVRO when left out. */
  readonly schemaType?: string
  readonly references?: readonly SchemaReference[]
}

/** A schema by its id or GUID. */
export interface StoredSchema {
  readonly schema: string
  readonly schemaType: string
  readonly references: readonly SchemaReference[]
  /** Undefined from a registry that knows none (Confluent's has them from 8.0 on). */
  readonly guid: string | undefined
}

/** A version of a subject. */
export interface SubjectVersion extends StoredSchema {
  readonly subject: string
  readonly version: number
  readonly id: number
}

export interface RegisteredSchema {
  readonly id: number
  readonly guid: string | undefined
  readonly version: number | undefined
}

export interface CompatibilityVerdict {
  readonly isCompatible: boolean
  /** The registry's own sentences, where it was asked for them. */
  readonly messages: readonly string[]
}

type Fields = Readonly<Record<string, unknown>>

/** `what`: what was asked for, for the message. */
function fieldsOf(value: unknown, what: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields
  throw broken(what, 'it is no object')
}

function broken(what: string, why: string): RegistryError {
  return new RegistryError('BROKEN_ANSWER', `the answer to "${what}" cannot be understood: ${why}`, {
    retriable: false,
    help: 'check that the address is a schema registry’s, and not that of something else',
  })
}

function text(fields: Fields, name: string, what: string): string {
  const value = fields[name]
  if (typeof value === 'string') return value
  throw broken(what, `"${name}" is no text`)
}

function whole(fields: Fields, name: string, what: string): number {
  const value = fields[name]
  if (Number.isSafeInteger(value)) return value as number
  throw broken(what, `"${name}" is no whole number`)
}

const textIfAny = (value: unknown) => (typeof value === 'string' ? value : undefined)
const wholeIfAny = (value: unknown) => (Number.isSafeInteger(value) ? (value as number) : undefined)

export function storedSchemaOf(value: unknown, what: string): StoredSchema {
  const fields = fieldsOf(value, what)
  return {
    schema: text(fields, 'schema', what),
    schemaType: textIfAny(fields.schemaType) ?? 'AVRO',
    references: referencesOf(fields.references, what),
    guid: textIfAny(fields.guid),
  }
}

export function subjectVersionOf(value: unknown, what: string): SubjectVersion {
  const fields = fieldsOf(value, what)
  return {
    ...storedSchemaOf(fields, what),
    subject: text(fields, 'subject', what),
    version: whole(fields, 'version', what),
    id: whole(fields, 'id', what),
  }
}

export function registeredSchemaOf(value: unknown, what: string): RegisteredSchema {
  const fields = fieldsOf(value, what)
  return { id: whole(fields, 'id', what), guid: textIfAny(fields.guid), version: wholeIfAny(fields.version) }
}

export function verdictOf(value: unknown, what: string): CompatibilityVerdict {
  const fields = fieldsOf(value, what)
  if (typeof fields.is_compatible !== 'boolean') throw broken(what, '"is_compatible" is neither true nor false')
  return { isCompatible: fields.is_compatible, messages: textsOf(fields.messages ?? [], what) }
}

export function textsOf(value: unknown, what: string): string[] {
  if (Array.isArray(value) && value.every(each => typeof each === 'string')) return value
  throw broken(what, 'it is no list of texts')
}

export function numbersOf(value: unknown, what: string): number[] {
  if (Array.isArray(value) && value.every(each => Number.isSafeInteger(each))) return value
  throw broken(what, 'it is no list of whole numbers')
}

export function listOf<Item>(value: unknown, what: string, item: (value: unknown, what: string) => Item): Item[] {
  if (Array.isArray(value)) return value.map(each => item(each, what))
  throw broken(what, 'it is no list')
}

/** What one field of the answer says, as text. */
export function fieldText(value: unknown, names: readonly string[], what: string): string {
  const fields = fieldsOf(value, what)
  const name = names.find(each => typeof fields[each] === 'string')
  if (name === undefined) throw broken(what, `there is no "${names[0]}"`)
  return fields[name] as string
}

function referencesOf(value: unknown, what: string): SchemaReference[] {
  if (value === undefined || value === null) return []
  return listOf(value, what, each => {
    const fields = fieldsOf(each, what)
    return {
      name: text(fields, 'name', what),
      subject: text(fields, 'subject', what),
      version: whole(fields, 'version', what),
    }
  })
}
