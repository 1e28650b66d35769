// Reads records of `_schemas` that any registry may have written, of any age: before versions had a `deleted`, before values named their
// subject, with fields that only a newer one knows.

import { type Mode, modes, type SchemaReference } from './entities.ts'
import { readConfig, readMetadata, readReference, readRuleSet } from './entity-json.ts'
import { FieldError, FieldReader } from './field-reader.ts'
import type { RecordKey } from './record-keys.ts'
import type { SchemaRecord } from './record-values.ts'
import { guidOfDigest } from './schema-guid.ts'

/** Confluent's keys of schemas had the magic 0 once, and have 1 since versions can be deleted. */
const schemaMagics = [0, 1]

/** @throws FieldError when it is no key that a registry could have written */
export function readKey(text: string): RecordKey {
  const fields = parse(text)
  const type = fields.text('keytype')
  const subject = fields.text('subject')
  switch (type) {
    case 'SCHEMA': {
      const magic = fields.integer('magic') ?? 0
      if (!schemaMagics.includes(magic)) throw new FieldError('magic', 'one of 0, 1', magic)
      return { type, subject: subject ?? '', version: required(fields, 'version') }
    }
    case 'CONFIG':
    case 'MODE':
    case 'CLEAR_SUBJECT':
      return { type, subject }
    case 'DELETE_SUBJECT':
      return { type, subject: subject ?? '' }
    case 'CONTEXT':
      return { type, context: fields.text('context') ?? '' }
    case 'NOOP':
    case 'ASSOC':
      return { type }
    default:
      throw new FieldError('keytype', 'a kind of record that registries write', type)
  }
}

/** @param guid the one that the record itself says, where its metadata are encrypted; else it is computed */
export interface ReadSchema extends SchemaRecord {
  readonly guid: string | undefined
}

/** @throws FieldError */
export function readSchemaValue(text: string, key: { readonly subject: string; readonly version: number }): ReadSchema {
  const fields = parse(text)
  // The key decides under which subject and version it is.
  fields.text('subject')
  fields.integer('version')
  fields.has('offset')
  fields.has('ts')
  const digest = fields.text('md5')
  return {
    ...key,
    id: required(fields, 'id'),
    guid: digest === undefined ? undefined : guidOfDigest(digest),
    content: {
      type: fields.text('schemaType') ?? 'AVRO',
      references: fields.objects('references', readWholeReference) ?? [],
      metadata: fields.object('metadata', readMetadata),
      ruleSet: fields.object('ruleSet', readRuleSet),
      text: fields.text('schema') ?? '',
    },
    isDeleted: fields.flag('deleted') ?? false,
    unknown: keptOf(fields, digest),
  }
}

// The digest is written again with a record that had one.
function keptOf(fields: FieldReader, md5: string | undefined) {
  const unknown = fields.unknown()
  return md5 === undefined ? unknown : { ...unknown, md5 }
}

/** @throws FieldError */
export function readConfigValue(text: string) {
  const fields = parse(text)
  for (const name of ['subject', 'offset', 'ts']) fields.has(name)
  const config = readConfig(fields)
  const unknown = fields.unknown()
  return unknown ? { ...config, unknown } : config
}

/** Undefined when the record says none. @throws FieldError */
export const readModeValue = (text: string): Mode | undefined => parse(text).word('mode', modes)

/** The version up to which a subject was deleted. @throws FieldError */
export const readDeletedVersion = (text: string): number => required(parse(text), 'version')

function readWholeReference(fields: FieldReader): SchemaReference {
  const { name, subject, version } = readReference(fields)
  return { name: name ?? '', subject: subject ?? '', version: version ?? -1 }
}

function required(fields: FieldReader, name: string): number {
  const value = fields.integer(name)
  if (value === undefined) throw new FieldError(name, 'a number', value)
  return value
}

function parse(text: string): FieldReader {
  try {
    return new FieldReader(JSON.parse(text))
  } catch (cause) {
    if (cause instanceof FieldError) throw cause
    throw new FieldError('', 'JSON', text)
  }
}
