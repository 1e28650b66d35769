// How records are printed, as kcat's -f has it: %k key, %v or %s value, %t topic, %p partition, %o offset, %T timestamp, %h headers, %K
// and %S the lengths of key and value in bytes (-1 for none), %% a percent sign; \n, \t, \r, \\ and \xNN. Bytes of keys and values
// go out as they are.

import type { Int64 } from '../../protocol/wire/int64.ts'
import { usage } from '../terminal/failure.ts'

export interface PrintedRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: Int64
  readonly timestamp: Int64
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly headers: readonly { readonly key: string; readonly value: Uint8Array | null }[]
  /** Which parts are JSON already. */
  readonly json?: readonly ('key' | 'value')[]
}

type Part = (record: PrintedRecord) => Uint8Array
/** Appends what is printed of the record. */
export type Printer = (record: PrintedRecord, out: Uint8Array[]) => void

const bytesOf = (text: string) => Buffer.from(text, 'utf8')
const nothing = Buffer.alloc(0)
const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '\\': '\\', 0: '\0' }

/** `nullText` stands for a key or value that is not there. Throws a Failure that names what is wrong in the format. */
export function printerFor(format: string, nullText = ''): Printer {
  const parts = partsOf(format, bytesOf(nullText))
  return (record, out) => {
    for (const part of parts) out.push(part(record))
  }
}

function directives(nullBytes: Uint8Array): Readonly<Record<string, Part>> {
  const value: Part = record => record.value ?? nullBytes
  return {
    k: record => record.key ?? nullBytes,
    v: value,
    s: value,
    t: ({ topic }) => bytesOf(topic),
    p: ({ partition }) => bytesOf(String(partition)),
    o: ({ offset }) => bytesOf(String(offset)),
    T: ({ timestamp }) => bytesOf(String(timestamp)),
    h: ({ headers }) => headersOf(headers),
    K: ({ key }) => bytesOf(String(key?.length ?? -1)),
    S: ({ value: bytes }) => bytesOf(String(bytes?.length ?? -1)),
    '%': () => bytesOf('%'),
  }
}

/** "a=1,b=2"; a header without a value is its name. */
function headersOf(headers: PrintedRecord['headers']): Uint8Array {
  if (headers.length === 0) return nothing
  const parts = headers.flatMap(({ key, value }, index) => {
    const name = bytesOf(`${index > 0 ? ',' : ''}${key}`)
    return value === null ? [name] : [name, bytesOf('='), value]
  })
  return Buffer.concat(parts)
}

function partsOf(format: string, nullBytes: Uint8Array): Part[] {
  const known = directives(nullBytes)
  const parts: Part[] = []
  let literal: Uint8Array[] = []
  const endLiteral = () => {
    const bytes = Buffer.concat(literal)
    if (bytes.length > 0) parts.push(() => bytes)
    literal = []
  }
  // A percent sign and a letter, a backslash and what it stands for, or anything else.
  for (const [token] of format.matchAll(/%[\s\S]?|\\x[0-9a-fA-F]{2}|\\[\s\S]?|[^%\\]+/g)) {
    if (token.startsWith('%')) {
      const part = known[token.slice(1)]
      if (part === undefined)
        throw usage(
          `--format: ${token} is not known; ${Object.keys(known)
            .map(name => `%${name}`)
            .join(' ')} are`,
        )
      endLiteral()
      parts.push(part)
    } else literal.push(token.startsWith('\\') ? escaped(token) : bytesOf(token))
  }
  endLiteral()
  return parts
}

function escaped(token: string): Uint8Array {
  if (token.startsWith('\\x') && token.length === 4) return Buffer.from(token.slice(2), 'hex')
  const text = escapes[token.slice(1)]
  if (text !== undefined) return bytesOf(text)
  throw usage(`--format: ${token} is not known; \\n \\t \\r \\0 \\\\ and \\xNN are`)
}

/** A record as a line of JSON: keys and values as text where they are UTF-8, otherwise as { base64 }. */
export function jsonPrinter(): Printer {
  return (record, out) => {
    const { topic, partition, offset, timestamp, headers } = record
    const fields = {
      topic: JSON.stringify(topic),
      partition: String(partition),
      offset: JSON.stringify(jsonNumber(offset)),
      timestamp: JSON.stringify(jsonNumber(timestamp)),
      key: jsonPart(record, 'key'),
      value: jsonPart(record, 'value'),
      headers: JSON.stringify(headers.map(({ key, value }) => ({ key, value: jsonBytes(value) }))),
    }
    const texts = Object.entries(fields).map(([name, text]) => `"${name}":${text}`)
    out.push(bytesOf(`{${texts.join(',')}}\n`))
  }
}

/** JSON goes in as it is: whoever parsed it would round its numbers. */
function jsonPart(record: PrintedRecord, part: 'key' | 'value'): string {
  const bytes = record[part]
  if (bytes !== null && record.json?.includes(part)) return Buffer.from(bytes).toString()
  return JSON.stringify(jsonBytes(bytes))
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function jsonBytes(bytes: Uint8Array | null): string | null | { base64: string } {
  if (bytes === null) return null
  try {
    return strict.decode(bytes)
  } catch {
    return { base64: Buffer.from(bytes).toString('base64') }
  }
}

const jsonNumber = (value: Int64) => (typeof value === 'bigint' ? String(value) : value)
