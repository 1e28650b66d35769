// Which branch of a reader's union reads what a writer wrote.
// Source: Resolver.ReaderUnion.firstMatchingBranch, Avro 1.12.2.

import { type AvroNode, isNamed, type NamedNode, type UnionNode } from '../avro-node.ts'
import { promotions } from '../compatibility.ts'
import { writtenFields } from '../record-fields.ts'

/** The position of the reader's branch that reads a type; -1 when there is none. */
export function matchingBranch(writer: AvroNode, reader: UnionNode): number {
  const matches = [
    (branch: AvroNode) => branch.kind === writer.kind && !isNamed(branch),
    (branch: AvroNode) => isBoth(branch, writer, (a, b) => a.name.full === b.name.full),
    (branch: AvroNode) => isBoth(branch, writer, isAliased),
    (branch: AvroNode) => isBoth(branch, writer, (a, b) => a.name.simple === b.name.simple && isReadable(a, b)),
    (branch: AvroNode) => branch.kind === 'record' && writer.kind === 'record' && isReadable(branch, writer),
    (branch: AvroNode) => promotions[branch.kind]?.includes(writer.kind) ?? false,
  ]
  for (const match of matches) {
    const index = reader.types.findIndex(match)
    if (index !== -1) return index
  }
  return -1
}

function isBoth(branch: AvroNode, writer: AvroNode, match: (branch: NamedNode, writer: NamedNode) => boolean): boolean {
  return branch.kind === writer.kind && isNamed(branch) && isNamed(writer) && match(branch, writer)
}

const isAliased = (reader: NamedNode, writer: NamedNode) =>
  reader.aliases.some(alias => alias.full === writer.name.full)

/** Whether a type may be read as another of its kind; namespaces do not count unless an alias is needed. */
export const isNamedAlike = (reader: NamedNode, writer: NamedNode): boolean =>
  reader.name.simple === writer.name.simple || isAliased(reader, writer)

/** Whether each field of the reader's record has a value; what is wrong within the fields does not count. */
function isReadable(branch: NamedNode, writer: NamedNode): boolean {
  if (branch.kind === 'fixed') return writer.kind === 'fixed' && branch.size === writer.size
  if (branch.kind !== 'record' || writer.kind !== 'record') return true
  return branch.fields.every(field => field.default !== undefined || writtenFields(field, writer).length > 0)
}
