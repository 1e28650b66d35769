// What keeps a reader's schema from reading what was written with another: the same faults, in the same order, with the same
// places and messages as Java's SchemaCompatibility, which Confluent's registry answers with.
// Pure. Not recursive: two rings of records make as many levels as the product of their lengths, so that the visits wait on a
// stack of their own. A pair that is met again gives the faults found first, with their first places.
// Source: org.apache.avro.SchemaCompatibility, Avro 1.12.2.

import type { Incompatibility } from '../types/schema-type.ts'
import { aliasText } from './avro-name.ts'
import type { AvroField, AvroNode, EnumNode, NamedNode, RecordNode, UnionNode } from './avro-node.ts'
import { faults } from './incompatibility.ts'
import { isPrimitive } from './known-names.ts'
import { writtenFields } from './record-fields.ts'

/** Faults that are told; a schema without limit could have more than fit into memory. */
export const faultsMax = 1000
/** Pairs of types that are compared before a comparison is given up, as incompatible. Real schemas need a few thousand. */
export const pairsMax = 1_000_000

type Faults = readonly Incompatibility[]

interface Visit {
  readonly reader: AvroNode
  readonly writer: AvroNode
  /** The place in the reader's schema, as a JSON pointer; '' is the whole. */
  readonly at: string
}

/** A comparison that hands over pairs of types and goes on when it is told what is wrong with them. */
type Comparison = Generator<Visit, Faults, Faults>

const none: Faults = []

export function incompatibilities(reader: AvroNode, writer: AvroNode, pairs = pairsMax): Faults {
  try {
    return new Comparer(pairs).run({ reader, writer, at: '' })
  } catch (stop) {
    if (stop instanceof Stop) return [stop.fault]
    throw stop
  }
}

/** What ends the whole comparison: Java throws here, and Confluent's registry answers that it is incompatible. */
class Stop {
  readonly fault: Incompatibility
  constructor(fault: Incompatibility) {
    this.fault = fault
  }
}

class Comparer {
  /** What is wrong with a pair; nothing yet for one that is being compared, which is how recursion ends. */
  readonly #found = new Map<AvroNode, Map<AvroNode, Faults>>()
  #pairsLeft: number

  constructor(pairs: number) {
    this.#pairsLeft = pairs
  }

