// Schemas made at random, as JSON: small, with few names, so that references, redefinitions and collisions are common. Most are valid.

import type { SeededRandom } from '../../io/sim/random.ts'

/** JsonValue, to be changed. */
export type Made = null | boolean | string | number | bigint | Made[] | Map<string, Made>

export const primitives = ['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string']
const simpleNames = ['A', 'B', 'C', 'Node', 'Card', 'array', 'record', '_x9']
const spaces = ['a', 'a.b', 'com.acme', '']
const fieldNames = ['id', 'next', 'name', 'value', 'items', 'at', 'constructor', 'f1', 'f2', 'f3']
const symbols = ['RED', 'GREEN', 'BLUE', 'A', 'b', '_0']
const texts = ['', 'x', 'a "quoted" text', 'tab\tand \u0001', 'ünï€', '😀', 'line\nfeed', '/slash\\', '\u007f\u2028']
const logicalTypes = ['decimal', 'big-decimal', 'uuid', 'date', 'time-millis', 'time-micros', 'timestamp-millis', 'timestamp-micros', 'timestamp-nanos', 'local-timestamp-millis', 'local-timestamp-micros', 'local-timestamp-nanos', 'duration', 'unknown'] // biome-ignore format: a list
const doubles = [0, -0, 1.5, 0.1, 1e7, 123456.789, 1e-3, 0.00099, -2.5e10, 3.4e38, 1e300, 5e-324, 100, 16777217]
const wholes = [0n, 1n, -1n, 127n, 2147483647n, -2147483648n, 2147483648n, 9007199254740993n, 9223372036854775807n, -9223372036854775808n, 9223372036854775808n] // biome-ignore format: a list

export class SchemaMaker {
  readonly #random: SeededRandom
  /** Names of the types that have been begun, in full. */
  readonly #names: string[] = []
  #typesLeft = 14

  constructor(random: SeededRandom) {
    this.#random = random
  }

  make(): Made {
    return this.#random.chance(0.85) ? this.#named('record', undefined) : this.type(undefined)
  }

  /** @param space the namespace around it */
  type(space: string | undefined): Made {
    const random = this.#random
    if (--this.#typesLeft < 0) return random.pick(primitives)
    const kind = random.int(20)
    if (kind < 6) return random.pick(primitives)
    if (kind < 8) return this.#primitiveObject()
    if (kind < 10) return this.#reference()
    if (kind < 13) return this.#union(space)
    if (kind < 16) return this.#named('record', space)
    if (kind < 17) return this.#named('enum', space)
    if (kind < 18) return this.#named('fixed', space)
    const isArray = kind === 18
    const container = new Map<string, Made>([
      ['type', isArray ? 'array' : 'map'],
      [isArray ? 'items' : 'values', this.type(space)],
    ])
    return this.#withProps(container)
  }

  #reference(): Made {
    const { chance, pick } = this.#random
    if (this.#names.length === 0 || chance(0.05)) return pick(['A', 'B', 'Unknown', 'a.Node'])
    const name = pick(this.#names)
    return chance(0.6) ? name.slice(name.lastIndexOf('.') + 1) : name
  }

  #primitiveObject(): Made {
    return this.#withProps(new Map<string, Made>([['type', this.#random.pick(primitives)]]), 0.7)
  }

  #union(space: string | undefined): Made {
    const { int, chance } = this.#random
    const branches: Made[] = chance(0.6) ? ['null'] : []
    for (let left = 1 + int(3); left > 0; left--) branches.push(this.type(space))
    // Mostly those are left that a union may have.
    return chance(0.95)
      ? branches.filter(
          (branch, i) => !Array.isArray(branch) && branches.findIndex(other => isAlike(other, branch)) === i,
        )
      : branches
  }

  #named(kind: 'record' | 'enum' | 'fixed', outer: string | undefined): Made {
    const { chance, pick, int } = this.#random
    const schema = new Map<string, Made>([['type', kind === 'record' && chance(0.05) ? 'error' : kind]])
    const simple = chance(0.3) ? `${pick(simpleNames)}${int(9)}` : pick(simpleNames)
    const space = chance(0.3) ? pick(spaces) : undefined
    if (chance(0.1)) schema.set('name', `${pick(['a', 'a.b', ''])}.${simple}`)
    else schema.set('name', simple)
    if (space !== undefined) schema.set('namespace', space)
    const inner = space ?? outer
    const full = inner ? `${inner}.${simple}` : simple
    this.#names.push(full)
    if (chance(0.2)) schema.set('doc', pick(texts))
    if (kind === 'record') schema.set('fields', this.#fields(inner))
    else if (kind === 'fixed') schema.set('size', pick([0n, 1n, 4n, 12n, 16n]))
    else this.#symbols(schema)
    if (chance(0.15))
      schema.set('aliases', [pick(['Old', 'A', 'x.Old', '.Old']), ...(chance(0.3) ? ['Older', 'Old'] : [])])
    return this.#withProps(schema)
  }

