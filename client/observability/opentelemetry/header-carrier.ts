// Record headers as what carries a context: written at the end of those to be sent, read from those that came.

import type { TextMapGetter, TextMapSetter } from '@opentelemetry/api'
import type { RecordBytes, RecordHeaderInput } from '../../producer/batch-writer.ts'
import type { HeadersInput } from '../client-tracing.ts'

/** As records have them, sent or read. */
type Header = { readonly key: string; readonly value: RecordBytes }

export const headerSetter: TextMapSetter<RecordHeaderInput[]> = {
  set(headers, key, value) {
    headers.push({ key, value })
  },
}

/** A key may be there several times: the last one counts, as in Java's Headers.lastHeader. */
export const headerGetter: TextMapGetter<readonly Header[]> = {
  keys: headers => headers.map(({ key }) => key),
  get(headers, key) {
    const value = headers.findLast(header => header.key === key)?.value
    if (value === null || value === undefined) return undefined
    return typeof value === 'string' ? value : Buffer.from(value.buffer, value.byteOffset, value.length).toString()
  },
}

export function listed(headers: HeadersInput | undefined): readonly Header[] {
  if (headers === undefined) return []
  if (Array.isArray(headers)) return headers as readonly Header[]
  return Object.entries(headers).map(([key, value]) => ({ key, value }))
}
