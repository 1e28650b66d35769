// Frames without sockets: an int32 length, a header, a body. Cuts frames out of a stream of chunks, reads and writes the
// headers that go with an API and a version, and frames a message as parts that may be ranges of files.
// Invariant: a byte that arrived is copied at most once. A frame that lies within one chunk is a view of it.
// Source: org.apache.kafka.common.network.NetworkReceive, common.requests.RequestHeader, Kafka 4.3.0.

import { requestHeader, responseHeader } from './messages/headers.ts'
import { apiByKey } from './messages/index.ts'
import { DecodeError } from './wire/decode-error.ts'
import type { Fields, InputFields } from './wire/field.ts'
import { Reader } from './wire/reader.ts'
import type { Api, Schema } from './wire/schema.ts'
import { type Part, Writer } from './wire/writer.ts'

const lengthBytes = 4
const apiVersionsKey = 18

/**
 * Cuts frames, in order, out of chunks that were cut anywhere. What is pushed is kept, and belongs to the cutter, until
 * `next` has answered all of it: a caller that stops asking must stop pushing.
 */
export class FrameCutter {
  readonly #frameBytesMax: number
  readonly #admit: (bytes: number) => boolean
  readonly #chunks: Buffer[] = []
  /** Bytes of the first chunk that are used up. */
  #used = 0
  /** Bytes in all chunks that are not used up. */
  #available = 0
  /** The frame under way, when it did not fit in one chunk: its own buffer, filled from the front. */
  #partial: Buffer | undefined
  #filled = 0

  /** The length of the frame that is not admitted yet. */
  #refusedLength: number | undefined

  /**
   * `frameBytesMax`: of the header and body of one frame. `admit` is asked before a buffer is made for a frame that does
   * not lie within one chunk; false holds up the cutter until a later `next`.
   */
  constructor(frameBytesMax: number, admit: (bytes: number) => boolean = () => true) {
    this.#frameBytesMax = frameBytesMax
    this.#admit = admit
  }

  /** The next frame was not admitted. */
  get isHeldUp(): boolean {
    return this.#refusedLength !== undefined
  }

  /** Bytes held: arrived, but not yet answered as a frame. */
  get heldBytes(): number {
    return this.#available + this.#filled
  }

  push(chunk: Buffer): void {
    if (chunk.length === 0) return
    this.#chunks.push(chunk)
    this.#available += chunk.length
  }

  /** The next whole frame without its length, or undefined when it has not arrived. Throws DecodeError on an illegal length. */
  next(): Buffer | undefined {
    if (this.#partial === undefined) {
      if (this.#refusedLength === undefined && this.#available < lengthBytes) return undefined
      const length = this.#refusedLength ?? this.#length()
      const frame = this.#withinChunk(length)
      this.#refusedLength = frame === undefined && !this.#admit(length) ? length : undefined
      if (this.#refusedLength !== undefined) return undefined
      if (frame !== undefined) return frame
      this.#partial = Buffer.allocUnsafe(length)
    }
    return this.#fill(this.#partial)
  }

  /** Takes the length that stands next; the chunk boundary may lie inside it. */
  #length(): number {
    const first = this.#chunks[0]!
    let length: number
    if (first.length - this.#used >= lengthBytes) {
      length = first.readInt32BE(this.#used)
      this.#use(lengthBytes)
    } else {
      length = 0
      for (let i = 0; i < lengthBytes; i++) {
        length = (length << 8) | this.#chunks[0]![this.#used]!
        this.#use(1)
      }
    }
    if (length < 0) throw new DecodeError(`a frame of ${length} bytes was announced`)
    if (length > this.#frameBytesMax) {
      throw new DecodeError(`a frame of ${length} bytes was announced; at most ${this.#frameBytesMax} are read`)
    }
    return length
  }

  #withinChunk(length: number): Buffer | undefined {
    const first = this.#chunks[0]
    if (first === undefined) return length === 0 ? Buffer.alloc(0) : undefined
    const start = this.#used
    if (first.length - start < length) return undefined
    this.#use(length)
    return first.subarray(start, start + length)
  }

  #fill(partial: Buffer): Buffer | undefined {
    while (this.#filled < partial.length) {
      const first = this.#chunks[0]
      if (first === undefined) return undefined
      const count = Math.min(first.length - this.#used, partial.length - this.#filled)
      first.copy(partial, this.#filled, this.#used, this.#used + count)
      this.#filled += count
      this.#use(count)
    }
    this.#partial = undefined
    this.#filled = 0
    return partial
  }

  #use(count: number): void {
    this.#used += count
    this.#available -= count
    if (this.#used < this.#chunks[0]!.length) return
    this.#chunks.shift()
    this.#used = 0
  }
}

/** Which version of the request header a request has. */
export function requestHeaderVersion(api: Api, version: number): number {
  return version >= api.flexible ? 2 : 1
}

/** Which version of the response header a response has. A client reads ApiVersions before it knows what the broker speaks. */
export function responseHeaderVersion(api: Api, version: number): number {
  return version >= api.flexible && api.key !== apiVersionsKey ? 1 : 0
}

export interface RequestFrame {
  readonly api: Api
  readonly apiVersion: number
  readonly correlationId: number
  readonly clientId: string | null
  /** At the body. */
  readonly reader: Reader
}

/**
 * Reads the header of a request. The version may be one that the API does not have: that is the caller's to refuse.
 * Throws DecodeError when the header ends early or names an API that Kafka does not have.
 */
export function readRequestFrame(frame: Uint8Array): RequestFrame {
  const reader = new Reader(frame)
  const apiKey = reader.int16()
  const apiVersion = reader.int16()
  const api = apiByKey.get(apiKey)
  if (api === undefined) throw new DecodeError(`there is no API with key ${apiKey}`)
  reader.position = 0
  const { correlationId, clientId } = requestHeader.read(requestHeaderVersion(api, apiVersion), reader)
  return { api, apiVersion, correlationId, clientId, reader }
}

/** A request with its length and header. */
export function writeRequestFrame<F extends Fields>(
  api: Api<F, Fields>,
  apiVersion: number,
  header: { correlationId: number; clientId: string | null },
  body: InputFields<F>,
): Part[] {
  const fields = { requestApiKey: api.key, requestApiVersion: apiVersion, ...header }
  const version = requestHeaderVersion(api as unknown as Api, apiVersion)
  return writeFrame(writer => {
    requestHeader.write(version, writer, fields)
    api.request.write(apiVersion, writer, body)
  })
}

/** Reads the header of a response to a request of that API and version; the reader is left at the body. */
export function readResponseFrame(
  api: Api,
  apiVersion: number,
  frame: Uint8Array,
): { correlationId: number; reader: Reader } {
  const reader = new Reader(frame)
  const { correlationId } = responseHeader.read(responseHeaderVersion(api, apiVersion), reader)
  return { correlationId, reader }
}

/** A response with its length and header. File ranges in the body stay file ranges. */
export function writeResponseFrame<F extends Fields>(
  api: { readonly key: number; readonly flexible: number; readonly response: Schema<F> },
  apiVersion: number,
  correlationId: number,
  body: InputFields<F>,
): Part[] {
  const version = responseHeaderVersion(api as unknown as Api, apiVersion)
  return writeFrame(writer => {
    responseHeader.write(version, writer, { correlationId })
    api.response.write(apiVersion, writer, body)
  })
}

function writeFrame(write: (writer: Writer) => void): Part[] {
  const writer = new Writer()
  writer.int32(0)
  write(writer)
  writer.patchInt32(0, writer.length - lengthBytes)
  return writer.parts()
}
