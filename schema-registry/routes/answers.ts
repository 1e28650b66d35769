// What is answered for the things that the registry keeps. Fields as in Confluent's client.rest.entities: Schema, SchemaString,
// RegisterSchemaResponse; those that are null or empty are left out.

import type { Registry } from '../registry.ts'
import type { Registered } from '../store/decide-register.ts'
import type { SchemaContent, SchemaReference, SchemaVersion } from '../store/entities.ts'
import { metadataJson, referenceJson, ruleSetJson } from '../store/entity-json.ts'
import { type Fields, objectOf } from '../store/java-json.ts'
import { findTags, schemaTagsJson } from '../store/schema-tags.ts'
import { contextOf, defaultContext, normalizeSubject, relativeTo } from '../store/subject-name.ts'

/** How a schema is to be shown. */
export interface Showing {
  /** A format of its type, such as `resolved`; '' for the text as it is kept. */
  readonly format?: string
  /** `qualified`: references name their contexts too. */
  readonly referenceFormat?: string
  /** Tags whose fields and records are to be listed; `*` for all. */
  readonly findTags?: readonly string[]
}

/** The answer for a version of a subject. */
export function versionAnswer(registry: Registry, version: SchemaVersion, showing: Showing = {}): object {
  const { subject, version: number, id, guid } = version
  return objectOf([
    ['subject', subject],
    ['version', number],
    ['id', id],
    ['guid', guid],
    ...shownFields(registry, version, showing),
  ])
}

/** The answer for an id. @param options hasSubject: the subject was found by the id, and is told too */
export function schemaStringAnswer(
  registry: Registry,
  version: SchemaVersion,
  options: Showing & { readonly hasSubject: boolean; readonly idMax?: number },
): object {
  return objectOf([
    ['subject', options.hasSubject ? version.subject : undefined],
    ['version', options.hasSubject ? version.version : undefined],
    ['guid', version.guid],
    ...shownFields(registry, version, options),
    ['maxId', options.idMax],
  ])
}

function shownFields(registry: Registry, version: SchemaVersion, showing: Showing): Fields {
  const text = formattedText(registry, version, showing.format ?? '')
  const references = showing.referenceFormat === 'qualified' ? qualified(version) : version.content.references
  const tags = showing.findTags?.length ? findTags(version.content, showing.findTags).map(schemaTagsJson) : undefined
  return [
    ...contentFields({ ...version.content, text, references }),
    ['schemaTags', tags],
    ['ts', version.timestampMs],
    ['deleted', version.isDeleted],
    ...Object.entries(shownUnknown(version)),
  ]
}

// The digest beside encrypted metadata is told by the GUID already.
function shownUnknown({ unknown }: SchemaVersion) {
  const { md5: _, ...shown } = unknown ?? {}
  return shown
}

const contentFields = ({ type, references, metadata, ruleSet, text }: SchemaContent): Fields => [
  ['schemaType', type],
  ['references', references.map(referenceJson)],
  ['metadata', metadata && metadataJson(metadata)],
  ['ruleSet', ruleSet && ruleSetJson(ruleSet)],
  ['schema', text],
]

export function registeredAnswer(registry: Registry, registered: Registered, subject: string, format: string): object {
  const { id, version, guid, content } = registered
  const text =
    format.trim() === ''
      ? content.text
      : registry.context.parsed.parse({ subject, ...content }, { isNew: false }).schema.formatted(format)
  return objectOf([['id', id], ['version', version], ['guid', guid], ...contentFields({ ...content, text })])
}

/** A version's text in a format of its type. @throws RegistryError 42201 when it cannot be read (only then is it read at all) */
export function formattedText(registry: Registry, version: SchemaVersion, format: string): string {
  if (format.trim() === '') return version.content.text
  return registry.context.parsed.ofVersion(version).formatted(format)
}

function qualified({ subject, content }: SchemaVersion): readonly SchemaReference[] {
  if (contextOf(subject) === defaultContext) return content.references
  return content.references.map(reference => ({
    ...reference,
    subject: normalizeSubject(relativeTo(subject, reference.subject)),
  }))
}
