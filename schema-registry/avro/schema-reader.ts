// Reads the JSON of an Avro schema into nodes, checking each rule of the specification (1.12) as Avro's Java library does.
// Names that are not known yet are left as stand-ins; name-resolver.ts puts in what they stand for.
// Source: Schema.parse and ParseContext, Avro 1.12.2.

import { InvalidSchemaError } from '../types/invalid-schema-error.ts'
import { type AvroName, avroName, type NameRule } from './avro-name.ts'
import {
  type AvroField,
  type AvroNode,
  branchName,
  type EnumNode,
  type FieldOrder,
  type FixedNode,
  type NamedNode,
  type RecordNode,
  type UnionNode,
} from './avro-node.ts'
import { DefaultFit } from './default-fit.ts'
import { isArray, isObject, type JsonObject, type JsonValue, nameOfJson, shortened, textAt } from './json-value.ts'
import { isPrimitive, type KnownNames } from './known-names.ts'
import { type LogicalType, logicalTypeOf } from './logical-type.ts'

/** What is checked: less for a schema that is stored already than for one that somebody wants to store. */
export interface ReadRules {
  /** For names of types, fields and symbols; undefined: none. */
  readonly names: NameRule | undefined
  /** For namespaces and aliases of types. */
  readonly spaces: NameRule | undefined
  readonly checksDefaults: boolean
}

const schemaKeys = ['doc', 'fields', 'items', 'name', 'namespace', 'size', 'symbols', 'values', 'type', 'aliases']
const reserved = new Set(schemaKeys)
const reservedOfEnum = new Set([...schemaKeys, 'default'])
const reservedOfField = new Set(['default', 'doc', 'name', 'order', 'type', 'aliases'])
const orders: readonly string[] = ['ascending', 'descending', 'ignore'] satisfies FieldOrder[]
/** Java's largest array of bytes. */
const fixedBytesMax = 2 ** 31 - 9

export class SchemaReader {
  readonly #known: KnownNames
  readonly #rules: ReadRules
  readonly #defaults = new DefaultFit()

  constructor(known: KnownNames, rules: ReadRules) {
    this.#known = known
    this.#rules = rules
  }

  /**
   * @param path a JSON pointer to `json` in the text
   * @param space the namespace around it
   * @throws InvalidSchemaError
   */
  read(json: JsonValue, path: string, space: string | undefined): AvroNode {
    if (typeof json === 'string') return this.#known.find(json, space, path)
    if (isArray(json)) return this.#union(json, path, space)
    if (isObject(json)) return this.#definition(json, path, space)
    throw new InvalidSchemaError(
      path,
      `A schema is a name, an object with a "type", or an array for a union; not ${nameOfJson(json)}`,
    )
  }

  #definition(json: JsonObject, path: string, space: string | undefined): AvroNode {
    const kind = requiredText(json, 'type', path, 'a schema that is an object')
    if (isPrimitive(kind)) return { kind, ...attributes(kind, json) }
    if (kind !== 'enum' && kind !== 'fixed') checkWholeNumbers(json, path)
    switch (kind) {
      case 'record':
      case 'error':
        return this.#record(json, path, space, kind === 'error')
      case 'enum':
        return this.#enum(json, path, space)
      case 'fixed':
        return this.#fixed(json, path, space)
      case 'array':
        return { kind, items: this.#child(json, 'items', path, space), ...attributes(kind, json) }
      case 'map':
        return { kind, values: this.#child(json, 'values', path, space), ...attributes(kind, json) }
      default:
        throw new InvalidSchemaError(
          `${path}/type`,
          `"${shortened(kind)}" is no kind of type: it must be record, enum, fixed, array, map, error or a primitive type; ` +
            'a type that is defined elsewhere is referred to by its name alone, not in an object',
        )
    }
  }

  #child(json: JsonObject, key: 'items' | 'values', path: string, space: string | undefined): AvroNode {
    const child = json.get(key)
    const kind = key === 'items' ? 'array' : 'map'
    if (child === undefined) throw new InvalidSchemaError(path, `The ${kind} has no "${key}": the schema of its ${key}`)
    return this.read(child, `${path}/${key}`, space)
  }

