// Differences between our reading of data and Java's that are meant, each with its reason. All else that differs is a fault.

import type { AvroNode } from '../../schema-registry/avro/avro-node.ts'
import { DefaultFit } from '../../schema-registry/avro/default-fit.ts'
import { isArray, isObject, type JsonValue } from '../../schema-registry/avro/json-value.ts'
import type { Answer, ValueAnswer } from './answers.ts'
import { parsed, type Question } from './questions.ts'

interface Case {
  readonly question: Question
  readonly answer: Answer
  readonly ours: ValueAnswer
  readonly java: ValueAnswer
}

const javaSays = (pattern: RegExp) => (found: Case) => pattern.test(found.java.unread ?? '')

export const reasons: Readonly<Record<string, (found: Case) => boolean>> = {
  'Java copies the writer with the names of the reader, and a field that has the new name already is in its way':
    javaSays(/Duplicate field/),
  'Java asks whether a list fits into the bytes with the size of the items of the reader, not of the writer':
    javaSays(/Collection claims/),
  'Java copies the writer, and compares defaults with records that it has not copied yet':
    javaSays(/Schema fields not set yet/),
  'Java copies the writer, and compares defaults that were not compared when the schema was stored':
    javaSays(/Invalid default for field/),
  'Java copies the writer, and runs out of stack where a record contains itself': javaSays(/StackOverflowError/),
  'Java refuses what its SchemaCompatibility allows': found =>
    javaSays(/Found .*, expecting|No match/)(found) &&
    Array.isArray(found.answer.forth) &&
    found.answer.forth.length === 0,
  'Java compares branches of unions with their namespace, and types elsewhere without': found => {
    const [, was, branches] = /Found ([\w.]+), expecting union\[(.*)\]/.exec(found.java.unread ?? '') ?? []
    return was !== undefined && branches!.split(', ').includes(was.slice(was.lastIndexOf('.') + 1))
  },
  'Java makes something of a default that does not suit its field': found =>
    found.question.isStored && /The default of the field .* cannot be used/.test(found.ours.unread ?? ''),
  'Java takes the first branch that is no primitive type for a default of a union': found =>
    (found.java.read !== undefined || javaSays(/enum value|[Dd]efault value/)(found)) &&
    hasLateDefault(parsed(found.question.reader, found.question)!.node),
}

/** The reason for a difference in what is read; undefined for a fault. */
export const reasonOf = (found: Case): string | undefined =>
  Object.keys(reasons).find(reason => reasons[reason]!(found))

/** Whether a default somewhere in it is one of a union, and suits a later branch than the one that Java takes. */
function hasLateDefault(node: AvroNode, seen = new Set<AvroNode>()): boolean {
  if (seen.has(node)) return false
  seen.add(node)
  if (node.kind === 'array') return hasLateDefault(node.items, seen)
  if (node.kind === 'map') return hasLateDefault(node.values, seen)
  if (node.kind === 'union') return node.types.some(type => hasLateDefault(type, seen))
  if (node.kind !== 'record') return false
  return node.fields.some(
    field => (field.default !== undefined && isLate(field.type, field.default)) || hasLateDefault(field.type, seen),
  )
}

function isLate(type: AvroNode, value: JsonValue): boolean {
  if (type.kind === 'union') {
    const taken = type.types.find(
      branch => ['record', 'enum', 'array', 'map'].includes(branch.kind) || new DefaultFit().suits(branch, value),
    )
    const suiting = type.types.find(branch => new DefaultFit().suits(branch, value))
    return taken !== suiting || (suiting !== undefined && isLate(suiting, value))
  }
  if (type.kind === 'array' && isArray(value)) return value.some(item => isLate(type.items, item))
  if (type.kind === 'map' && isObject(value)) return [...value.values()].some(item => isLate(type.values, item))
  if (type.kind !== 'record' || !isObject(value)) return false
  return type.fields.some(field => {
    const item = value.has(field.name) ? value.get(field.name) : field.default
    return item !== undefined && isLate(field.type, item)
  })
}
