// Compiles the fields of one version into a straight-line encode function. Fields left out of the value take their
// default; a field that the version lacks must hold its default, or be ignorable.

import { defaultSource, isNullable, isPresent, Source, tagged, untagged } from './compile.ts'
import { EncodeError } from './encode-error.ts'
import type { AnyField, Fields, UnknownTag } from './field.ts'
import { zeroUuid } from './uuid.ts'
import type { Writer } from './writer.ts'

export type Encoder = (writer: Writer, value: unknown) => void

interface Context {
  readonly source: Source
  readonly version: number
  readonly flexible: boolean
}

const noTags: readonly UnknownTag[] = []

/** Whether a value equals a default; structs are equal when all their fields are, absent ones included. */
function isDefault(value: unknown, standard: unknown): boolean {
  if (value === undefined || value === standard) return true
  if (value === null || standard === null || typeof value !== 'object' || typeof standard !== 'object') {
    return typeof value === 'bigint' && typeof standard === 'number' && value === BigInt(standard)
  }
  if (value instanceof Uint8Array) return value.length === 0
  if (Array.isArray(value)) return value.length === 0
  const fields = value as Record<string, unknown>
  if ((fields.unknownTags as UnknownTag[] | undefined)?.length) return false
  return Object.entries(standard).every(([name, inner]) => isDefault(fields[name], inner))
}

function refuseUnlessDefault(value: unknown, standard: unknown, name: string): void {
  if (!isDefault(value, standard)) throw new EncodeError(`field ${name} is set, but this version does not carry it`)
}

/** Writes the unknown tags with from <= tag < below, so that tags rise across known and unknown ones. */
function writeUnknownTags(writer: Writer, tags: readonly UnknownTag[], from: number, below: number): void {
  for (const { tag, data } of tags) {
    if (tag < from || tag >= below) continue
    writer.unsignedVarint(tag)
    writer.unsignedVarint(data.length)
    writer.raw(data)
  }
}

function refuseNull(value: unknown, what: string): void {
  if (value === null) throw new EncodeError(`null where ${what} must be`)
}

/** What a value of the type is after wrapping around: itself, unless it is no whole number or out of range. */
const wrapped = {
  int8: (value: string) => `${value} << 24 >> 24`,
  int16: (value: string) => `${value} << 16 >> 16`,
  uint16: (value: string) => `${value} & 0xffff`,
  int32: (value: string) => `${value} | 0`,
  uint32: (value: string) => `${value} >>> 0`,
} as const
const ranges: Readonly<Record<keyof typeof wrapped, string>> = {
  int8: '-128 to 127',
  int16: '-32768 to 32767',
  uint16: '0 to 65535',
  int32: '-2147483648 to 2147483647',
  uint32: '0 to 4294967295',
}

function isWhole(kind: string): kind is keyof typeof wrapped {
  return kind in wrapped
}

function refuseNumber(value: unknown, name: string, kind: keyof typeof wrapped): never {
  throw new EncodeError(`${name} is ${String(value)}: it takes a whole number, ${ranges[kind]}`)
}

const runtime = {
  isDefault,
  refuseUnlessDefault,
  refuseNull,
  refuseNumber,
  writeUnknownTags,
  noTags,
  zeroUuid,
  emptyBuffer: Buffer.alloc(0),
}

/** Compiles the encoder of a message's fields in one version. */
export function compileEncoder(fields: Fields, version: number, flexible: boolean): Encoder {
  const source = new Source()
  const main = structEncoder(fields, { source, version, flexible })
  const names = Object.keys(runtime)
  const body = `'use strict'\n${source.functions.join('\n')}\nreturn ${main}`
  return new Function(...names, body)(...Object.values(runtime)) as Encoder
}

/** Adds a function that encodes the struct and answers its name. */
function structEncoder(fields: Fields, context: Context): string {
  const { source, version, flexible } = context
  const name = source.name('struct')
  const lines: string[] = []
  for (const [key, field] of Object.entries(fields)) {
    if (isPresent(field, version) || field.options.ignorable) continue
    lines.push(`if (o.${key} !== undefined) refuseUnlessDefault(o.${key}, ${constantDefault(field, source)}, '${key}')`)
  }
  for (const [key, field] of untagged(fields, version)) lines.push(fieldEncoder(key, field, context))
  if (flexible) lines.push(...tagsEncoder(fields, context))
  source.functions.push(`function ${name}(w, o) {\n${lines.map(line => `  ${line}\n`).join('')}}`)
  return name
}

