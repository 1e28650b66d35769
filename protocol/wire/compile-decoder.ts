// Compiles the fields of one version into a straight-line decode function. Property order is declaration order, so every
// decoded message of a version has one shape.

import { defaultSource, isNullable, isPresent, Source, smallestBytes, tagged, untagged } from './compile.ts'
import { DecodeError } from './decode-error.ts'
import type { AnyField, Fields, UnknownTag } from './field.ts'
import type { Reader } from './reader.ts'
import { zeroUuid } from './uuid.ts'

export type Decoder = (reader: Reader) => unknown

interface Context {
  readonly source: Source
  readonly version: number
  readonly flexible: boolean
}

/** Runs one element decoder `count` times; null and a forbidden null are told apart by `nullable`. */
function readArray(reader: Reader, count: number, nullable: boolean, element: Decoder): unknown[] | null {
  if (count < 0) {
    if (nullable) return null
    throw new DecodeError('null where an array must be')
  }
  // Nearly all arrays of metadata hold one to three replicas. One that is pushed to has room for 17, and is kept for each
  // of ten thousand partitions.
  if (count === 1) return [element(reader)]
  if (count === 2) return [element(reader), element(reader)]
  if (count === 3) return [element(reader), element(reader), element(reader)]
  const values: unknown[] = []
  for (let i = 0; i < count; i++) values.push(element(reader))
  return values
}

/** A tagged struct that may be null says so with a varint, an untagged one with an int8: Kafka's MessageDataGenerator. */
function readNullableTaggedStruct(reader: Reader, element: Decoder): unknown {
  return reader.unsignedVarint() === 0 ? null : element(reader)
}

function readNullableStruct(reader: Reader, element: Decoder): unknown {
  return reader.int8() < 0 ? null : element(reader)
}

/** The tagged section of a struct: known tags by their setter, the others kept as they are. */
function readTags(
  reader: Reader,
  value: { unknownTags?: UnknownTag[] },
  known: readonly ((reader: Reader, value: object) => void)[],
): void {
  for (let left = reader.tagCount(); left > 0; left--) {
    const tag = reader.unsignedVarint()
    const data = reader.raw(reader.unsignedVarint())
    const set = known[tag]
    if (set === undefined) (value.unknownTags ??= []).push({ tag, data })
    else {
      const inner = reader.within(data)
      set(inner, value)
      if (inner.remaining > 0) throw new DecodeError(`tagged field ${tag} has ${inner.remaining} bytes too many`)
    }
  }
}

const runtime = {
  readArray,
  readNullableStruct,
  readNullableTaggedStruct,
  readTags,
  zeroUuid,
  emptyBuffer: Buffer.alloc(0),
}

/** Compiles the decoder of a message's fields in one version. */
export function compileDecoder(fields: Fields, version: number, flexible: boolean): Decoder {
  const source = new Source()
  const main = structDecoder(fields, { source, version, flexible })
  const names = Object.keys(runtime)
  const body = `'use strict'\n${source.functions.join('\n')}\nreturn ${main}`
  return new Function(...names, body)(...Object.values(runtime)) as Decoder
}

/** Adds a function that decodes the struct and answers its name. */
function structDecoder(fields: Fields, context: Context): string {
  const { source, version, flexible } = context
  const name = source.name('struct')
  const inline = new Map(untagged(fields, version))
  const properties = Object.entries(fields).map(
    ([key, field]) => `${key}: ${inline.has(key) ? valueDecoder(field, context) : defaultSource(field)}`,
  )
  const tags = flexible ? tagsDecoder(fields, context) : ''
  source.functions.push(`function ${name}(r) {\n  const o = { ${properties.join(', ')} }\n${tags}  return o\n}`)
  return name
}

function tagsDecoder(fields: Fields, context: Context): string {
  const table = context.source.name('tags')
  const setters = tagged(fields, context.version).map(
    ([key, field]) => `${table}[${field.options.tag}] = (r, o) => { o.${key} = ${valueDecoder(field, context)} }`,
  )
  context.source.functions.push(`const ${table} = []\n${setters.join('\n')}`)
  return `  readTags(r, o, ${table})\n`
}

/** An expression that decodes the field from `r`. */
function valueDecoder(field: AnyField, context: Context): string {
  const { version } = context
  if (!isPresent(field, version)) return defaultSource(field)
  const flexible = context.flexible && !field.options.neverFlexible
  const nullable = isNullable(field, version)
  const { type } = field
  switch (type.kind) {
    case 'string':
      return `r.${flexible ? (nullable ? 'compactNullableString' : 'compactString') : nullable ? 'nullableString' : 'string'}()`
    case 'bytes':
    case 'records':
      return `r.${flexible ? (nullable ? 'compactNullableBytes' : 'compactBytes') : nullable ? 'nullableBytes' : 'bytes'}()`
    case 'struct': {
      const inner = structDecoder(type.fields, context)
      if (!nullable) return `${inner}(r)`
      return `${field.options.tag === undefined ? 'readNullableStruct' : 'readNullableTaggedStruct'}(r, ${inner})`
    }
    case 'array': {
      const elementBytesMin = Math.max(1, smallestBytes(type.element, version, context.flexible))
      const count = `r.${flexible ? 'compactArrayLength' : 'arrayLength'}(${elementBytesMin})`
      const element =
        type.element.type.kind === 'struct'
          ? structDecoder(type.element.type.fields, context)
          : `r => ${valueDecoder(type.element, context)}`
      return `readArray(r, ${count}, ${nullable}, ${element})`
    }
    default:
      return `r.${type.kind}()`
  }
}
