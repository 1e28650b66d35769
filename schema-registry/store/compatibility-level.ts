// Whether a schema may follow those before it: which of them it is compared with, in which direction, and what is said when it may not.
// Confluent: CompatibilityChecker, SchemaValidatorBuilder, avro.Difference (the texts, which clients show), isCompatibleWithPrevious.

import type { Incompatibility, Schema } from '../types/schema-type.ts'
import type { CompatibilityLevel, Metadata } from './entities.ts'
import type { WholeConfig } from './scope.ts'

/** A schema with what is compared besides its text. */
export interface Candidate {
  readonly schema: Schema
  readonly metadata: Metadata | undefined
}

/** One that is registered; read only when it is compared. */
export interface Predecessor {
  readonly version: number
  readonly metadata: Metadata | undefined
  read(): Schema
}

/** How much of an old schema is shown with what it does not agree with. */
const shownSchemaCharsMax = 10 * 1024
const reservedProperty = 'confluent:reserved'

/** Why the schema may not follow its predecessors (the oldest first); empty when it may. */
export function incompatibilities(
  config: WholeConfig,
  next: Candidate,
  predecessors: readonly Predecessor[],
): string[] {
  const messages = config.validateFields === true ? reservedFieldFaults(next, predecessors.at(-1)) : []
  const inGroup = withinGroup(config.compatibilityGroup, next, predecessors)
  messages.push(...againstAll(config.compatibilityLevel, next.schema, inGroup))
  if (messages.length > 0) {
    messages.push(
      `{validateFields: '${config.validateFields === true}', compatibility: '${config.compatibilityLevel}'}`,
    )
  }
  return messages
}

// Schemas with another value of the group's property (or with none) do not have to agree.
function withinGroup(group: string | undefined, next: Candidate, predecessors: readonly Predecessor[]) {
  if (group === undefined) return predecessors
  const value = next.metadata?.properties.get(group)
  return predecessors.filter(({ metadata }) => metadata?.properties.get(group) === value)
}

function againstAll(level: CompatibilityLevel, next: Schema, predecessors: readonly Predecessor[]): string[] {
  if (level === 'NONE') return []
  const newestFirst = predecessors.toReversed()
  const compared = level.endsWith('_TRANSITIVE') ? newestFirst : newestFirst.slice(0, 1)
  for (const predecessor of compared) {
    const messages = against(level, next, predecessor)
    if (messages.length > 0) return messages
  }
  return []
}

function against(level: CompatibilityLevel, next: Schema, predecessor: Predecessor): string[] {
  const old = predecessor.read()
  if (old.type !== next.type) return ['Incompatible because of different schema type']
  // What the old one is told by stands once, behind the direction that is checked last.
  const backward = () => withOld(differences(next.incompatibilitiesWith(old), 'new', 'old'), predecessor.version, old)
  const forward = () => differences(old.incompatibilitiesWith(next), 'old', 'new')
  if (level.startsWith('BACKWARD')) return backward()
  if (level.startsWith('FORWARD')) return withOld(forward(), predecessor.version, old)
  return [...forward(), ...backward()]
}

function withOld(messages: string[], version: number, old: Schema): string[] {
  if (messages.length === 0) return messages
  const text = old.canonicalText
  const shown =
    text.length <= shownSchemaCharsMax
      ? `{oldSchema: '${text}'}`
      : `{oldSchema: <truncated> '${text.slice(0, shownSchemaCharsMax)}...'}`
  return [...messages, `{oldSchemaVersion: ${version}}`, shown]
}

function differences(faults: readonly Incompatibility[], reader: string, writer: string): string[] {
  return faults.map(fault => {
    const description = describe(fault, reader, writer)
    return `{errorType:'${fault.type}', description:'${description}', additionalInfo:'${fault.message}'}`
  })
}

function describe({ type, path, message, description }: Incompatibility, reader: string, writer: string): string {
  switch (type) {
    case 'FIXED_SIZE_MISMATCH':
      return `The size of FIXED type field at path '${path}' in the ${reader} schema does not match with the ${writer} schema`
    case 'TYPE_MISMATCH':
      return `The type (path '${path}') of a field in the ${reader} schema does not match with the ${writer} schema`
    case 'NAME_MISMATCH':
      return `The name of the schema has changed (path '${path}')`
    case 'MISSING_ENUM_SYMBOLS':
      return `The ${reader} schema is missing enum symbols '${message}' at path '${path}' in the ${writer} schema`
    case 'MISSING_UNION_BRANCH':
      return `The ${reader} schema is missing a type inside a union field at path '${path}' in the ${writer} schema`
    case 'READER_FIELD_MISSING_DEFAULT_VALUE':
      return `The field '${message}' at path '${path}' in the ${reader} schema has no default value and is missing in the ${writer} schema`
    default:
      return description
  }
}

function reservedFieldFaults(next: Candidate, latest: Predecessor | undefined): string[] {
  const reserved = reservedFields(next.metadata)
  const removed = [...reservedFields(latest?.metadata)].filter(field => !reserved.has(field))
  const fields = topLevelFields(next.schema)
  return [
    ...removed.map(
      field =>
        `The new schema has reserved field ${field} removed from its metadata which is present in the old schema's metadata.`,
    ),
    ...[...reserved]
      .filter(field => fields.has(field))
      .map(field => `The new schema has field that conflicts with the reserved field ${field}.`),
  ]
}

function reservedFields(metadata: Metadata | undefined): Set<string> {
  const names = metadata?.properties.get(reservedProperty)?.split(',') ?? []
  return new Set(names.map(name => name.trim()).filter(name => name !== ''))
}

function topLevelFields(schema: Schema): Set<unknown> {
  if (schema.type !== 'AVRO') return new Set()
  const { fields } = JSON.parse(schema.canonicalText) as { readonly fields?: unknown }
  return new Set(Array.isArray(fields) ? fields.map(({ name }: { readonly name: unknown }) => name) : [])
}