  run(first: Visit): Faults {
    const waiting: { visit: Visit; comparison: Comparison }[] = [this.#begin(first)]
    let answer: Faults = none
    for (let top = waiting.at(-1); top !== undefined; top = waiting.at(-1)) {
      const step = top.comparison.next(answer)
      if (step.done) {
        waiting.pop()
        answer = step.value
        this.#found.get(top.visit.reader)!.set(top.visit.writer, answer)
      } else {
        const { reader, writer, at } = step.value
        const known =
          isLeaf(reader) && isLeaf(writer) ? leafFaults(reader, writer, at) : this.#found.get(reader)?.get(writer)
        if (known === undefined) waiting.push(this.#begin(step.value))
        answer = known ?? none
      }
    }
    return answer
  }

  #begin(visit: Visit): { visit: Visit; comparison: Comparison } {
    if (this.#pairsLeft-- === 0) throw new Stop(faults.tooLarge())
    const ofReader = this.#found.get(visit.reader) ?? new Map<AvroNode, Faults>()
    this.#found.set(visit.reader, ofReader.set(visit.writer, none))
    return { visit, comparison: compare(visit) }
  }
}

/** A primitive type: no two places share one, so that nothing is found twice. */
const isLeaf = (node: AvroNode) => isPrimitive(node.kind)

function compare({ reader, writer, at }: Visit): Comparison {
  if (writer.kind === 'union')
    return reader.kind === 'union' ? unions(reader, writer, at) : allBranches(reader, writer, at)
  if (reader.kind === 'union') return anyBranch(reader, writer, at)
  if (reader.kind === 'record' && writer.kind === 'record') return records(reader, writer, at)
  if (reader.kind === 'array' && writer.kind === 'array') return inner(reader.items, writer.items, `${at}/items`)
  if (reader.kind === 'map' && writer.kind === 'map') return inner(reader.values, writer.values, `${at}/values`)
  return known(leafFaults(reader, writer, at))
}

// biome-ignore lint/correctness/useYield: it needs nobody's answer
function* known(found: Faults): Comparison {
  return found
}

function* inner(reader: AvroNode, writer: AvroNode, at: string): Comparison {
  return yield { reader, writer, at }
}

/** Each branch of the writer must find one of the reader; what is wrong with the closest one is not told. */
function* unions(reader: UnionNode, writer: UnionNode, at: string): Comparison {
  let found = none
  for (const [i, branch] of writer.types.entries()) {
    const unread = yield { reader, writer: branch, at: '' }
    if (unread.length > 0) found = merged(found, [faults.missingBranch(branch, `${at}/${i}`)])
  }
  return found
}

/** The one type of the reader must read each branch of the writer. */
function* allBranches(reader: AvroNode, writer: UnionNode, at: string): Comparison {
  let found = none
  for (const [i, branch] of writer.types.entries())
    found = merged(found, yield { reader, writer: branch, at: `${at}/${i}` })
  return found
}

function* anyBranch(reader: UnionNode, writer: AvroNode, at: string): Comparison {
  for (const branch of reader.types) {
    if ((yield { reader: branch, writer, at: '' }).length === 0) return none
  }
  return [faults.missingBranch(writer, at)]
}

function* records(reader: RecordNode, writer: RecordNode, at: string): Comparison {
  let found = nameFaults(reader, writer, at)
  for (const [i, field] of reader.fields.entries()) {
    const place = `${at}/fields/${i}`
    const written = writtenField(field, writer, i)
    if (written) found = merged(found, yield { reader: field.type, writer: written.type, at: `${place}/type` })
    else if (field.default === undefined) {
      // Java takes the default of an enum for one of the field, and then compares the enum with the record.
      const hasSymbol = field.type.kind === 'enum' && field.type.defaultSymbol !== undefined
      found = merged(
        found,
        hasSymbol
          ? yield { reader: field.type, writer, at: `${place}/type` }
          : [faults.missingDefault(field.name, place)],
      )
    }
  }
  return found
}

function writtenField(field: AvroField, writer: RecordNode, position: number): AvroField | undefined {
  const matching = writtenFields(field, writer)
  if (matching.length > 1) throw new Stop(faults.ambiguousField(field, position, writer))
  return matching[0]
}

/** Types that contain no others, or that differ in kind. */
function leafFaults(reader: AvroNode, writer: AvroNode, at: string): Faults {
  if (reader.kind === 'fixed' && writer.kind === 'fixed') {
    return merged(
      nameFaults(reader, writer, at),
      reader.size === writer.size ? none : [faults.size(reader, writer, at)],
    )
  }
  if (reader.kind === 'enum' && writer.kind === 'enum') {
    return merged(nameFaults(reader, writer, at), symbolFaults(reader, writer, at))
  }
  const isReadable = reader.kind === writer.kind || promotions[reader.kind]?.includes(writer.kind)
  return isReadable ? none : [faults.kind(reader, writer, at)]
}

/** What a reader of one kind reads of other kinds. */
export const promotions: Readonly<Partial<Record<AvroNode['kind'], readonly AvroNode['kind'][]>>> = {
  long: ['int'],
  float: ['int', 'long'],
  double: ['int', 'long', 'float'],
  bytes: ['string'],
  string: ['bytes'],
}

/** Namespaces do not count, for Java, unless an alias is needed. */
function nameFaults(reader: NamedNode, writer: NamedNode, at: string): Faults {
  const isSame =
    reader.name.simple === writer.name.simple ||
    reader.aliases.some(alias => aliasText(alias, reader.name) === writer.name.full)
  return isSame ? none : [faults.name(reader, writer, at)]
}

function symbolFaults(reader: EnumNode, writer: EnumNode, at: string): Faults {
  if (reader.defaultSymbol !== undefined) return none
  const own = new Set(reader.symbols)
  const missing = writer.symbols.filter(symbol => !own.has(symbol))
  return missing.length === 0 ? none : [faults.missingSymbols(missing.toSorted(), at)]
}

function merged(a: Faults, b: Faults): Faults {
  if (b.length === 0) return a
  return a.length === 0 ? b : [...a, ...b].slice(0, faultsMax)
}
