// Compiles two schemas, the one that data was written with and the one it is read as, into a function that reads.
// What does not resolve is an error where it is met in the data, not before: a branch of a union that never comes does no harm.
// Source: the specification's chapter "Schema Resolution"; Resolver, Avro 1.12.2. Where Java is stricter than its own
// SchemaCompatibility (namespaces of enums and fixed types in unions, aliases of fields below other names), this follows the latter.

import {
  type AvroField,
  type AvroNode,
  branchName,
  type EnumNode,
  type FixedNode,
  isNamed,
  type NamedNode,
  type RecordNode,
  type UnionNode,
} from '../avro-node.ts'
import { promotions } from '../compatibility.ts'
import { fieldsByName, writtenFields } from '../record-fields.ts'
import { ByteReader } from './byte-reader.ts'
import { conversionOf } from './conversion.ts'
import { defaultBytes } from './default-bytes.ts'
import { isNamedAlike, matchingBranch } from './resolution.ts'
import { unionRule } from './union-rule.ts'
import { AvroValueError, rethrow } from './value-error.ts'

/** @throws AvroValueError */
export type Read = (from: ByteReader) => unknown

/** How a long is given: `number` refuses what it would round, `either` gives a bigint for that alone. */
export type LongForm = 'number' | 'bigint' | 'either'

export interface DecodeRules {
  readonly longs: LongForm
  readonly logicalTypes: boolean
}

/** For values that are read over: nothing of them is converted, so that nothing of them can be refused. */
const passedOver: DecodeRules = { longs: 'either', logicalTypes: false }

const longForms: Readonly<Record<LongForm, (value: number | bigint) => number | bigint>> = {
  either: value => value,
  bigint: value => BigInt(value),
  number: value => {
    if (typeof value === 'number') return value
    throw new AvroValueError(`The long ${value} would be rounded as a number; read longs as bigint, or as either`)
  },
}

interface RecordPlan {
  /** In the order of the writer's fields. */
  readonly steps: readonly { readonly name: string; readonly read: Read; readonly isKept: boolean }[]
  /** What the writer does not write. */
  readonly defaults: readonly { readonly name: string; readonly make: () => unknown }[]
}

export class DecoderCompiler {
  readonly #rules: DecodeRules
  readonly #reads = new Map<AvroNode, Map<AvroNode, Read>>()

  constructor(rules: DecodeRules) {
    this.#rules = rules
  }

  compile(writer: AvroNode, reader: AvroNode): Read {
    const ofWriter = this.#reads.get(writer) ?? new Map<AvroNode, Read>()
    this.#reads.set(writer, ofWriter)
    const known = ofWriter.get(reader)
    if (known) return known
    let read: Read | undefined
    ofWriter.set(reader, from => read!(from))
    read = this.#compileNew(writer, reader)
    ofWriter.set(reader, read)
    return read
  }

  #compileNew(writer: AvroNode, reader: AvroNode): Read {
    if (writer.kind === 'union') {
      const reads = writer.types.map(branch => this.compile(branch, reader))
      return from => {
        const index = from.long() as number
        const read = reads[index]
        if (!read) throw new AvroValueError(`The union has no branch ${index}: these bytes are not of this schema`)
        return read(from)
      }
    }
    if (reader.kind === 'union') return this.#intoUnion(writer, reader)
    const read = this.#rawRead(writer, reader)
    const { logicalType } = reader
    if (!this.#rules.logicalTypes || logicalType === undefined) return read
    const misread = differentMeaning(writer, reader)
    if (misread) return refusal(misread)
    const { fromRaw } = conversionOf(logicalType, reader.kind === 'fixed' ? reader.size : undefined)
    return from => fromRaw(read(from))
  }

  #intoUnion(writer: AvroNode, reader: UnionNode): Read {
    const { branches, isWrapped } = unionRule(reader, this.#rules.logicalTypes)
    const branch = branches[matchingBranch(writer, reader)]
    if (!branch) return refusal(`No branch of the reader's union reads the writer's ${branchName(writer)}`)
    const read = this.compile(writer, branch.node)
    if (!isWrapped || branch.shape === 'null') return read
    return from => ({ [branch.name]: read(from) })
  }

