// For tests: the JSON by which the golden vectors describe a message, as the value that decoding must answer and that
// encoding must turn into the vector's bytes. Independent of both codecs: it walks the schema's fields itself.

import type { AnyField, Fields } from '../../protocol/wire/field.ts'
import { normalizeInt64 } from '../../protocol/wire/int64.ts'
import { zeroUuid } from '../../protocol/wire/uuid.ts'

export interface GoldenUnknownTag {
  /** JSON pointer to the struct that carries it. */
  readonly path: string
  readonly tag: number
  readonly data: string
}

/** The decoded value that a vector's JSON stands for; fields that the JSON leaves out are at their default. */
export function goldenValue(fields: Fields, json: Record<string, unknown>, unknownTags: readonly GoldenUnknownTag[]) {
  const value = structValue(fields, json)
  for (const { path, tag, data } of unknownTags) {
    const target = path
      .split('/')
      .filter(step => step !== '')
      .reduce((at, step) => at[step] as Record<string, unknown>, value)
    const tags = (target.unknownTags ??= []) as { tag: number; data: Buffer }[]
    tags.push({ tag, data: Buffer.from(data, 'base64') })
  }
  return value
}

function structValue(fields: Fields, json: Record<string, unknown>): Record<string, unknown> {
  const value: Record<string, unknown> = {}
  for (const [name, field] of Object.entries(fields)) {
    value[name] = name in json ? fieldValue(field, json[name]) : defaultValue(field)
  }
  return value
}

function fieldValue(field: AnyField, json: unknown): unknown {
  if (json === null) return null
  const { type } = field
  switch (type.kind) {
    case 'struct':
      return structValue(type.fields, json as Record<string, unknown>)
    case 'array':
      return (json as unknown[]).map(element => fieldValue(type.element, element))
    case 'bytes':
    case 'records':
      return Buffer.from(json as string, 'base64')
    case 'int64':
      return normalizeInt64(BigInt(json as string | number))
    default:
      return json
  }
}

function defaultValue(field: AnyField): unknown {
  const { defaultValue: given } = field.options
  if (given !== undefined) return typeof given === 'bigint' ? normalizeInt64(given) : given
  switch (field.type.kind) {
    case 'struct':
      return structValue(field.type.fields, {})
    case 'array':
      return []
    case 'bytes':
    case 'records':
      return Buffer.alloc(0)
    case 'string':
      return ''
    case 'bool':
      return false
    case 'uuid':
      return zeroUuid
    default:
      return 0
  }
}
