// Frames without sockets: an int32 length, a header, a body. Reads and writes the headers that go with an API and a version,
// and frames a message as parts that may be ranges of files.
// Source: org.apache.kafka.common.requests.RequestHeader, Kafka 4.3.0.

import { requestHeader, responseHeader } from './messages/headers.ts'
import { apiByKey } from './messages/index.ts'
import { DecodeError } from './wire/decode-error.ts'
import type { Fields, InputFields } from './wire/field.ts'
import { Reader } from './wire/reader.ts'
import type { Api, Schema } from './wire/schema.ts'
import { type Part, Writer } from './wire/writer.ts'

const lengthBytes = 4
const apiVersionsKey = 18

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
