// Avro as a kind of schema of the registry.
// A text is read as Confluent's registry reads it: what is to be registered strictly (names of the specification's letters,
// defaults that suit), what is stored already with less, so that a topic that holds schemas of older versions can be read.
// Source: AvroSchema.getParser and AvroSchemaUtils.validateNames.

import { InvalidSchemaError } from '../types/invalid-schema-error.ts'
import type { ParseOptions, ResolvedReference, SchemaType } from '../types/schema-type.ts'
import { lenientNames, strictNames } from './avro-name.ts'
import { type AvroNode, branchName } from './avro-node.ts'
import { AvroSchema } from './avro-schema.ts'
import { readJson } from './json-reader.ts'
import { KnownNames } from './known-names.ts'
import { NameResolver } from './name-resolver.ts'
import { type ReadRules, SchemaReader } from './schema-reader.ts'

const strict: ReadRules = { names: strictNames, spaces: strictNames, checksDefaults: true }
const stored: ReadRules = { names: lenientNames, spaces: undefined, checksDefaults: false }
const referredByStored: ReadRules = { names: undefined, spaces: undefined, checksDefaults: false }

export interface AvroType extends SchemaType {
  parse(text: string, references: readonly ResolvedReference[], options?: ParseOptions): AvroSchema
}

export const avroType: AvroType = {
  name: 'AVRO',

  parse(text, references, { isStored = false } = {}) {
    const known = new KnownNames()
    const referred = references.map(reference => readReference(reference, known, isStored ? referredByStored : strict))
    return new AvroSchema(readSchema(text, known, isStored ? stored : strict), referred.map(branchName))
  },
}

/** Adds the types that the text defines to the known ones. */
function readSchema(text: string, known: KnownNames, rules: ReadRules): AvroNode {
  const root = new SchemaReader(known, rules).read(readJson(text), '', undefined)
  return new NameResolver(known, rules.checksDefaults).resolve(root)
}

function readReference(
  { name, subject, version, text }: ResolvedReference,
  known: KnownNames,
  rules: ReadRules,
): AvroNode {
  try {
    return readSchema(text, known, rules)
  } catch (cause) {
    if (!(cause instanceof InvalidSchemaError)) throw cause
    throw new InvalidSchemaError(
      '',
      `The reference "${name}" (version ${version} of subject "${subject}") cannot be used: ${cause.message}`,
    )
  }
}
