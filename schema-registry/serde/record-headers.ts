// Headers of records as the clients have them: millrace/client's list of { key, value }, or kafkajs's object.

/** A list as millrace/client's consumer gives it, or an object as kafkajs does. */
export type RecordHeaders =
  | readonly { readonly key: string; readonly value: Uint8Array | string | null }[]
  | { readonly [name: string]: HeaderValue | readonly HeaderValue[] }

type HeaderValue = Uint8Array | string | null | undefined

/** The last value under the name; undefined when there is none, or an empty one. */
export function lastHeader(headers: RecordHeaders | null | undefined, name: string): Uint8Array | undefined {
  if (headers === null || headers === undefined) return undefined
  const value = isList(headers) ? headers.findLast(({ key }) => key === name)?.value : lastOf(headers[name])
  if (value === null || value === undefined) return undefined
  return typeof value === 'string' ? Buffer.from(value, 'latin1') : value
}

const isList = (headers: RecordHeaders): headers is Exclude<RecordHeaders, { readonly [name: string]: unknown }> =>
  Array.isArray(headers)

function lastOf(value: HeaderValue | readonly HeaderValue[]): HeaderValue {
  return Array.isArray(value) ? value.at(-1) : (value as HeaderValue)
}
