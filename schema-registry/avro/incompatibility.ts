// The faults that a comparison of two schemas can find: their names, places and messages are Java's, their sentences ours.
// Source: SchemaCompatibility.SchemaIncompatibilityType, Avro 1.12.2.

import type { Incompatibility } from '../types/schema-type.ts'
import {
  type AvroField,
  type AvroNode,
  branchName,
  type FixedNode,
  type NamedNode,
  type RecordNode,
} from './avro-node.ts'
import { schemaText } from './schema-text.ts'

export type IncompatibilityType =
  | 'NAME_MISMATCH'
  | 'FIXED_SIZE_MISMATCH'
  | 'MISSING_ENUM_SYMBOLS'
  | 'READER_FIELD_MISSING_DEFAULT_VALUE'
  | 'TYPE_MISMATCH'
  | 'MISSING_UNION_BRANCH'
  /** Not among Java's, which throws: a field matches several of the writer's, by its name and its aliases. */
  | 'READER_FIELD_AMBIGUOUS'
  /** Not among Java's: the comparison was given up. */
  | 'TOO_LARGE_TO_COMPARE'

function fault(type: IncompatibilityType, at: string, message: string, description: string): Incompatibility {
  return { type, path: at === '' ? '/' : at, message, description }
}

const javaKind = (node: AvroNode) => node.kind.toUpperCase()

export const faults = {
  name: (reader: NamedNode, writer: NamedNode, at: string) =>
    fault(
      'NAME_MISMATCH',
      `${at}/name`,
      `expected: ${writer.name.full}`,
      `The reader's type is "${reader.name.full}", the writer's "${writer.name.full}"; an alias of that name would let it be read`,
    ),

  size: (reader: FixedNode, writer: FixedNode, at: string) =>
    fault(
      'FIXED_SIZE_MISMATCH',
      `${at}/size`,
      `expected: ${writer.size}, found: ${reader.size}`,
      `The writer writes ${writer.size} bytes of "${writer.name.full}", the reader expects ${reader.size}`,
    ),

  /** @param symbols in order */
  missingSymbols: (symbols: readonly string[], at: string) =>
    fault(
      'MISSING_ENUM_SYMBOLS',
      `${at}/symbols`,
      `[${symbols.join(', ')}]`,
      `The writer's enum has symbols that the reader's has not, and the reader's has no default: ${symbols.join(', ')}`,
    ),

  missingDefault: (name: string, at: string) =>
    fault(
      'READER_FIELD_MISSING_DEFAULT_VALUE',
      at,
      name,
      `The writer does not write the reader's field "${name}", and it has no default`,
    ),

  kind: (reader: AvroNode, writer: AvroNode, at: string) =>
    fault(
      'TYPE_MISMATCH',
      at,
      `reader type: ${javaKind(reader)} not compatible with writer type: ${javaKind(writer)}`,
      `The writer writes ${article(writer)}, which cannot be read as ${article(reader)}`,
    ),

  missingBranch: (writer: AvroNode, at: string) =>
    fault(
      'MISSING_UNION_BRANCH',
      at,
      `reader union lacking writer type: ${javaKind(writer)}`,
      `No branch of the reader's union reads the writer's ${writer.kind === branchName(writer) ? '' : `${writer.kind} `}${branchName(writer)}`,
    ),

  ambiguousField: (field: AvroField, position: number, writer: RecordNode) =>
    fault(
      'READER_FIELD_AMBIGUOUS',
      '',
      `Reader record field ${field.name} type:${javaKind(field.type)} pos:${position} matches multiple fields in ` +
        `writer record schema ${schemaText(writer)}`,
      `The reader's field "${field.name}" matches several fields of the writer's "${writer.name.full}", by its name and its aliases`,
    ),

  tooLarge: () =>
    fault(
      'TOO_LARGE_TO_COMPARE',
      '',
      'too many pairs of types',
      'The two schemas make too many pairs of types to compare; split them into smaller ones',
    ),
}

const article = (node: AvroNode) => (/^[aeiou]/.test(node.kind) ? `an ${node.kind}` : `a ${node.kind}`)
