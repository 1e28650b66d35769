// Parameters of paths and queries, read as JAX-RS reads them for Confluent's registry: of a query's parameter that comes twice the first
// counts, all that is not `true` is false, and a number that is none is a resource that does not exist.

import { errors } from '../errors.ts'
import type { Registry } from '../registry.ts'
import { withoutAlias } from '../store/scope.ts'
import { normalizeSubject, relativeTo } from '../store/subject-name.ts'
import type { JsonSchema } from './answer-schemas.ts'

export interface Parameter<T> {
  readonly place: 'path' | 'query'
  readonly description: string
  readonly schema: JsonSchema
  /** @param raw what came, decoded; undefined when nothing did */
  readonly read: (raw: string | readonly string[] | undefined) => T
}

const first = (raw: string | readonly string[] | undefined): string | undefined =>
  typeof raw === 'object' ? raw[0] : raw

export const flag = (description: string): Parameter<boolean> => ({
  place: 'query',
  description,
  schema: { type: 'boolean', default: false },
  read: raw => first(raw)?.toLowerCase() === 'true',
})

export const text = (description: string, fallback = ''): Parameter<string> => ({
  place: 'query',
  description,
  schema: fallback === '' ? { type: 'string' } : { type: 'string', default: fallback },
  read: raw => first(raw) ?? fallback,
})

export const texts = (description: string): Parameter<readonly string[]> => ({
  place: 'query',
  description,
  schema: { type: 'array', items: { type: 'string' } },
  read: raw => (raw === undefined ? [] : typeof raw === 'string' ? [raw] : raw),
})

/** The page of an answer that starts after `offset` entries. */
export const offset: Parameter<number> = {
  place: 'query',
  description: 'How many entries to leave out at the start.',
  schema: { type: 'integer', format: 'int32', minimum: 0, default: 0 },
  read: raw => {
    const value = integer(first(raw)) ?? 0
    if (value < 0) throw errors.unprocessable(`"offset" has to be 0 or more, and is ${value}`)
    return value
  },
}

/** How many entries an answer has at most; 0 and less: as many as there may be. */
export const limit: Parameter<number> = {
  place: 'query',
  description: 'How many entries to answer at most. Ignored when it is not above 0.',
  schema: { type: 'integer', format: 'int32', default: -1 },
  read: raw => integer(first(raw)) ?? -1,
}

const pathPart = (description: string, example: string): Parameter<string> => ({
  place: 'path',
  description,
  schema: { type: 'string', minLength: 1, example },
  read: raw => first(raw) ?? '',
})

/** A subject as it comes; `subjectNamed` says which one it means. */
export const subject = pathPart(
  'Name of the subject, in another context than the default one `:.context:name`.',
  'orders-value',
)

export const context = pathPart('Name of the context, such as `.staging`.', '.staging')

export const guid = pathPart('GUID of the schema: what its content hashes to.', 'ef524ea1-b91e-7317-3d93-8ade36c1db32')

export const id: Parameter<number> = {
  place: 'path',
  description: 'Id of the schema in its context.',
  schema: { type: 'integer', format: 'int32', minimum: 0, example: 1 },
  read: raw => {
    const value = integer(first(raw))
    if (value === undefined) throw errors.notFound()
    return value
  },
}

/** @returns -1 for the latest (Confluent: VersionId) */
export const version: Parameter<number> = {
  place: 'path',
  description: 'Version of the subject, from 1 on, or `latest`.',
  schema: { type: 'string', pattern: '^(latest|[1-9][0-9]{0,8})$', example: 'latest' },
  read: raw => {
    const part = (first(raw) ?? '').trim()
    if (part.toLowerCase() === 'latest') return -1
    const value = parseInt32(part)
    if (value === undefined) throw errors.invalidVersion(first(raw) ?? '')
    if (value <= 0 && value !== -1) throw errors.invalidVersion(String(value))
    return value
  },
}

function integer(raw: string | undefined): number | undefined {
  if (raw === undefined || raw === '') return undefined
  const value = parseInt32(raw)
  if (value === undefined) throw errors.notFound()
  return value
}

function parseInt32(raw: string): number | undefined {
  if (!/^[+-]?\d{1,10}$/.test(raw)) return undefined
  const value = Number(raw)
  return value >= -(2 ** 31) && value < 2 ** 31 ? value : undefined
}

/** The subject that a path or query names: in normal form, and the one that it is an alias of. */
export function subjectNamed(registry: Registry, name: string): string {
  return withoutAlias(registry.state, normalizeSubject(name), (parent, alias) =>
    normalizeSubject(relativeTo(parent, alias)),
  )
}

/** The page that was asked for. @param max what one answer may have */
export function page<T>(
  entries: readonly T[],
  asked: { readonly offset: number; readonly limit: number },
  max: number,
): T[] {
  const count = asked.limit > 0 && asked.limit <= max ? asked.limit : max
  return entries.slice(asked.offset, asked.offset + count)
}
