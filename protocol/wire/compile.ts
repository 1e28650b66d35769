// What the two compilers share: how a field stands in one version, and its default as source text.

import type { AnyField, Fields } from './field.ts'

/** Source text being gathered for one codec. Values that have no literal are passed in by name. */
export class Source {
  readonly functions: string[] = []
  #names = 0

  name(prefix: string): string {
    this.#names += 1
    return `${prefix}${this.#names}`
  }
}

/** Whether the field is in the version at all. */
export function isPresent({ options }: AnyField, version: number): boolean {
  return version >= options.since && version <= options.until
}

/** Whether null is allowed in the version. */
export function isNullable({ options }: AnyField, version: number): boolean {
  return version >= options.nullableSince && version <= options.nullableUntil
}

/** The fields that stand untagged in the version, in wire order. */
export function untagged(fields: Fields, version: number): [string, AnyField][] {
  return Object.entries(fields).filter(([, field]) => field.options.tag === undefined && isPresent(field, version))
}

/** The tagged fields of the version in the order of their tags. */
export function tagged(fields: Fields, version: number): [string, AnyField][] {
  return Object.entries(fields)
    .filter(([, field]) => field.options.tag !== undefined && isPresent(field, version))
    .sort(([, a], [, b]) => a.options.tag! - b.options.tag!)
}

/** The default of a field as source text; `emptyBuffer` and `zeroUuid` are in scope of the compiled function. */
export function defaultSource(field: AnyField): string {
  const value = field.options.defaultValue
  if (value !== undefined) return typeof value === 'bigint' ? `${value}n` : JSON.stringify(value)
  switch (field.type.kind) {
    case 'bool':
      return 'false'
    case 'string':
      return "''"
    case 'uuid':
      return 'zeroUuid'
    case 'bytes':
    case 'records':
      return 'emptyBuffer'
    case 'array':
      return '[]'
    case 'struct':
      return structDefaultSource(field.type.fields)
    default:
      return '0'
  }
}

function structDefaultSource(fields: Fields): string {
  return `{ ${Object.entries(fields)
    .map(([name, field]) => `${name}: ${defaultSource(field)}`)
    .join(', ')} }`
}

/** Bytes below which no encoding of the field's type can go, in the version. Bounds array counts before allocation. */
export function smallestBytes(field: AnyField, version: number, flexible: boolean): number {
  const prefix = flexible ? 1 : field.type.kind === 'string' ? 2 : 4
  const { type } = field
  switch (type.kind) {
    case 'bool':
    case 'int8':
      return 1
    case 'int16':
    case 'uint16':
      return 2
    case 'int32':
    case 'uint32':
      return 4
    case 'int64':
    case 'float64':
      return 8
    case 'uuid':
      return 16
    case 'struct':
      if (isNullable(field, version)) return 1
      return untagged(type.fields, version).reduce(
        (sum, [, inner]) => sum + smallestBytes(inner, version, flexible),
        flexible ? 1 : 0,
      )
    default:
      return prefix
  }
}
