// Values of an Avro schema to bytes and back, also from what was written with another version of it.
//
// Values are plain: records and maps are objects, bytes and fixed types Uint8Arrays, enums texts; conversion.ts has the forms of
// logical types, union-rule.ts the one rule for unions. A missing field takes its default; one without is an error.
// No long is ever rounded, and no bytes, whatever they are, take more time or memory than their length allows.

import type { AvroSchema } from '../avro-schema.ts'
import { ByteReader } from './byte-reader.ts'
import { ByteWriter } from './byte-writer.ts'
import { type DecodeRules, DecoderCompiler, type LongForm, type Read } from './decoder.ts'
import { EncoderCompiler, type Write } from './encoder.ts'
import { AvroValueError } from './value-error.ts'

export interface AvroCodecOptions {
  /**
   * How a long is decoded: `either` (the default) as a number, and as a bigint where that would be rounded; `bigint` always so;
   * `number`, with an error where that would be rounded. Encoding takes both in each case.
   */
  readonly longs?: LongForm
  /** Whether logical types have the forms of conversion.ts; if not, values are those of the underlying types. True when left out. */
  readonly logicalTypes?: boolean
}

export interface AvroDecoder {
  /** @throws AvroValueError that says where, also when bytes are left over */
  decode(bytes: Uint8Array): unknown
}

export class AvroCodec implements AvroDecoder {
  readonly schema: AvroSchema
  readonly #rules: DecodeRules
  #write: Write | undefined
  readonly #decoders = new WeakMap<AvroSchema, AvroDecoder>()

  constructor(schema: AvroSchema, { longs = 'either', logicalTypes = true }: AvroCodecOptions = {}) {
    this.schema = schema
    this.#rules = { longs, logicalTypes }
  }

  /** @throws AvroValueError that says where */
  encode(value: unknown): Uint8Array {
    this.#write ??= new EncoderCompiler(this.#rules.logicalTypes).compile(this.schema.node)
    const out = new ByteWriter()
    this.#write(out, value)
    return out.taken()
  }

  decode(bytes: Uint8Array): unknown {
    return this.decoderOf(this.schema).decode(bytes)
  }

  /** Reads as this schema what was written with `writer`. The same decoder for the same schema. */
  decoderOf(writer: AvroSchema): AvroDecoder {
    const known = this.#decoders.get(writer)
    if (known) return known
    const read = new DecoderCompiler(this.#rules).compile(writer.node, this.schema.node)
    const decoder = { decode: (bytes: Uint8Array) => wholeValue(read, bytes) }
    this.#decoders.set(writer, decoder)
    return decoder
  }
}

function wholeValue(read: Read, bytes: Uint8Array): unknown {
  const from = new ByteReader(bytes)
  const value = read(from)
  if (from.remaining === 0) return value
  throw new AvroValueError(
    `${from.remaining} of ${bytes.length} bytes are left behind the value: it was written with another schema`,
  )
}
