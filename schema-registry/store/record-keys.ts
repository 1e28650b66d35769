// Keys of `_schemas`, as Confluent's storage.*Key write them. Compaction keeps the last record of each, so that each byte counts.

import { objectOf, writeJson } from './java-json.ts'

/** What a record is about. Associations are of newer registries; ours keeps none and passes over them. */
export type RecordKey =
  | { readonly type: 'SCHEMA'; readonly subject: string; readonly version: number }
  | { readonly type: 'CONFIG' | 'MODE' | 'CLEAR_SUBJECT'; readonly subject: string | undefined }
  | { readonly type: 'DELETE_SUBJECT'; readonly subject: string }
  | { readonly type: 'CONTEXT'; readonly context: string }
  | { readonly type: 'NOOP' | 'ASSOC' }

/** What a registry's keys say of tenants: here there is one. */
const tenant = 'default'

export const schemaKey = (subject: string, version: number): string =>
  writeJson(objectOf([['keytype', 'SCHEMA'], ['subject', subject], ['version', version], ['magic', 1]])) // biome-ignore format: one thought

export const subjectKey = (
  type: 'CONFIG' | 'MODE' | 'DELETE_SUBJECT' | 'CLEAR_SUBJECT',
  subject: string | undefined,
): string => writeJson(objectOf([['keytype', type], ['subject', subject], ['magic', 0]])) // biome-ignore format: one thought

export const contextKey = (context: string): string =>
  writeJson(objectOf([['keytype', 'CONTEXT'], ['tenant', tenant], ['context', context], ['magic', 0]])) // biome-ignore format: one thought

export const contextValue = (context: string): string =>
  writeJson(objectOf([['tenant', tenant], ['context', context]])) // biome-ignore format: one thought

/** Written by a new leader to learn where the topic ends; it changes nothing. */
export const noopKey = writeJson(objectOf([['keytype', 'NOOP'], ['magic', 0]])) // biome-ignore format: one thought
