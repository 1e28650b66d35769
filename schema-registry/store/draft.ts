// A schema that a client sent, on its way to being looked up, compared or registered.

import type { RegistryLimits } from '../limits.ts'
import type { Schema } from '../types/schema-type.ts'
import { isImportOrForward, type SchemaReference, type UnknownFields } from './entities.ts'
import type { Annotations } from './metadata.ts'
import type { ParsedSchemas } from './parsed-schemas.ts'
import { schemaKey } from './record-keys.ts'
import { guidOf } from './schema-guid.ts'
import { modeInScope } from './scope.ts'
import type { RegistryState } from './state.ts'

export interface Draft extends Annotations {
  /** In normal form. */
  readonly subject: string
  readonly type: string
  /** Undefined or empty: the latest one's, where there is one. */
  readonly text: string | undefined
  readonly references: ReadonlyArray<Partial<SchemaReference>>
  /** The version asked for; 0: the next one, or the one that it has already. -1: the latest, told in its metadata. */
  readonly version: number
  /** The id asked for, which IMPORT and FORWARD mode allow; -1: any. */
  readonly id: number
  readonly unknown: UnknownFields | undefined
}

/** A draft that has been read: its text is the one that would be kept. */
export interface ReadDraft extends Draft {
  readonly text: string
  readonly references: readonly SchemaReference[]
  readonly schema: Schema
  readonly guid: string
}

/** What decisions read. */
export interface DecisionContext {
  readonly state: RegistryState
  readonly parsed: ParsedSchemas
  readonly limits: RegistryLimits
}

/** What has to be written, and what is answered when it has been. */
export interface Decision<T> {
  readonly records: ReadonlyArray<{ readonly key: string; readonly value: string | null }>
  readonly result: T
  /**
   * Whether the records, once they have been read back, did what was decided: another instance that took itself for the leader may have
   * taken the same id. False: it is decided anew.
   */
  readonly holds?: () => boolean
}

const isBlank = (text: string | undefined): text is undefined => text === undefined || text.trim() === ''

export const hasText = (draft: Draft): boolean => !isBlank(draft.text)

/**
 * Reads a draft; undefined when it has no text. Confluent: AbstractSchemaRegistry.canonicalizeSchema. What is imported is neither
 * normalized nor held against today's rules for new schemas.
 * @throws RegistryError 42201
 */
export function readDraft(
  { state, parsed }: DecisionContext,
  draft: Draft,
  options: { readonly isNew: boolean; readonly normalize: boolean },
): ReadDraft | undefined {
  const { text } = draft
  if (isBlank(text)) return undefined
  const mode = modeInScope(state, draft.subject)
  const { schema, references } = parsed.parse({ ...draft, text }, { isNew: options.isNew && !isImportOrForward(mode) })
  const isNormalized = options.normalize && !isImportOrForward(mode)
  const content = {
    text: isNormalized ? schema.normalizedText : schema.canonicalText,
    references: isNormalized ? sortedOnce(references) : references,
    metadata: draft.metadata,
    ruleSet: draft.ruleSet,
  }
  return { ...draft, ...content, schema, guid: guidOf(content) }
}

// Confluent: SchemaReference.compareTo, then `distinct`.
function sortedOnce(references: readonly SchemaReference[]): SchemaReference[] {
  const sorted = references.toSorted((a, b) =>
    a.subject === b.subject ? a.version - b.version : a.subject < b.subject ? -1 : 1,
  )
  const images = sorted.map(reference => JSON.stringify([reference.name, reference.subject, reference.version]))
  return sorted.filter((_, index) => images.indexOf(images[index]!) === index)
}

/** What `ReferenceExistsException` calls a version; also what state and log have as its key. */
export const keyOf = ({ subject, version }: { readonly subject: string; readonly version: number }): string =>
  schemaKey(subject, version)

/** What a record takes of the topic's limit. */
export const recordBytes = ({ key, value }: { readonly key: string; readonly value: string }): number =>
  Buffer.byteLength(key) + Buffer.byteLength(value)
