// A message in all its versions, and an API as a request and a response.

import { compileDecoder, type Decoder } from './compile-decoder.ts'
import { compileEncoder, type Encoder } from './compile-encoder.ts'
import { DecodeError } from './decode-error.ts'
import { EncodeError } from './encode-error.ts'
import type { DecodedFields, Fields, InputFields } from './field.ts'
import { Reader } from './reader.ts'
import { type Part, Writer } from './writer.ts'

/** First and last version, both included. */
export type VersionRange = readonly [first: number, last: number]

export interface SchemaOptions<F extends Fields> {
  /** API key or record type, where the message has one of its own. */
  readonly key?: number
  readonly name: string
  readonly versions: VersionRange
  /** First version with compact lengths and tagged fields; Infinity when there is none. */
  readonly flexible: number
  readonly fields: F
}

/** One message. Codecs are compiled on first use, one pair per version. */
export class Schema<F extends Fields = Fields> {
  readonly key: number | undefined
  readonly name: string
  readonly versions: VersionRange
  readonly flexible: number
  readonly fields: F
  readonly #decoders: Decoder[] = []
  readonly #encoders: Encoder[] = []

  constructor(options: SchemaOptions<F>) {
    this.key = options.key
    this.name = options.name
    this.versions = options.versions
    this.flexible = options.flexible
    this.fields = options.fields
  }

  has(version: number): boolean {
    return version >= this.versions[0] && version <= this.versions[1]
  }

  /** Reads one message; bytes that follow it stay in the reader. Throws DecodeError. */
  read(version: number, reader: Reader): DecodedFields<F> {
    const decoder = (this.#decoders[version] ??= compileDecoder(this.fields, this.#checked(version), this.#is(version)))
    try {
      return decoder(reader) as DecodedFields<F>
    } catch (cause) {
      if (cause instanceof DecodeError) throw new DecodeError(`${this.name} v${version}: ${cause.message}`)
      throw cause
    }
  }

  /** Writes one message. Throws EncodeError. */
  write(version: number, writer: Writer, value: InputFields<F>): void {
    const encoder = (this.#encoders[version] ??= compileEncoder(this.fields, this.#checked(version), this.#is(version)))
    try {
      encoder(writer, value)
    } catch (cause) {
      throw new EncodeError(`${this.name} v${version}: ${(cause as Error).message}`)
    }
  }

  #is(version: number): boolean {
    return version >= this.flexible
  }

  #checked(version: number): number {
    if (this.has(version)) return version
    throw new EncodeError(`${this.name} has versions ${this.versions[0]} to ${this.versions[1]}, not ${version}`)
  }
}

/** The decoded value of a schema: `Message<typeof fetch.request>`. */
export type Message<S> = S extends Schema<infer F> ? DecodedFields<F> : never
/** What may be encoded with a schema. */
export type MessageInput<S> = S extends Schema<infer F> ? InputFields<F> : never

/** Decodes a whole message; bytes left over are a DecodeError. */
export function decode<F extends Fields>(schema: Schema<F>, version: number, bytes: Uint8Array): DecodedFields<F> {
  const reader = new Reader(bytes)
  const value = schema.read(version, reader)
  if (reader.remaining > 0) throw new DecodeError(`${schema.name} v${version}: ${reader.remaining} bytes left over`)
  return value
}

/** Encodes a message to one buffer. */
export function encode<F extends Fields>(schema: Schema<F>, version: number, value: InputFields<F>): Buffer {
  const writer = new Writer()
  schema.write(version, writer, value)
  return writer.toBuffer()
}

/** Encodes a message that may hold file ranges. */
export function encodeParts<F extends Fields>(schema: Schema<F>, version: number, value: InputFields<F>): Part[] {
  const writer = new Writer()
  schema.write(version, writer, value)
  return writer.parts()
}

/** A message that is not a request or response: a stored record, a header. */
export function message<F extends Fields>(options: {
  key?: number
  name: string
  versions: VersionRange
  flexible?: number
  fields: F
}): Schema<F> {
  return new Schema({ flexible: Number.POSITIVE_INFINITY, ...options })
}

export interface ApiOptions<Request extends Fields, Response extends Fields> {
  readonly key: number
  readonly name: string
  readonly versions: VersionRange
  readonly flexible?: number
  /** The last version is not offered unless unstable versions are enabled. */
  readonly latestUnstable?: boolean
  readonly request: Request
  readonly response: Response
}

/** A request and its response under one key. */
export interface Api<Request extends Fields = Fields, Response extends Fields = Fields> {
  readonly key: number
  readonly name: string
  readonly versions: VersionRange
  readonly flexible: number
  readonly latestUnstable: boolean
  readonly request: Schema<Request>
  readonly response: Schema<Response>
}

/** Declares an API: its key, its versions, and the fields of both directions. */
export function api<Request extends Fields, Response extends Fields>(
  options: ApiOptions<Request, Response>,
): Api<Request, Response> {
  const { key, name, versions, flexible = Number.POSITIVE_INFINITY, latestUnstable = false } = options
  const request = new Schema({ name: `${name}Request`, versions, flexible, fields: options.request })
  const response = new Schema({ name: `${name}Response`, versions, flexible, fields: options.response })
  return { key, name, versions, flexible, latestUnstable, request, response }
}
