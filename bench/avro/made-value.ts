// Values of a schema, made at random, and values as texts in which no two look alike; AvroJudge.java writes the same texts.

import type { SeededRandom } from '../../io/sim/random.ts'
import type { AvroNode } from '../../schema-registry/avro/avro-node.ts'
import { shapeOf, unionRule } from '../../schema-registry/avro/codec/union-rule.ts'

const longs: readonly (number | bigint)[] = [0, -1, 63, -64, 64, 8191, 8192, -8193, 2147483648, -2147483649, 9007199254740991, 9007199254740993n, 9223372036854775807n, -9223372036854775808n, 1764201600000] // biome-ignore format: a list
const ints = [0, 1, -1, 63, 64, -65, 2147483647, -2147483648]
const floating = [0, -0, 1.5, -2.25, 3.4028234663852886e38, Number.NaN, Number.POSITIVE_INFINITY, 0.10000000149011612]
const texts = [
  '',
  'x',
  'ünï€😀',
  'a much longer text than the others, of which the length takes two bytes in the encoding of Avro',
]
const valueDepthMax = 12

/** Without logical types. Undefined when a type has no value, or none that is small. */
export function madeValue(node: AvroNode, random: SeededRandom, depth = 0): unknown {
  if (depth > valueDepthMax) throw new NoValueError()
  const { pick, chance } = random
  const below = (inner: AvroNode) => madeValue(inner, random, depth + 1)
  switch (node.kind) {
    case 'null':
      return null
    case 'boolean':
      return chance(0.5)
    case 'int':
      return pick(ints)
    case 'long':
      return pick(longs)
    case 'float':
    case 'double':
      return pick(floating)
    case 'string':
      return pick(texts)
    case 'bytes':
      return new Uint8Array(random.bytes(random.int(5)))
    case 'fixed':
      return new Uint8Array(random.bytes(node.size))
    case 'enum':
      if (node.symbols.length === 0) throw new NoValueError()
      return pick(node.symbols)
    case 'array':
      return Array.from({ length: depth > 4 ? 0 : random.int(3) }, () => below(node.items))
    case 'map':
      return Object.fromEntries(texts.slice(0, depth > 4 ? 0 : random.int(3)).map(key => [key, below(node.values)]))
    case 'record':
      return Object.fromEntries(node.fields.map(field => [field.name, below(field.type)]))
    case 'union': {
      if (node.types.length === 0) throw new NoValueError()
      const { branches, isWrapped } = unionRule(node, false)
      const light = branches.find(branch => branch.shape === 'null')
      const branch = depth > 4 && light ? light : pick(branches)
      const value = below(branch.node)
      return isWrapped && branch.shape !== 'null' ? { [branch.name]: value } : value
    }
  }
}

/** The type has no value, or none that is small. */
export class NoValueError extends Error {}

const hex = (text: string | Uint8Array) => Buffer.from(text as string).toString('hex')

export function dumpOf(node: AvroNode, value: unknown): string {
  switch (node.kind) {
    case 'union': {
      const { branches, isWrapped } = unionRule(node, false)
      if (value === null) return 'null'
      if (!isWrapped) return dumpOf(branches.find(branch => branch.shape === shapeOf(value))!.node, value)
      const [name, inner] = Object.entries(value as object)[0]!
      return dumpOf(branches.find(branch => branch.name === name)!.node, inner)
    }
    case 'record':
      return `(${node.fields.map(({ name, type }) => `${name}=${dumpOf(type, (value as Record<string, unknown>)[name])};`).join('')})`
    case 'map':
      return `{${Object.entries(value as object)
        .map(([key, item]) => `${hex(key)}=${dumpOf(node.values, item)};`)
        .join('')}}`
    case 'array':
      return `[${(value as unknown[]).map(item => `${dumpOf(node.items, item)};`).join('')}]`
    case 'enum':
      return `e${value}`
    case 'bytes':
    case 'fixed':
      return `x${hex(value as Uint8Array)}`
    case 'string':
      return `s${hex(value as string)}`
    case 'float':
      return `F${bits(4, view => view.setFloat32(0, value as number))}`
    case 'double':
      return `D${bits(8, view => view.setFloat64(0, value as number))}`
    default:
      return String(value)
  }
}

function bits(bytes: number, write: (view: DataView) => void): string {
  const buffer = new ArrayBuffer(bytes)
  write(new DataView(buffer))
  return BigInt(`0x${Buffer.from(buffer).toString('hex')}`).toString(16)
}
