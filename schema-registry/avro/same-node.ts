// Equality of two schemas as Avro's Java library has it: names, structure, defaults, order and attributes count; what is written
// for people and aliases do not. It decides whether a name may be defined a second time.
// Source: Schema.equals, Avro 1.12.2.

import type { AvroField, AvroNode, RecordNode } from './avro-node.ts'
import { isSameJson } from './json-value.ts'

export function isSameNode(a: AvroNode, b: AvroNode): boolean {
  return new Comparison().isSame(a, b)
}

class Comparison {
  /** Pairs of records that are being compared, or have been: a pair is the same unless something else differs. */
  readonly #seen = new Map<RecordNode, Set<RecordNode>>()

  isSame(a: AvroNode, b: AvroNode): boolean {
    if (a === b) return true
    if (!isSameJson(a.props, b.props)) return false
    if (a.kind === 'record') return b.kind === 'record' && this.#isSameRecord(a, b)
    if (a.kind === 'enum') return b.kind === 'enum' && a.name.full === b.name.full && isSameJson(a.symbols, b.symbols)
    if (a.kind === 'fixed') return b.kind === 'fixed' && a.name.full === b.name.full && a.size === b.size
    if (a.kind === 'array') return b.kind === 'array' && this.isSame(a.items, b.items)
    if (a.kind === 'map') return b.kind === 'map' && this.isSame(a.values, b.values)
    if (a.kind === 'union') {
      return (
        b.kind === 'union' && a.types.length === b.types.length && a.types.every((t, i) => this.isSame(t, b.types[i]!))
      )
    }
    return a.kind === b.kind
  }

  #isSameRecord(a: RecordNode, b: RecordNode): boolean {
    // Two names that are not known yet are never the same: what they stand for may differ.
    if (a.standsFor !== undefined || b.standsFor !== undefined || a.name.full !== b.name.full) return false
    const seen = this.#seen.get(a) ?? new Set()
    if (seen.has(b)) return true
    this.#seen.set(a, seen.add(b))
    return a.fields.length === b.fields.length && a.fields.every((field, i) => this.#isSameField(field, b.fields[i]!))
  }

  #isSameField(a: AvroField, b: AvroField): boolean {
    const isSameDefault = a.default === undefined ? b.default === undefined : isSameDefaults(a.default, b.default)
    return (
      isSameDefault &&
      a.name === b.name &&
      a.order === b.order &&
      isSameJson(a.props, b.props) &&
      this.isSame(a.type, b.type)
    )
  }
}

const isSameDefaults = (a: NonNullable<AvroField['default']> | null, b: AvroField['default']) =>
  b !== undefined && isSameJson(a, b)