  #union(json: readonly JsonValue[], path: string, space: string | undefined): UnionNode {
    const types = json.map((branch, i) => this.read(branch, `${path}/${i}`, space))
    const nested = types.findIndex(branch => branch.kind === 'union')
    if (nested !== -1) throw new InvalidSchemaError(`${path}/${nested}`, 'A union may not stand directly in a union')
    checkBranches(types, path)
    return { kind: 'union', types, props: noProps, logicalType: undefined }
  }

  #record(json: JsonObject, path: string, space: string | undefined, isError: boolean): RecordNode {
    const named = this.#named('record', json, path, space)
    const list = json.get('fields')
    if (!isArray(list))
      throw new InvalidSchemaError(path, `The record "${named.name.full}" needs "fields": an array of its fields`)
    const fields = list.map((field, i) => this.#field(field, `${path}/fields/${i}`, named.name.space))
    const names = new Map<string, number>()
    for (const [i, { name }] of fields.entries()) {
      if (names.has(name)) {
        const [record, first] = [named.name.full, names.get(name)]
        throw new InvalidSchemaError(
          `${path}/fields/${i}`,
          `The record "${record}" has two fields "${name}"; the other is field ${first}`,
        )
      }
      names.set(name, i)
    }
    const record: RecordNode = { kind: 'record', ...named, isError, fields, standsFor: undefined }
    return this.#put(record, path)
  }

  #field(json: JsonValue, path: string, space: string | undefined): AvroField {
    if (!isObject(json))
      throw new InvalidSchemaError(path, `A field is an object with "name" and "type", not ${nameOfJson(json)}`)
    const name = requiredText(json, 'name', path, 'a field')
    this.#checkName(name, `${path}/name`, 'a field')
    const typeJson = json.get('type')
    if (typeJson === undefined) throw new InvalidSchemaError(path, `The field "${name}" has no "type"`)
    const type = this.read(typeJson, `${path}/type`, space)
    const found = json.get('default')
    const isFloating = type.kind === 'float' || type.kind === 'double'
    const value = isFloating && typeof found === 'string' ? numberOfText(found, `${path}/default`) : found
    if (this.#rules.checksDefaults && value !== undefined && !this.#defaults.suits(type, value)) {
      throw unsuitableDefault(name, value, path)
    }
    const [aliases, order, props] = [aliasTexts(json, path), orderOf(json, path), propsOf(json, reservedOfField)]
    return { name, type, doc: textAt(json, 'doc'), default: value, order, aliases, props, path }
  }

  #enum(json: JsonObject, path: string, space: string | undefined): EnumNode {
    const named = this.#named('enum', json, path, space)
    const [list, { full }] = [json.get('symbols'), named.name]
    if (!isArray(list)) throw new InvalidSchemaError(path, `The enum "${full}" needs "symbols": an array of names`)
    const symbols = new Set<string>()
    for (const [i, symbol] of list.entries()) {
      const at = `${path}/symbols/${i}`
      if (typeof symbol !== 'string')
        throw new InvalidSchemaError(at, `A symbol of an enum is a name, not ${nameOfJson(symbol)}`)
      this.#checkName(symbol, at, 'a symbol')
      if (symbols.has(symbol)) throw new InvalidSchemaError(at, `The enum "${full}" has the symbol "${symbol}" twice`)
      symbols.add(symbol)
    }
    const defaultSymbol = textAt(json, 'default')
    if (defaultSymbol !== undefined && !symbols.has(defaultSymbol)) {
      const sentence = `The default "${shortened(defaultSymbol)}" of the enum "${full}" is none of its symbols`
      throw new InvalidSchemaError(`${path}/default`, sentence)
    }
    return this.#put({ kind: 'enum', ...named, symbols: [...symbols], defaultSymbol }, path)
  }

  #fixed(json: JsonObject, path: string, space: string | undefined): FixedNode {
    const size = json.get('size')
    if (typeof size !== 'bigint' || size < 0n || size > fixedBytesMax) {
      const sentence = `A fixed type needs "size": a whole number of bytes, from 0 to ${fixedBytesMax}; not ${nameOfJson(size)}`
      throw new InvalidSchemaError(size === undefined ? path : `${path}/size`, sentence)
    }
    const bytes = Number(size)
    return this.#put({ kind: 'fixed', ...this.#named('fixed', json, path, space, bytes), size: bytes }, path)
  }

  /** What the three kinds of types with a name have in common. */
  #named(kind: NamedNode['kind'], json: JsonObject, path: string, space: string | undefined, size?: number) {
    const name = avroName(
      requiredText(json, 'name', path, `a type of kind ${kind}`),
      textAt(json, 'namespace') ?? space,
    )
    this.#checkName(name.simple, `${path}/name`, `a type of kind ${kind}`)
    if (isPrimitive(name.full))
      throw new InvalidSchemaError(
        `${path}/name`,
        `"${name.full}" is a primitive type: no other type may have its name`,
      )
    for (const part of name.space?.split('.') ?? []) this.#checkSpace(part, path, `the namespace "${name.space}"`)
    const aliases = new Map<string, AvroName>()
    for (const [i, text] of aliasTexts(json, path).entries()) {
      const alias = avroName(text, name.space)
      this.#checkSpace(alias.simple, `${path}/aliases/${i}`, `the alias "${text}"`)
      aliases.set(alias.full, alias)
    }
    const isEnum = kind === 'enum'
    return {
      name,
      doc: textAt(json, 'doc'),
      aliases: [...aliases.values()],
      ...attributes(kind, json, size, isEnum ? reservedOfEnum : reserved),
    }
  }

  #put<Node extends NamedNode>(node: Node, path: string): Node {
    this.#known.put(node, path)
    return node
  }

  #checkName(name: string, path: string, what: string): void {
    const { names } = this.#rules
    if (names && !names.allows(name)) {
      throw new InvalidSchemaError(path, `"${shortened(name)}" cannot be the name of ${what}: ${names.sentence}`)
    }
  }

  #checkSpace(part: string, path: string, where: string): void {
    const { spaces } = this.#rules
    if (spaces && !spaces.allows(part))
      throw new InvalidSchemaError(path, `In ${where} a part is no name: ${spaces.sentence}`)
  }
}