/** The default as a constant shared by all calls; for comparing, never handed out. */
function constantDefault(field: AnyField, source: Source): string {
  const name = source.name('default')
  source.functions.push(`const ${name} = ${defaultSource(field)}`)
  return name
}

function fieldEncoder(key: string, field: AnyField, context: Context): string {
  const value = context.source.name('v')
  return `const ${value} = o.${key} === undefined ? ${defaultSource(field)} : o.${key}; ${valueEncoder(key, value, field, context)}`
}

function tagsEncoder(fields: Fields, context: Context): string[] {
  const known = tagged(fields, context.version)
  const unknown = 'const unknown = o.unknownTags ?? noTags'
  if (known.length === 0) {
    return [
      unknown,
      'w.unsignedVarint(unknown.length)',
      'if (unknown.length > 0) writeUnknownTags(w, unknown, 0, Infinity)',
    ]
  }
  const has = known.map(([key, field]) => {
    const name = `has${field.options.tag}`
    return `const ${name} = !isDefault(o.${key}, ${constantDefault(field, context.source)})`
  })
  const lines = [unknown, ...has]
  lines.push(`w.unsignedVarint(unknown.length + ${known.map(([, field]) => `has${field.options.tag}`).join(' + ')})`)
  let from = 0
  for (const [key, field] of known) {
    const tag = field.options.tag!
    lines.push(`if (unknown.length > 0) writeUnknownTags(w, unknown, ${from}, ${tag})`)
    const write = valueEncoder(key, `o.${key}`, field, context)
    lines.push(`if (has${tag}) { w.unsignedVarint(${tag}); w.sized(() => { ${write} }) }`)
    from = tag + 1
  }
  lines.push(`if (unknown.length > 0) writeUnknownTags(w, unknown, ${from}, Infinity)`)
  return lines
}

/** A statement that writes the expression `value` as the field that is named `key`. */
function valueEncoder(key: string, value: string, field: AnyField, context: Context): string {
  const flexible = context.flexible && !field.options.neverFlexible
  const nullable = isNullable(field, context.version)
  const { type } = field
  switch (type.kind) {
    case 'string':
      return `w.${flexible ? (nullable ? 'compactNullableString' : 'compactString') : nullable ? 'nullableString' : 'string'}(${value})`
    case 'bytes':
      return `w.${flexible ? (nullable ? 'compactNullableBytes' : 'compactBytes') : nullable ? 'nullableBytes' : 'bytes'}(${value})`
    case 'records':
      return `${nullable ? '' : `refuseNull(${value}, 'records'); `}w.${flexible ? 'compactRecords' : 'records'}(${value})`
    case 'struct': {
      const inner = structEncoder(type.fields, context)
      if (!nullable) return `refuseNull(${value}, 'a struct'); ${inner}(w, ${value})`
      if (field.options.tag === undefined) {
        return `if (${value} === null) w.int8(-1); else { w.int8(1); ${inner}(w, ${value}) }`
      }
      return `if (${value} === null) w.unsignedVarint(0); else { w.unsignedVarint(1); ${inner}(w, ${value}) }`
    }
    case 'array':
      return arrayEncoder(key, value, type.element, nullable, flexible, context)
    default:
      return `${isWhole(type.kind) ? wholeCheck(key, value, type.kind) : ''}w.${type.kind}(${value})`
  }
}

/** Buffers would take 1.5 for 1, and '7' for 7. Compared as what it is: two machine instructions where nothing is wrong. */
function wholeCheck(key: string, value: string, kind: keyof typeof wrapped): string {
  return `if ((${wrapped[kind](value)}) !== ${value}) refuseNumber(${value}, '${key}', '${kind}'); `
}

function arrayEncoder(
  key: string,
  value: string,
  element: AnyField,
  nullable: boolean,
  flexible: boolean,
  context: Context,
): string {
  const item = context.source.name('e')
  const length = (expression: string) => (flexible ? `w.unsignedVarint(${expression} + 1)` : `w.int32(${expression})`)
  const write = valueEncoder(key, item, element, context)
  const loop = `${length(`${value}.length`)}; for (const ${item} of ${value}) { ${write} }`
  if (!nullable) return `refuseNull(${value}, 'an array'); ${loop}`
  return `if (${value} === null) { ${length('-1')} } else { ${loop} }`
}
