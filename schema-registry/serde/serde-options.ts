// What a serde can be told, and what that comes to.

import type { AvroSchema } from '../avro/avro-schema.ts'
import { avroType } from '../avro/avro-type.ts'
import { AvroCodec } from '../avro/codec/codec.ts'
import type { LongForm } from '../avro/codec/decoder.ts'
import { localReferences, type SchemaOf, type SchemaText, schemaOf } from './schema-of.ts'
import { SchemaRegistry, type SchemaRegistryOptions } from './schema-registry.ts'
import { SerdeError } from './serde-error.ts'
import { type SubjectStrategy, type SubjectStrategyName, subjectStrategyOf } from './subject-name.ts'
import { idMax, type Part } from './wire-format.ts'

/**
 * Which schema values are written with: one's own, registered if need be (`register`) or only if it is there (`registered`); the latest
 * version of the subject; the one with an id.
 */
export type SchemaUse = 'register' | 'registered' | 'latest' | { readonly id: number }

export interface SerdeOptions<Value = unknown, Input = Value> {
  /** Its address, or one that several serdes share, with what it has fetched. */
  readonly registry: SchemaRegistry | SchemaRegistryOptions | string
  /** What is written, and as what is read. Without it values are read as they were written. */
  readonly schema?: SchemaOf<Value, Input> | SchemaText | undefined
  /** 'value' when left out. */
  readonly part?: Part | undefined
  /** 'topicName' when left out. */
  readonly subject?: SubjectStrategyName | SubjectStrategy | undefined
  /** 'register' when left out, as in Confluent's clients; 'latest' without a schema. */
  readonly use?: SchemaUse | undefined
  /** Where the id of the schema goes: in front of the bytes ('prefix', when left out), or as a GUID into a header. Both are read. */
  readonly schemaId?: 'prefix' | 'header' | undefined
  /** 'own': values are read as `schema` has them; 'writer': as they were written. 'own' when left out. */
  readonly reads?: 'own' | 'writer' | undefined
  /** How longs are read: 'number' (one that is not exact is an error), 'bigint', or 'either' (when left out): a bigint where a number is not exact. */
  readonly longs?: LongForm | undefined
  /** False: values of logical types are those of the underlying types. */
  readonly logicalTypes?: boolean | undefined
  /** Registers, and looks up, what is the same but for its spelling. */
  readonly normalize?: boolean | undefined
}

export interface Settings {
  readonly part: Part
  readonly subject: SubjectStrategy
  readonly use: SchemaUse
  readonly schemaId: 'prefix' | 'header'
  readonly reads: 'own' | 'writer'
  readonly longs: LongForm
  readonly logicalTypes: boolean
  readonly normalize: boolean
  readonly ownsRegistry: boolean
  codecOf(schema: AvroSchema): AvroCodec
}

/** Throws a SerdeError that names the option. */
// biome-ignore lint/suspicious/noExplicitAny: whatever its types are
export function settingsOf(options: SerdeOptions<any, any>): Settings {
  const { registry, schema, logicalTypes = true } = options
  const use = options.use ?? (schema === undefined ? 'latest' : 'register')
  checkUse(use)
  const own = typeof schema === 'object' && 'longs' in schema ? (schema as SchemaOf).longs : undefined
  const longs = options.longs ?? own ?? 'either'
  return {
    part: options.part ?? 'value',
    subject: subjectStrategyOf(options.subject ?? 'topicName'),
    use,
    schemaId: options.schemaId ?? 'prefix',
    reads: options.reads ?? 'own',
    longs,
    logicalTypes,
    normalize: options.normalize ?? false,
    ownsRegistry: !(registry instanceof SchemaRegistry),
    codecOf: each => new AvroCodec(each, { longs, logicalTypes }),
  }
}

function checkUse(use: SchemaUse): void {
  if (typeof use === 'string') {
    if (['register', 'registered', 'latest'].includes(use)) return
    throw new SerdeError(
      'INVALID_ARGUMENT',
      `use: "${use}" is not known; it is 'register', 'registered', 'latest' or { id }`,
    )
  }
  const { id } = use
  if (Number.isInteger(id) && id >= 1 && id <= idMax) return
  throw new SerdeError('INVALID_ARGUMENT', `use: ${id} is no id of a schema`)
}

export interface ReadSchema {
  readonly source: SchemaOf
  readonly schema: AvroSchema
}

/** Throws an InvalidSchemaError that says where. */
// biome-ignore lint/suspicious/noExplicitAny: whatever its types are
export function readSchema(given: SchemaOf<any, any> | SchemaText): ReadSchema {
  const source = schemaOf(given)
  return { source, schema: avroType.parse(source.schema, localReferences(source)) }
}
