// The cases of the differential test: pairs of schemas, and values of the writer's in bytes.

import { seededRandom } from '../../io/sim/random.ts'
import type { AvroSchema } from '../../schema-registry/avro/avro-schema.ts'
import { avroType } from '../../schema-registry/avro/avro-type.ts'
import { AvroCodec } from '../../schema-registry/avro/codec/codec.ts'
import { AvroValueError } from '../../schema-registry/avro/codec/value-error.ts'
import { jsonText } from '../../schema-registry/avro/json-text.ts'
import { InvalidSchemaError } from '../../schema-registry/types/invalid-schema-error.ts'
import { changedSchema } from './changed-schema.ts'
import { type Made, SchemaMaker } from './made-schema.ts'
import { madeValue, NoValueError } from './made-value.ts'

/** As it goes to AvroJudge.java. */
export interface Question {
  readonly reader: string
  readonly writer: string
  /** Texts of schemas that both may refer to, in order. */
  readonly references: readonly string[]
  readonly isStored: boolean
  /** Values of the writer's schema, in hexadecimal digits. */
  readonly bytes: readonly string[]
}

const valuesOfPair = 3

/** The same for the same seed. */
export function madeQuestion(seed: number): Question {
  const random = seededRandom(seed)
  const references = random.chance(0.15) ? [jsonText(new SchemaMaker(random).make())] : []
  const first = withReference(new SchemaMaker(random).make(), references, random.chance(0.8))
  const second = random.chance(0.1) ? new SchemaMaker(random).make() : changedSchema(first, random, random.chance(0.25))
  const [reader, writer] = random.chance(0.5) ? [first, second] : [second, first]
  const question = { reader: jsonText(reader), writer: jsonText(writer), references, isStored: random.chance(0.15) }
  const schema = parsed(question.writer, question)
  const codec = schema && new AvroCodec(schema, { logicalTypes: false })
  const bytes = Array.from({ length: codec ? valuesOfPair : 0 }, () => bytesOf(codec!, random)).filter(
    hex => hex !== undefined,
  )
  return { ...question, bytes }
}

/** A record around a schema that uses the type of the reference. */
function withReference(schema: Made, references: readonly string[], isUsed: boolean): Made {
  const [text] = references
  const known = text === undefined ? undefined : parsed(text, { references: [], isStored: false })
  if (!known || known.node.kind === 'union' || !('name' in known.node) || !isUsed) return schema
  const fields: Made[] = [
    new Map<string, Made>([
      ['name', 'own'],
      ['type', schema],
    ]),
    new Map<string, Made>([
      ['name', 'referred'],
      ['type', known.node.name.full],
    ]),
  ]
  return new Map<string, Made>([
    ['type', 'record'],
    ['name', 'Outer'],
    ['fields', fields],
  ])
}

/** Undefined for a text that is no schema. */
export function parsed(
  text: string,
  { references, isStored }: Pick<Question, 'references' | 'isStored'>,
): AvroSchema | undefined {
  const given = references.map((reference, i) => ({ name: `r${i}`, subject: `s${i}`, version: 1, text: reference }))
  try {
    return avroType.parse(text, given, { isStored })
  } catch (cause) {
    if (cause instanceof InvalidSchemaError) return undefined
    throw cause
  }
}

function bytesOf(codec: AvroCodec, random: Parameters<typeof madeValue>[1]): string | undefined {
  try {
    return Buffer.from(codec.encode(madeValue(codec.schema.node, random))).toString('hex')
  } catch (cause) {
    if (cause instanceof NoValueError || cause instanceof AvroValueError) return undefined
    throw cause
  }
}
