// Compiles a schema into a function that writes its values. One function for each type, so that recursive types end in themselves.

import type { AvroField, AvroNode, EnumNode, FixedNode, RecordNode, UnionNode } from '../avro-node.ts'
import type { ByteWriter } from './byte-writer.ts'
import { conversionOf } from './conversion.ts'
import { defaultBytes } from './default-bytes.ts'
import { type Branch, shapeOf, unionRule } from './union-rule.ts'
import { AvroValueError, expected, nameOf, rethrow } from './value-error.ts'

/** @throws AvroValueError for a value that does not suit, before anything is kept of it */
export type Write = (out: ByteWriter, value: unknown) => void

const [intMin, intMax] = [-0x8000_0000, 0x7fff_ffff]

const primitives: Readonly<Partial<Record<AvroNode['kind'], Write>>> = {
  null: (_, value) => {
    if (value !== null) throw expected('null', value)
  },
  boolean: (out, value) => {
    if (typeof value !== 'boolean') throw expected('true or false', value)
    out.byte(value ? 1 : 0)
  },
  int: (out, value) => {
    if (!Number.isInteger(value) || (value as number) < intMin || (value as number) > intMax) {
      throw expected('A whole number of 32 bits', value)
    }
    out.long(value as number)
  },
  long: (out, value) => out.long(wholeNumber(value)),
  float: (out, value) => {
    if (typeof value !== 'number') throw expected('A number', value)
    out.float(value)
  },
  double: (out, value) => {
    if (typeof value !== 'number') throw expected('A number', value)
    out.double(value)
  },
  bytes: (out, value) => {
    if (!(value instanceof Uint8Array)) throw expected('Bytes (a Uint8Array)', value)
    out.bytes(value)
  },
  string: (out, value) => {
    if (typeof value !== 'string') throw expected('A text', value)
    out.string(value)
  },
}

function wholeNumber(value: unknown): number | bigint {
  if (typeof value === 'bigint') {
    if (BigInt.asIntN(64, value) === value) return value
    throw expected('A whole number of 64 bits', value)
  }
  if (Number.isSafeInteger(value)) return value as number
  if (Number.isInteger(value)) {
    throw new AvroValueError(
      `${nameOf(value)} is beyond 2^53 and may have been rounded; give the exact one as a bigint`,
    )
  }
  throw expected('A whole number (a number or a bigint)', value)
}

export class EncoderCompiler {
  readonly #hasLogicalTypes: boolean
  readonly #writes = new Map<AvroNode, Write>()

  constructor(hasLogicalTypes: boolean) {
    this.#hasLogicalTypes = hasLogicalTypes
  }

  compile(node: AvroNode): Write {
    const known = this.#writes.get(node)
    if (known) return known
    let write: Write | undefined
    this.#writes.set(node, (out, value) => write!(out, value))
    write = this.#withLogicalType(node, this.#compileRaw(node))
    this.#writes.set(node, write)
    return write
  }

  #withLogicalType(node: AvroNode, write: Write): Write {
    if (!this.#hasLogicalTypes || node.logicalType === undefined) return write
    const { toRaw } = conversionOf(node.logicalType, node.kind === 'fixed' ? node.size : undefined)
    return (out, value) => write(out, toRaw(value))
  }