  #rawRead(writer: AvroNode, reader: AvroNode): Read {
    if (writer.kind === 'record' && reader.kind === 'record') return this.#record(writer, reader)
    if (writer.kind === 'array' && reader.kind === 'array')
      return arrayRead(this.compile(writer.items, reader.items), mayBeEmpty(writer.items))
    if (writer.kind === 'map' && reader.kind === 'map') return mapRead(this.compile(writer.values, reader.values))
    if (writer.kind === 'enum' && reader.kind === 'enum') return enumRead(writer, reader)
    if (writer.kind === 'fixed' && reader.kind === 'fixed') return fixedRead(writer, reader)
    if (writer.kind !== reader.kind && !promotions[reader.kind]?.includes(writer.kind)) {
      return refusal(`The writer's ${branchName(writer)} cannot be read as the reader's ${branchName(reader)}`)
    }
    return this.#primitive(writer, reader)
  }

  #primitive(writer: AvroNode, reader: AvroNode): Read {
    switch (reader.kind) {
      case 'null':
        return () => null
      case 'boolean':
        return booleanRead
      case 'int':
        return from => from.int()
      case 'long': {
        const form = longForms[reader.logicalType && this.#rules.logicalTypes ? 'either' : this.#rules.longs]
        return writer.kind === 'int' ? from => form(from.int()) : from => form(from.long())
      }
      case 'float':
        return floatingReads[writer.kind === 'float' ? 'float' : 'wholeAsFloat']
      case 'double':
        return floatingReads[writer.kind === 'double' || writer.kind === 'float' ? writer.kind : 'wholeAsDouble']
      case 'string':
        return from => from.string()
      default:
        return from => from.bytes()
    }
  }

  /** Compiled when the first value comes: two rings of records make more pairs than a stack has levels. */
  #record(writer: RecordNode, reader: RecordNode): Read {
    let plan: RecordPlan | undefined
    return from => {
      const { steps, defaults } = (plan ??= this.#plan(writer, reader))
      const record: Record<string, unknown> = {}
      from.enter()
      for (const { name, read, isKept } of steps) {
        try {
          const value = read(from)
          if (isKept) put(record, name, value)
        } catch (cause) {
          rethrow(cause, name)
        }
      }
      for (const { name, make } of defaults) put(record, name, make())
      from.leave()
      return record
    }
  }

  #plan(writer: RecordNode, reader: RecordNode): RecordPlan {
    const readerOf = readersOfFields(writer, reader)
    const written = new Set(readerOf.values())
    const missing = reader.fields.filter(field => !written.has(field))
    const bare = missing.find(field => field.default === undefined)
    if (bare)
      throw new AvroValueError(
        `The writer does not write the field "${bare.name}" of "${reader.name.full}", and it has no default`,
      )
    const steps = writer.fields.map(field => {
      const own = readerOf.get(field)
      if (own) return { name: own.name, read: this.compile(field.type, own.type), isKept: true }
      return { name: field.name, read: new DecoderCompiler(passedOver).compile(field.type, field.type), isKept: false }
    })
    return { steps, defaults: missing.map(field => ({ name: field.name, make: this.#default(field) })) }
  }

  /** A value of its own for each record, where it could be changed. */
  #default(field: AvroField): () => unknown {
    const read = this.compile(field.type, field.type)
    let bytes: Uint8Array | undefined
    return () => read(new ByteReader((bytes ??= defaultBytes(field))))
  }
}

/**
 * To each field of the writer's the one of the reader's that takes its values. An alias wins over a name: where `a` became `b` and
 * a new `a` was added, what was written as `a` is `b`.
 */
function readersOfFields(writer: RecordNode, reader: RecordNode): ReadonlyMap<AvroField, AvroField> {
  const readers = new Map<AvroField, AvroField>()
  // Names of records only count where aliases are needed, and then without namespaces, as in SchemaCompatibility.
  const aliasesCount = isNamedAlike(reader, writer)
  const sources = reader.fields.map(field => {
    const own = aliasesCount ? writtenFields(field, writer)[0] : fieldsByName(writer).get(field.name)
    return { field, written: own }
  })
  for (const { field, written } of sources) if (written?.name === field.name) readers.set(written, field)
  for (const { field, written } of sources) if (written && written.name !== field.name) readers.set(written, field)
  return readers
}

function refusal(sentence: string): Read {
  return () => {
    throw new AvroValueError(sentence)
  }
}

function booleanRead(from: ByteReader): boolean {
  const byte = from.byte()
  if (byte > 1)
    throw new AvroValueError(`A boolean is the byte 0 or 1, not ${byte}: these bytes are not of this schema`)
  return byte === 1
}

const floatingReads = {
  float: (from: ByteReader) => from.float(),
  double: (from: ByteReader) => from.double(),
  wholeAsFloat: (from: ByteReader) => Math.fround(Number(from.long())),
  wholeAsDouble: (from: ByteReader) => Number(from.long()),
} satisfies Record<string, Read>

/** Fields and keys may be called `__proto__`. */
function put(object: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__')
    Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true })
  else object[key] = value
}

