// One value to its own bytes and back, with errors that say who has to do something.
//
// A schema that is just `"bytes"` has no length in front of it: Confluent's AbstractKafkaAvroSerializer writes a byte array as it is, and so
// do the clients that follow it.

import type { AvroNode } from '../avro/avro-node.ts'
import type { AvroSchema } from '../avro/avro-schema.ts'
import { AvroCodec, type AvroDecoder } from '../avro/codec/codec.ts'
import type { LongForm } from '../avro/codec/decoder.ts'
import { AvroValueError } from '../avro/codec/value-error.ts'
import { SerdeError } from './serde-error.ts'
import type { Part } from './wire-format.ts'

interface ReadSettings {
  readonly part: Part
  readonly longs: LongForm
  readonly logicalTypes: boolean
}

const isPlainBytes = (node: AvroNode, logicalTypes = true) =>
  node.kind === 'bytes' && (node.logicalType === undefined || !logicalTypes)

/** Throws a SerdeError VALUE_DOES_NOT_FIT that says where. */
export function encoded(codec: AvroCodec, value: unknown, place: { part: Part; topic: string }): Uint8Array {
  if (isPlainBytes(codec.schema.node) && value instanceof Uint8Array) return value
  try {
    return codec.encode(value)
  } catch (error) {
    if (!(error instanceof AvroValueError)) throw error
    const { part, topic } = place
    throw new SerdeError('VALUE_DOES_NOT_FIT', `the ${part} does not fit its schema: ${error.message}`, {
      topic,
      cause: error,
    })
  }
}

/** Reads what was written with `writer` as `reader` has it; as it was written when that is left out. Its errors are SerdeErrors. */
export function decoded(writer: AvroSchema, reader: AvroSchema | undefined, settings: ReadSettings): AvroDecoder {
  const { longs, logicalTypes } = settings
  const own = reader ?? writer
  if (isPlainBytes(writer.node, logicalTypes) && isPlainBytes(own.node, logicalTypes)) {
    return { decode: bytes => bytes }
  }
  const decoder = new AvroCodec(own, { longs, logicalTypes }).decoderOf(writer)
  return {
    decode(bytes) {
      try {
        return decoder.decode(bytes)
      } catch (error) {
        throw error instanceof AvroValueError ? unreadable(error, bytes, writer, own, settings) : error
      }
    },
  }
}

function unreadable(
  cause: AvroValueError,
  bytes: Uint8Array,
  writer: AvroSchema,
  reader: AvroSchema,
  { part, longs, logicalTypes }: ReadSettings,
): SerdeError {
  const options = { cause }
  // With longs that may be bigints it can be read: then nothing is wrong with the record.
  if (longs === 'number' && isReadable(new AvroCodec(reader, { longs: 'either', logicalTypes }), writer, bytes))
    return new SerdeError('LONG_NOT_EXACT', `the ${part}: ${cause.message}`, options)
  if (reader !== writer && isReadable(new AvroCodec(writer, { longs: 'either', logicalTypes: false }), writer, bytes))
    return new SerdeError('SCHEMAS_DO_NOT_RESOLVE', `the ${part} cannot be read: ${cause.message}`, options)
  return new SerdeError('BYTES_DO_NOT_FIT', `the ${part} cannot be read: ${cause.message}`, options)
}

function isReadable(codec: AvroCodec, writer: AvroSchema, bytes: Uint8Array): boolean {
  try {
    codec.decoderOf(writer).decode(bytes)
    return true
  } catch {
    return false
  }
}