  #compileRaw(node: AvroNode): Write {
    switch (node.kind) {
      case 'array':
        return arrayWrite(this.compile(node.items))
      case 'map':
        return mapWrite(this.compile(node.values))
      case 'union':
        return this.#union(node)
      case 'record':
        return this.#record(node)
      case 'enum':
        return enumWrite(node)
      case 'fixed':
        return fixedWrite(node)
      default:
        return primitives[node.kind]!
    }
  }

  #record(record: RecordNode): Write {
    const fields = record.fields.map(field => ({
      name: field.name,
      write: this.#field(field),
      isMethod: field.name in Object.prototype,
    }))
    return (out, value) => {
      if (typeof value !== 'object' || value === null)
        throw expected(`A record "${record.name.full}" (an object)`, value)
      out.enter()
      for (const { name, write, isMethod } of fields) {
        // What every object inherits, such as `constructor`, is no value of a field of that name.
        const item = isMethod && !Object.hasOwn(value, name) ? undefined : (value as Record<string, unknown>)[name]
        try {
          write(out, item)
        } catch (cause) {
          rethrow(cause, name)
        }
      }
      out.leave()
    }
  }

  #field(field: AvroField): Write {
    const write = this.compile(field.type)
    if (field.default === undefined) {
      return (out, value) => {
        if (value === undefined) throw new AvroValueError('The field is missing, and its schema has no default for it')
        write(out, value)
      }
    }
    let bytes: Uint8Array | undefined
    return (out, value) => {
      if (value === undefined) out.raw((bytes ??= defaultBytes(field)))
      else write(out, value)
    }
  }

  #union(union: UnionNode): Write {
    const { branches, isWrapped } = unionRule(union, this.#hasLogicalTypes)
    const writes = branches.map(branch => this.compile(branch.node))
    const choose = isWrapped ? wrappedBranch(branches) : plainBranch(branches)
    return (out, value) => {
      const [index, inner] = choose(value)
      out.long(index)
      try {
        writes[index]!(out, inner)
      } catch (cause) {
        if (isWrapped && value !== null) rethrow(cause, branches[index]!.name)
        throw cause
      }
    }
  }
}

type Choice = (value: unknown) => readonly [index: number, inner: unknown]

const namesOf = (branches: readonly Branch[]) => branches.map(branch => branch.name).join(', ')

function plainBranch(branches: readonly Branch[]): Choice {
  const byShape = new Map(branches.map(({ shape, index }) => [shape, index]))
  return value => {
    const shape = shapeOf(value)
    const index = shape && byShape.get(shape)
    if (index === undefined) throw expected(`A value of the union of ${namesOf(branches)}`, value)
    return [index, value]
  }
}

function wrappedBranch(branches: readonly Branch[]): Choice {
  const byName = new Map(branches.map(({ name, index }) => [name, index]))
  return value => {
    if (value === null && byName.has('null')) return [byName.get('null')!, null]
    const keys = typeof value === 'object' && value !== null ? Object.keys(value) : []
    const index = keys.length === 1 ? byName.get(keys[0]!) : undefined
    if (index === undefined)
      throw expected(`An object with one key, the branch of the union (${namesOf(branches)}),`, value)
    return [index, (value as Record<string, unknown>)[keys[0]!]]
  }
}

function arrayWrite(write: Write): Write {
  return (out, value) => {
    if (!Array.isArray(value)) throw expected('An array', value)
    out.enter()
    if (value.length > 0) out.long(value.length)
    for (let i = 0; i < value.length; i++) {
      try {
        write(out, value[i])
      } catch (cause) {
        rethrow(cause, i)
      }
    }
    out.byte(0)
    out.leave()
  }
}

function mapWrite(write: Write): Write {
  return (out, value) => {
    if (shapeOf(value) !== 'object') throw expected('A map (an object or a Map)', value)
    const entries = value instanceof Map ? [...value] : Object.entries(value as object)
    out.enter()
    if (entries.length > 0) out.long(entries.length)
    for (const [key, item] of entries) {
      try {
        if (typeof key !== 'string') throw expected('A text as the key', key)
        out.string(key)
        write(out, item)
      } catch (cause) {
        rethrow(cause, key)
      }
    }
    out.byte(0)
    out.leave()
  }
}

const shownSymbolsMax = 20

function enumWrite({ name, symbols }: EnumNode): Write {
  const positions = new Map(symbols.map((symbol, i) => [symbol, i]))
  const shown = symbols.length > shownSymbolsMax ? `${symbols.length} symbols` : symbols.join(', ')
  return (out, value) => {
    const position = positions.get(value as string)
    if (position === undefined) throw expected(`A symbol of "${name.full}" (${shown})`, value)
    out.long(position)
  }
}

function fixedWrite({ name, size }: FixedNode): Write {
  return (out, value) => {
    if (!(value instanceof Uint8Array) || value.length !== size) {
      const got = value instanceof Uint8Array ? `${value.length} bytes` : nameOf(value)
      throw new AvroValueError(`${size} bytes of "${name.full}" are expected here, not ${got}`)
    }
    out.raw(value)
  }
}