function arrayRead(read: Read, isEmptyItem: boolean): Read {
  return from => {
    const items: unknown[] = []
    from.enter()
    for (let count = from.blockCount(isEmptyItem); count > 0; count = from.blockCount(isEmptyItem)) {
      for (let i = 0; i < count; i++) {
        try {
          items.push(read(from))
        } catch (cause) {
          rethrow(cause, items.length)
        }
      }
    }
    from.leave()
    return items
  }
}

function mapRead(read: Read): Read {
  return from => {
    const map: Record<string, unknown> = {}
    from.enter()
    for (let count = from.blockCount(false); count > 0; count = from.blockCount(false)) {
      for (let i = 0; i < count; i++) {
        const key = from.string()
        try {
          put(map, key, read(from))
        } catch (cause) {
          rethrow(cause, key)
        }
      }
    }
    from.leave()
    return map
  }
}

function fixedRead(writer: FixedNode, reader: FixedNode): Read {
  if (!isNamedAlike(reader, writer)) return otherName(writer, reader)
  if (writer.size === reader.size) return from => from.raw(writer.size)
  return refusal(`The writer's "${writer.name.full}" has ${writer.size} bytes, the reader's ${reader.size}`)
}

const otherName = (writer: NamedNode, reader: NamedNode) =>
  refusal(
    `The writer's ${writer.kind} is "${writer.name.full}", the reader's "${reader.name.full}", and no alias of it`,
  )

function enumRead(writer: EnumNode, reader: EnumNode): Read {
  if (!isNamedAlike(reader, writer)) return otherName(writer, reader)
  const own = new Set(reader.symbols)
  const symbols = writer.symbols.map(symbol => (own.has(symbol) ? symbol : reader.defaultSymbol))
  return from => {
    const position = from.int()
    const symbol = symbols[position]
    if (symbol !== undefined) return symbol
    const written = writer.symbols[position]
    if (written === undefined)
      throw new AvroValueError(
        `The enum "${writer.name.full}" has no symbol ${position}: these bytes are not of this schema`,
      )
    throw new AvroValueError(`The reader's enum "${reader.name.full}" has no symbol "${written}" and no default`)
  }
}

/** Whether a value of it may take no bytes. */
function mayBeEmpty(node: AvroNode, found = new Map<AvroNode, boolean>()): boolean {
  if (node.kind === 'null') return true
  if (node.kind === 'fixed') return node.size === 0
  if (node.kind !== 'record') return false
  const known = found.get(node)
  if (known !== undefined) return known
  found.set(node, false) // a record that contains itself without a union or a list has no value at all
  const isEmpty = node.fields.every(field => mayBeEmpty(field.type, found))
  found.set(node, isEmpty)
  return isEmpty
}

/** A logical type that the reader would put on values that mean something else. Java reads them, wrongly, without a word. */
function differentMeaning(writer: AvroNode, reader: AvroNode): string | undefined {
  const [written, own] = [writer.logicalType, reader.logicalType]
  if (!written || !own) return undefined
  const isSameScale = written.name !== 'decimal' || own.name !== 'decimal' || written.scale === own.scale
  if (written.name === own.name && isSameScale) return undefined
  const [was, is] = [written, own].map(type => (type.name === 'decimal' ? `decimal of scale ${type.scale}` : type.name))
  const name = isNamed(reader) ? ` "${reader.name.full}"` : ''
  return `The writer's ${was} read as the reader's${name} ${is} would be another value; read it without logical types`
}
