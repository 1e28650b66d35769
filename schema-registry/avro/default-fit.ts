// Whether a default suits its field's type. As Java has it since 1.9: for a union any branch will do, not the first alone; bytes
// and enums are not looked into; numbers must be whole for int and long, and within their range.
// Source: Schema.isValidDefault, Avro 1.12.2.

import type { AvroNode, RecordNode } from './avro-node.ts'
import { isArray, isObject, type JsonValue } from './json-value.ts'

/** A default needs the fields of a record that is being defined. Java refuses it too. */
export class RecordIsOpenError extends Error {
  readonly record: RecordNode
  constructor(record: RecordNode) {
    super(record.name.full)
    this.record = record
  }
}

const intBits = { int: 32, long: 64 } as const

export class DefaultFit {
  readonly #isOpen: (record: RecordNode) => boolean
  /** What has been found to suit, so that defaults of defaults cost each pair once and not twice as much each level. */
  readonly #suiting = new Map<JsonValue, Set<AvroNode>>()

  /** @param isOpen whether a record has no fields yet to compare with */
  constructor(isOpen: (record: RecordNode) => boolean = () => false) {
    this.#isOpen = isOpen
  }

  /** @throws RecordIsOpenError */
  suits(type: AvroNode, value: JsonValue | undefined): boolean {
    if (value === undefined) return false
    if (!isArray(value) && !isObject(value)) return this.#compare(type, value)
    if (this.#suiting.get(value)?.has(type)) return true
    const suits = this.#compare(type, value)
    if (suits) this.#suiting.set(value, (this.#suiting.get(value) ?? new Set()).add(type))
    return suits
  }

  #compare(type: AvroNode, value: JsonValue): boolean {
    switch (type.kind) {
      case 'null':
        return value === null
      case 'boolean':
        return typeof value === 'boolean'
      case 'int':
      case 'long':
        return typeof value === 'bigint' && BigInt.asIntN(intBits[type.kind], value) === value
      case 'float':
      case 'double':
        return typeof value === 'number' || typeof value === 'bigint'
      case 'array':
        return isArray(value) && value.every(item => this.suits(type.items, item))
      case 'map':
        return isObject(value) && [...value.values()].every(item => this.suits(type.values, item))
      case 'union':
        return type.types.some(branch => this.suits(branch, value))
      case 'record':
        return isObject(value) && this.#suitsRecord(type, value)
      default:
        return typeof value === 'string'
    }
  }

  #suitsRecord(type: RecordNode, value: ReadonlyMap<string, JsonValue>): boolean {
    if (this.#isOpen(type)) throw new RecordIsOpenError(type)
    return type.fields.every(field =>
      this.suits(field.type, value.has(field.name) ? value.get(field.name) : field.default),
    )
  }
}
