// Finds the version under which a subject has a schema. Confluent: AbstractSchemaRegistry.lookUpSchemaUnderSubject, ParsedSchema.canLookup.

import type { Schema } from '../types/schema-type.ts'
import { type DecisionContext, type Draft, type ReadDraft, readDraft } from './draft.ts'
import type { SchemaReference, SchemaVersion } from './entities.ts'
import {
  annotationsFor,
  emptyMetadata,
  sameMetadata,
  sameRuleSets,
  versionNumberIn,
  withoutVersion,
} from './metadata.ts'
import { configInScope } from './scope.ts'
import { contextOf, contextPrefix, defaultContext } from './subject-name.ts'

export interface LookupOptions {
  readonly normalize: boolean
  readonly includeDeleted: boolean
  /** Only the latest version counts. */
  readonly latestOnly?: boolean
}

/** What was found: the version, or, where it was found by its content, the draft's content under the version's number and id. */
export type Found = SchemaVersion

/**
 * The version that has the schema: as it is, or as it would be with the latest version's metadata and rules, and what the configuration
 * adds, since that is how it would have been registered.
 */
export function lookUp(context: DecisionContext, draft: Draft, options: LookupOptions): Found | undefined {
  const found = lookUpAsItIs(context, draft, options)
  if (found) return found
  const latest = context.state.latestOf(draft.subject)
  if (latest === undefined) return undefined
  const annotations = annotationsFor(configInScope(context.state, draft.subject), draft, latest.content)
  const isSame = sameMetadata(annotations.metadata, draft.metadata) && sameRuleSets(annotations.ruleSet, draft.ruleSet)
  return isSame ? undefined : lookUpAsItIs(context, { ...draft, ...annotations }, options)
}

/** As `lookUp`; a subject of the default context is also looked for in the others, in their order. */
export function lookUpInContexts(context: DecisionContext, draft: Draft, options: LookupOptions): Found | undefined {
  const found = lookUp(context, draft, options)
  if (found || contextOf(draft.subject) !== defaultContext) return found
  for (const other of context.state.contexts()) {
    const elsewhere = tryLookUp(context, { ...draft, subject: contextPrefix(other) + draft.subject }, options)
    if (elsewhere) return elsewhere
  }
  return undefined
}

// There its references may mean nothing.
function tryLookUp(context: DecisionContext, draft: Draft, options: LookupOptions): Found | undefined {
  if (!context.state.hasSubjects(draft.subject, true)) return undefined
  try {
    return lookUp(context, draft, options)
  } catch {
    return undefined
  }
}

export function lookUpAsItIs(context: DecisionContext, draft: Draft, options: LookupOptions): Found | undefined {
  const read = readDraft(context, draft, { isNew: false, normalize: options.normalize })
  if (read === undefined) return undefined
  const { state } = context
  if (options.latestOnly) {
    const latest = state.latestOf(draft.subject)
    return latest && meansTheSame(context, read, latest) ? latest : undefined
  }
  const known = versionWithContent(context, read)
  if (known && (options.includeDeleted || !known.isDeleted)) return known
  return state
    .versionsOf(draft.subject)
    .findLast(version => (options.includeDeleted || !version.isDeleted) && meansTheSame(context, read, version))
}

/** The version of the subject with exactly this content. */
export function versionWithContent(
  { state }: DecisionContext,
  { subject, guid }: ReadDraft,
): SchemaVersion | undefined {
  const context = contextOf(subject)
  const id = state.idOf(context, guid)
  const version = id === undefined ? undefined : state.versionsWithId(context, id)?.get(subject)
  return version === undefined ? undefined : state.version(subject, version)
}

/**
 * Whether a schema is one that is registered, though their contents differ: it was sent with what it refers to inside instead of
 * references, or one of the two says its version in its metadata.
 */
export function meansTheSame(context: DecisionContext, draft: ReadDraft, version: SchemaVersion): boolean {
  if (draft.type !== version.content.type) return false
  const isInlined = draft.references.length === 0 && version.content.references.length > 0
  if (!isInlined && !sameReferences(context, draft, version)) return false
  if (!sameRuleSets(draft.ruleSet, version.content.ruleSet) || !sameButVersion(draft, version)) return false
  return sameSchema(context, draft.schema, version, isInlined)
}

function sameSchema({ parsed }: DecisionContext, schema: Schema, version: SchemaVersion, isInlined: boolean): boolean {
  const registered = parsed.ofVersion(version)
  if (!isInlined) return schema.normalizedText === registered.normalizedText
  const text = registered.formatted('resolved')
  const { subject, content } = version
  const inlined = parsed.parse({ subject, type: content.type, text, references: [] }, { isNew: false })
  return schema.normalizedText === inlined.schema.normalizedText
}

function sameReferences({ state }: DecisionContext, draft: ReadDraft, { content }: SchemaVersion): boolean {
  const settled = ({ name, subject, version }: SchemaReference) => {
    const latest = version === -1 ? state.latestOf(subject)?.version : version
    return JSON.stringify([name, subject, latest])
  }
  const theirs = content.references.map(settled)
  return (
    draft.references.length === theirs.length && draft.references.every((one, index) => settled(one) === theirs[index])
  )
}

// Confluent: AbstractSchemaProvider.canLookupIgnoringVersion.
function sameButVersion(draft: ReadDraft, { version, content }: SchemaVersion): boolean {
  const sent = versionNumberIn(draft.metadata)
  const registered = versionNumberIn(content.metadata)
  if (sent === undefined && registered !== undefined) {
    return sameMetadata(draft.metadata ?? emptyMetadata, withoutVersion(content.metadata!))
  }
  if (sent !== undefined && registered === undefined) {
    return sent === version && sameMetadata(withoutVersion(draft.metadata!), content.metadata ?? emptyMetadata)
  }
  return sameMetadata(draft.metadata, content.metadata)
}
