// Our answers to the questions, in the form of AvroJudge.java, and what is compared.

import type { AvroSchema } from '../../schema-registry/avro/avro-schema.ts'
import { AvroCodec } from '../../schema-registry/avro/codec/codec.ts'
import { AvroValueError } from '../../schema-registry/avro/codec/value-error.ts'
import { dumpOf } from './made-value.ts'
import { parsed, type Question } from './questions.ts'

export interface SchemaAnswer {
  readonly error?: string
  readonly canonical?: string
  readonly resolved?: string
  readonly parsingForm?: string
  readonly 'CRC-64-AVRO'?: string
  readonly MD5?: string
  readonly 'SHA-256'?: string
}

interface Fault {
  readonly type: string
  readonly path: string
  readonly message: string
}

export interface ValueAnswer {
  readonly error?: string
  readonly written?: string
  readonly again?: string
  readonly read?: string
  readonly unread?: string
}

export interface Answer {
  readonly reader: SchemaAnswer
  readonly writer: SchemaAnswer
  readonly forth?: readonly Fault[] | { readonly error: string }
  readonly back?: readonly Fault[] | { readonly error: string }
  readonly values?: readonly ValueAnswer[]
}

export function ourAnswer(question: Question): Answer {
  const [reader, writer] = [parsed(question.reader, question), parsed(question.writer, question)]
  const schemas = { reader: describe(reader), writer: describe(writer) }
  if (!reader || !writer) return schemas
  const values = question.bytes.map(hex => valueAnswer(reader, writer, Buffer.from(hex, 'hex')))
  return { ...schemas, forth: faults(reader, writer), back: faults(writer, reader), values }
}

const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

function describe(schema: AvroSchema | undefined): SchemaAnswer {
  if (!schema) return { error: 'invalid' }
  const { canonicalText: canonical, parsingForm } = schema
  const fingerprints = {
    'CRC-64-AVRO': hexOf(schema.fingerprint('CRC-64-AVRO')),
    MD5: hexOf(schema.fingerprint('MD5')),
    'SHA-256': hexOf(schema.fingerprint('SHA-256')),
  }
  return { canonical, resolved: schema.formatted('resolved'), parsingForm, ...fingerprints }
}

function faults(reader: AvroSchema, writer: AvroSchema): Answer['forth'] {
  const found = reader.incompatibilitiesWith(writer)
  if (found[0]?.type === 'READER_FIELD_AMBIGUOUS') return { error: found[0].message }
  return found.map(({ type, path, message }) => ({ type, path, message }))
}

function valueAnswer(reader: AvroSchema, writer: AvroSchema, bytes: Uint8Array): ValueAnswer {
  const options = { logicalTypes: false }
  const own = new AvroCodec(writer, options)
  const value = own.decode(bytes)
  const answer = { written: dumpOf(writer.node, value), again: hexOf(own.encode(value)) }
  try {
    return { ...answer, read: dumpOf(reader.node, new AvroCodec(reader, options).decoderOf(writer).decode(bytes)) }
  } catch (cause) {
    if (cause instanceof AvroValueError) return { ...answer, unread: cause.message }
    throw cause
  }
}

/** Where two answers differ: names of parts, none when they agree. Sentences of errors are not compared. */
export function differences(ours: Answer, theirs: Answer): string[] {
  const found: string[] = []
  for (const side of ['reader', 'writer'] as const)
    found.push(...schemaDifferences(ours[side], theirs[side]).map(part => `${side}.${part}`))
  if (found.length > 0 || !ours.values || !theirs.values) return found
  for (const way of ['forth', 'back'] as const) if (comparable(ours[way]) !== comparable(theirs[way])) found.push(way)
  for (const [i, value] of ours.values.entries()) {
    const java = theirs.values[i]!
    if (value.written !== java.written || value.again !== java.again) found.push(`values.${i}.written`)
    else if (value.read !== java.read) found.push(`values.${i}.read`)
  }
  return found
}

function schemaDifferences(ours: SchemaAnswer, theirs: SchemaAnswer): string[] {
  if (ours.error !== undefined || theirs.error !== undefined)
    return (ours.error === undefined) === (theirs.error === undefined) ? [] : ['validity']
  const parts = ['canonical', 'resolved', 'parsingForm', 'CRC-64-AVRO', 'MD5', 'SHA-256'] as const
  return parts.filter(part => ours[part] !== theirs[part])
}

/** An error of Java's has the class's name in front of the message. */
const comparable = (faults: Answer['forth']) =>
  faults && 'error' in faults ? faults.error.replace(/^[\w.]+: /, '') : JSON.stringify(faults)
