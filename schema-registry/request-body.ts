// A request's body: bytes as they came, read as JSON when the route wants them. Confluent: Jackson's parse errors, which are 400.

import { errors } from './errors.ts'
import { FieldError, FieldReader } from './store/field-reader.ts'
import { isDeeperThan } from './store/json-depth.ts'

const utf8 = new TextDecoder('utf-8', { fatal: true })

/**
 * Reads a body's object.
 * @throws RegistryError 400 for what is no JSON, or another JSON than the route wants; 422 for nothing
 */
export function readBody<T>(body: unknown, jsonDepthMax: number, read: (fields: FieldReader) => T): T {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.alloc(0)
  if (bytes.length === 0) throw errors.unprocessable('The request has no body; send a JSON object')
  const value = parse(bytes, jsonDepthMax)
  if (value === null) throw errors.unprocessable('The body is null; send a JSON object')
  try {
    return read(new FieldReader(value))
  } catch (error) {
    if (error instanceof FieldError) throw errors.badRequest(`Cannot read the body: ${error.message}`)
    throw error
  }
}

function parse(bytes: Buffer, jsonDepthMax: number): unknown {
  if (isDeeperThan(bytes, jsonDepthMax)) throw errors.badRequest(`The body nests deeper than ${jsonDepthMax} levels`)
  try {
    return JSON.parse(utf8.decode(bytes))
  } catch (error) {
    throw errors.badRequest(
      error instanceof SyntaxError ? `The body is not JSON: ${error.message}` : 'The body is not UTF-8',
    )
  }
}
