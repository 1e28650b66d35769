// What is different between two schemas, in the words of people: fields, types, defaults, symbols, branches, names. Pure.
// Whether a change does harm is not said here (compatibility-levels.ts does).

import {
  type AvroField,
  type AvroNode,
  branchName,
  type EnumNode,
  isNamed,
  type RecordNode,
} from '../avro/avro-node.ts'
import { jsonText } from '../avro/json-text.ts'
import { isSameJson, type JsonValue } from '../avro/json-value.ts'

export type ChangeKind = 'added' | 'removed' | 'renamed' | 'changed'

export interface SchemaChange {
  readonly kind: ChangeKind
  /** Where, by fields: "customer.name", "lines[].price"; '' for the schema itself. */
  readonly path: string
  /** Begins in lower case and has no full stop: "field of type string, default \"EUR\"". */
  readonly sentence: string
}

/** In the order of the newer schema; what was removed from a record stands after what it has. */
export function schemaChanges(before: AvroNode, after: AvroNode): SchemaChange[] {
  const changes = new Changes()
  changes.compare(before, after, '')
  return changes.found
}

/** A type as it is called: "string", "array of long", "null or string", "com.acme.Order", "bytes (decimal 10.2)". */
export function typeText(node: AvroNode): string {
  if (node.kind === 'array') return `array of ${typeText(node.items)}`
  if (node.kind === 'map') return `map of ${typeText(node.values)}`
  if (node.kind === 'union') return node.types.map(typeText).join(' or ')
  const name = isNamed(node) ? node.name.full : node.kind
  const { logicalType } = node
  if (logicalType === undefined) return name
  const digits = logicalType.name === 'decimal' ? ` ${logicalType.precision}.${logicalType.scale}` : ''
  return `${name} (${logicalType.name}${digits})`
}

class Changes {
  readonly found: SchemaChange[] = []
  /** Pairs that have been compared, or are being: named types refer to themselves. */
  readonly #seen = new Map<AvroNode, Set<AvroNode>>()

  compare(before: AvroNode, after: AvroNode, path: string): void {
    if (this.#isSeen(before, after)) return
    if (before.kind !== after.kind) {
      this.#compareKinds(before, after, path)
      return
    }
    if (isNamed(before) && isNamed(after) && before.name.full !== after.name.full)
      this.#note('renamed', path, `${before.kind} ${before.name.full} is now ${after.name.full}`)
    if (before.kind === 'record' && after.kind === 'record') this.#compareRecords(before, after, path)
    else if (before.kind === 'enum' && after.kind === 'enum') this.#compareEnums(before, after, path)
    else if (before.kind === 'array' && after.kind === 'array') this.compare(before.items, after.items, `${path}[]`)
    else if (before.kind === 'map' && after.kind === 'map') this.compare(before.values, after.values, `${path}{}`)
    else if (before.kind === 'union' && after.kind === 'union') this.#compareBranches(before.types, after.types, path)
    else this.#compareLeaves(before, after, path)
  }

  #isSeen(before: AvroNode, after: AvroNode): boolean {
    const others = this.#seen.get(before) ?? new Set()
    if (others.has(after)) return true
    this.#seen.set(before, others.add(after))
    return false
  }

  /** A type that becomes one of several, or the other way round, is a branch more or less. */
  #compareKinds(before: AvroNode, after: AvroNode, path: string): void {
    if (before.kind === 'union' || after.kind === 'union') {
      const branches = (node: AvroNode) => (node.kind === 'union' ? node.types : [node])
      this.#compareBranches(branches(before), branches(after), path)
    } else this.#note('changed', path, `type ${typeText(before)} is now ${typeText(after)}`)
  }

  #compareLeaves(before: AvroNode, after: AvroNode, path: string): void {
    if (before.kind === 'fixed' && after.kind === 'fixed' && before.size !== after.size)
      this.#note('changed', path, `${after.name.full} has ${after.size} bytes, it had ${before.size}`)
    const [was, is] = [typeText(before), typeText(after)]
    if (was !== is && JSON.stringify(before.logicalType) !== JSON.stringify(after.logicalType))
      this.#note('changed', path, `type ${was} is now ${is}`)
  }

  #compareBranches(before: readonly AvroNode[], after: readonly AvroNode[], path: string): void {
    const byName = new Map(before.map(branch => [branchName(branch), branch]))
    for (const branch of after) {
      const earlier = byName.get(branchName(branch))
      if (earlier === undefined) this.#note('added', path, `it may be ${typeText(branch)} too`)
      else this.compare(earlier, branch, path)
      byName.delete(branchName(branch))
    }
    for (const branch of byName.values()) this.#note('removed', path, `it is no ${typeText(branch)} any more`)
  }

  #compareEnums(before: EnumNode, after: EnumNode, path: string): void {
    for (const symbol of after.symbols)
      if (!before.symbols.includes(symbol)) this.#note('added', path, `symbol ${symbol} of ${after.name.full}`)
    for (const symbol of before.symbols)
      if (!after.symbols.includes(symbol)) this.#note('removed', path, `symbol ${symbol} of ${after.name.full}`)
    if (before.defaultSymbol !== after.defaultSymbol) {
      const text = (symbol: string | undefined) => symbol ?? 'none'
      const sentence = `default of ${after.name.full} is ${text(after.defaultSymbol)}, it was ${text(before.defaultSymbol)}`
      this.#note('changed', path, sentence)
    }
  }

  #compareRecords(before: RecordNode, after: RecordNode, path: string): void {
    const left = new Map(before.fields.map(field => [field.name, field]))
    for (const field of after.fields) {
      const place = path === '' ? field.name : `${path}.${field.name}`
      const earlier =
        left.get(field.name) ?? field.aliases.map(alias => left.get(alias)).find(each => each !== undefined)
      if (earlier === undefined) {
        this.#note('added', place, `field of type ${typeText(field.type)}, ${defaultText(field)}`)
        continue
      }
      left.delete(earlier.name)
      if (earlier.name !== field.name) this.#note('renamed', place, `field ${earlier.name}, which is an alias of it`)
      this.#compareDefaults(earlier, field, place)
      this.compare(earlier.type, field.type, place)
    }
    for (const field of left.values()) {
      const place = path === '' ? field.name : `${path}.${field.name}`
      this.#note('removed', place, `field of type ${typeText(field.type)}, ${defaultText(field)}`)
    }
  }

  #compareDefaults(before: AvroField, after: AvroField, path: string): void {
    const isSame =
      before.default === undefined || after.default === undefined
        ? before.default === after.default
        : isSameJson(before.default, after.default)
    if (!isSame) this.#note('changed', path, `${defaultText(after)}, it had ${defaultText(before)}`)
  }

  #note(kind: ChangeKind, path: string, sentence: string): void {
    this.found.push({ kind, path, sentence })
  }
}

function defaultText(field: AvroField): string {
  return field.default === undefined ? 'no default' : `default ${shortText(field.default)}`
}

const shownCharsMax = 60

function shortText(value: JsonValue): string {
  const text = jsonText(value)
  return text.length <= shownCharsMax ? text : `${text.slice(0, shownCharsMax)}...`
}