/** No two branches of one kind without a name, and none of one name. Stand-ins count once it is known what they are. */
export function checkBranches(types: readonly AvroNode[], path: string): void {
  const names = new Set<string>()
  for (const type of types) {
    if (type.kind === 'record' && type.standsFor !== undefined) continue
    const name = branchName(type)
    if (names.has(name))
      throw new InvalidSchemaError(path, `The union has two branches "${name}"; a reader could not tell them apart`)
    names.add(name)
  }
}

export function unsuitableDefault(name: string, value: JsonValue, path: string): InvalidSchemaError {
  const sentence = `The default of the field "${name}" does not suit the field's type: it is ${nameOfJson(value)}`
  return new InvalidSchemaError(`${path}/default`, sentence)
}

const int64Bits = 64

/**
 * Java copies the attributes of records, arrays and maps in a way that knows no whole numbers beyond 64 bits. A schema with one
 * would be stored here and could be read by no client in Java.
 */
function checkWholeNumbers(json: JsonObject, path: string): void {
  for (const [key, value] of json) {
    if (reserved.has(key) || !hasLargerThanLong(value)) continue
    const sentence = `The attribute "${shortened(key)}" has a whole number of more than 64 bits, which Avro has no type for; write it as a text`
    throw new InvalidSchemaError(`${path}/${escapedKey(key)}`, sentence)
  }
}

function hasLargerThanLong(value: JsonValue): boolean {
  if (typeof value === 'bigint') return BigInt.asIntN(int64Bits, value) !== value
  return (isArray(value) || isObject(value)) && [...value.values()].some(hasLargerThanLong)
}

const escapedKey = (key: string) => key.replaceAll('~', '~0').replaceAll('/', '~1')

function requiredText(json: JsonObject, key: string, path: string, what: string): string {
  const value = json.get(key)
  if (typeof value === 'string') return value
  const where = value === undefined ? path : `${path}/${key}`
  const got = value === undefined ? 'it has none' : `it is ${nameOfJson(value)}`
  throw new InvalidSchemaError(where, `"${key}" of ${what} must be a text; ${got}`)
}

interface Attributes {
  readonly props: JsonObject
  readonly logicalType: LogicalType | undefined
}

function attributes(kind: AvroNode['kind'], json: JsonObject, size?: number, named = reserved): Attributes {
  const props = propsOf(json, named)
  return { props, logicalType: logicalTypeOf({ kind, props, ...(size !== undefined && { size }) }) }
}

const noProps: JsonObject = new Map()

/** Most objects have none, and large schemas have many objects. */
function propsOf(json: JsonObject, without: ReadonlySet<string>): JsonObject {
  let props: Map<string, JsonValue> | undefined
  for (const [key, value] of json) if (!without.has(key)) props = (props ?? new Map()).set(key, value)
  return props ?? noProps
}

function aliasTexts(json: JsonObject, path: string): readonly string[] {
  const list = json.get('aliases')
  if (list === undefined) return []
  if (!isArray(list))
    throw new InvalidSchemaError(`${path}/aliases`, `"aliases" must be an array of names, not ${nameOfJson(list)}`)
  const texts = list.map((alias, i) => {
    if (typeof alias === 'string') return alias
    throw new InvalidSchemaError(`${path}/aliases/${i}`, `An alias is a name, not ${nameOfJson(alias)}`)
  })
  return [...new Set(texts)]
}

function orderOf(json: JsonObject, path: string): FieldOrder {
  if (!json.has('order')) return 'ascending'
  const order = textAt(json, 'order')?.toLowerCase() ?? ''
  if (orders.includes(order)) return order as FieldOrder
  throw new InvalidSchemaError(`${path}/order`, '"order" must be "ascending", "descending" or "ignore"')
}

/** A default of a float or double that is written as a text: "NaN", "Infinity", "1.5". */
function numberOfText(text: string, path: string): number {
  const trimmed = text.trim()
  const special = /^([+-]?)(NaN|Infinity)$/.exec(trimmed)
  if (special) return special[2] === 'NaN' ? Number.NaN : Number(trimmed)
  const decimal = /^([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)[fFdD]?$/.exec(trimmed)
  if (decimal) return Number(decimal[1])
  throw new InvalidSchemaError(path, `The text ${JSON.stringify(shortened(text))} is no number`)
}