  #symbols(schema: Map<string, Made>): void {
    const { chance, pick } = this.#random
    const own = symbols.filter(() => chance(0.5))
    schema.set('symbols', own)
    if (own.length > 0 && chance(0.4)) schema.set('default', pick(own))
  }

  #fields(space: string | undefined): Made[] {
    const { chance, int } = this.#random
    const names = fieldNames.filter(() => chance(0.25)).slice(0, 1 + int(4))
    return names.map(name => this.field(name, space))
  }

  field(name: string, space: string | undefined): Map<string, Made> {
    const { chance, pick } = this.#random
    const type = this.type(space)
    const field = new Map<string, Made>([
      ['name', name],
      ['type', type],
    ])
    if (chance(0.15)) field.set('doc', pick(texts))
    if (chance(0.45)) field.set('default', chance(0.04) ? this.json(2) : this.value(type, 3))
    if (chance(0.1)) field.set('order', pick(['ascending', 'descending', 'ignore', 'IGNORE']))
    if (chance(0.15)) field.set('aliases', [pick(fieldNames), ...(chance(0.2) ? ['old', 'old'] : [])])
    if (chance(0.1)) field.set(pick(['logicalType', 'tag', '1']), this.json(2))
    return field
  }

  /** A default that mostly suits. */
  value(type: Made, depth: number): Made {
    const { chance, pick, int } = this.#random
    if (Array.isArray(type)) return type.length === 0 || chance(0.4) ? null : this.value(pick(type), depth)
    const kind = type instanceof Map ? type.get('type')! : primitives.includes(type as string) ? type : undefined
    switch (kind) {
      case 'null':
        return null
      case 'boolean':
        return chance(0.5)
      case 'int':
        return wholes[int(6)]!
      case 'long':
        return wholes[int(10)]!
      case 'float':
      case 'double':
        return chance(0.15)
          ? pick(['NaN', 'Infinity', '-Infinity', '1.5', ' 2e3 '])
          : chance(0.3)
            ? pick(wholes)
            : pick(doubles)
      case 'bytes':
      case 'string':
      case 'fixed':
        return pick(texts)
      case 'enum':
        return pick((type as Map<string, Made[]>).get('symbols')!.concat('RED'))
      case 'array':
        return depth > 0 && chance(0.5) ? [this.value((type as Map<string, Made>).get('items')!, depth - 1)] : []
      case 'map':
        return new Map(
          depth > 0 && chance(0.5)
            ? [[pick(texts), this.value((type as Map<string, Made>).get('values')!, depth - 1)]]
            : [],
        )
      case 'record':
      case 'error':
        return this.#recordValue(type as Map<string, Made>, depth)
      default:
        return pick<Made>([new Map(), null, 'RED'])
    }
  }

  #recordValue(type: Map<string, Made>, depth: number): Made {
    const fields = type.get('fields') as Map<string, Made>[]
    const given = fields.filter(field => !field.has('default') || this.#random.chance(0.5))
    return new Map(given.map(field => [field.get('name') as string, this.value(field.get('type')!, depth - 1)]))
  }

  #withProps(schema: Map<string, Made>, probability = 0.15): Map<string, Made> {
    const { chance, pick } = this.#random
    if (!chance(probability)) return schema
    if (chance(0.6)) schema.set('logicalType', chance(0.9) ? pick(logicalTypes) : this.json(1))
    if (chance(0.4)) schema.set('precision', chance(0.8) ? pick([4n, 9n, 40n, 0n]) : this.json(1))
    if (chance(0.3)) schema.set('scale', chance(0.8) ? pick([0n, 2n, 50n, -1n]) : this.json(1))
    if (chance(0.2)) schema.set(pick(['prop', '2', 'a"b', 'size', 'doc', 'avro.java.string', 'order']), this.json(2))
    return schema
  }

  /** Any JSON. */
  json(depth: number): Made {
    const { pick, int } = this.#random
    const kind = int(depth > 0 ? 7 : 5)
    if (kind === 0) return pick([null, true, false])
    if (kind === 1) return pick(wholes)
    if (kind === 2) return pick(doubles)
    if (kind < 5) return pick(texts)
    const items = Array.from({ length: int(3) }, () => this.json(depth - 1))
    return kind === 5 ? items : new Map(items.map((item, i) => [pick(['b', 'a', String(i)]), item]))
  }
}

const nameIn = (branch: Made) => (branch instanceof Map ? (branch.get('name') ?? branch.get('type')) : branch)
const isAlike = (a: Made, b: Made) => nameIn(a) === nameIn(b)
