// A field's default in the binary encoding: written where a value has no such field, read where the writer had none.
// Source: ResolvingGrammarGenerator.encode, Avro 1.12.2.

import type { AvroField, AvroNode, RecordNode } from '../avro-node.ts'
import { DefaultFit } from '../default-fit.ts'
import { isArray, isObject, type JsonObject, type JsonValue, nameOfJson } from '../json-value.ts'
import { ByteWriter } from './byte-writer.ts'
import { AvroValueError } from './value-error.ts'

/** Records, arrays and maps of one default: defaults of defaults can double with each level. */
const defaultEntriesMax = 100_000

/** @throws AvroValueError for a default that does not suit its field, as schemas may have that were stored long ago */
export function defaultBytes(field: AvroField): Uint8Array {
  const out = new ByteWriter(defaultEntriesMax)
  try {
    write(out, field.type, field.default)
  } catch (cause) {
    if (!(cause instanceof AvroValueError)) throw cause
    throw new AvroValueError(`The default of the field "${field.name}" cannot be used: ${cause.message}`)
  }
  return out.taken()
}

function write(out: ByteWriter, type: AvroNode, value: JsonValue | undefined): void {
  if (type.kind === 'union') {
    const index = type.types.findIndex(branch => new DefaultFit().suits(branch, value))
    if (index === -1) throw unsuitable(type, value)
    out.long(index)
    write(out, type.types[index]!, value)
  } else if (type.kind === 'record' && isObject(value)) writeRecord(out, type, value)
  else if (type.kind === 'array' && isArray(value)) writeItems(out, [...value], item => write(out, type.items, item))
  else if (type.kind === 'map' && isObject(value)) {
    writeItems(out, [...value], ([key, item]) => {
      out.string(key)
      write(out, type.values, item)
    })
  } else writeLeaf(out, type, value)
}

function writeRecord(out: ByteWriter, { fields }: RecordNode, value: JsonObject): void {
  out.enter() // ends defaults that need themselves
  for (const field of fields) write(out, field.type, value.has(field.name) ? value.get(field.name) : field.default)
  out.leave()
}

function writeItems<Item>(out: ByteWriter, items: readonly Item[], writeItem: (item: Item) => void): void {
  out.enter()
  if (items.length > 0) out.long(items.length)
  for (const item of items) writeItem(item)
  out.byte(0)
  out.leave()
}

function writeLeaf(out: ByteWriter, type: AvroNode, value: JsonValue | undefined): void {
  if (!new DefaultFit().suits(type, value)) throw unsuitable(type, value)
  if (type.kind === 'boolean') out.byte(value ? 1 : 0)
  else if (type.kind === 'int' || type.kind === 'long') out.long(value as bigint)
  else if (type.kind === 'float') out.float(Number(value))
  else if (type.kind === 'double') out.double(Number(value))
  else if (type.kind === 'string') out.string(value as string)
  else if (type.kind === 'bytes') out.bytes(bytesOfText(value as string))
  else if (type.kind === 'fixed') out.raw(Buffer.concat([bytesOfText(value as string)], type.size))
  else if (type.kind === 'enum') {
    const position = type.symbols.indexOf(value as string)
    if (position === -1) throw unsuitable(type, value)
    out.long(position)
  }
}

/** Each character is a byte; Java writes a question mark for one that is none. */
const bytesOfText = (text: string): Uint8Array =>
  Buffer.from(text.replace(/[\ud800-\udbff][\udc00-\udfff]|[\u0100-\uffff]/g, '?'), 'latin1')

const unsuitable = (type: AvroNode, value: JsonValue | undefined) =>
  new AvroValueError(`${nameOfJson(value)} is no value of type ${type.kind}`)
