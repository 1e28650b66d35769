// A schema as a request brings it. Confluent: RegisterSchemaRequest, TagSchemaRequest.

import type { Draft } from '../store/draft.ts'
import { readMetadata, readReference, readRuleSet } from '../store/entity-json.ts'
import type { FieldReader } from '../store/field-reader.ts'
import { checkRuleSet } from '../store/metadata.ts'
import { readSchemaTags, type SchemaTags } from '../store/schema-tags.ts'
import type { BodyDefinition } from './route.ts'

/** A draft that does not know its subject yet, which the path names. */
export interface SchemaRequest extends Omit<Draft, 'subject'> {
  readonly tagsToAdd: readonly SchemaTags[]
  readonly tagsToRemove: readonly SchemaTags[]
  /** Whether the latest version's tags come along. */
  readonly propagatesTags: boolean
}

/** What clients send back of an answer, and what has no meaning in a request: neither is a field of a newer client. */
const answeredFields = [
  'subject',
  'guid',
  'ts',
  'deleted',
  'schemaTags',
  'maxId',
  'aliases',
  'associations',
  'offset',
  'md5',
]

/** Names and values to keep if nobody knows them. */
function readSchemaRequest(fields: FieldReader): SchemaRequest {
  for (const name of answeredFields) fields.has(name)
  return {
    version: fields.integer('version') ?? 0,
    id: fields.integer('id') ?? -1,
    type: fields.text('schemaType') ?? 'AVRO',
    references: fields.objects('references', readReference) ?? [],
    metadata: fields.object('metadata', readMetadata),
    ruleSet: fields.object('ruleSet', readRuleSet),
    text: fields.text('schema'),
    tagsToAdd: fields.objects('schemaTagsToAdd', readSchemaTags) ?? [],
    tagsToRemove: fields.objects('schemaTagsToRemove', readSchemaTags) ?? [],
    propagatesTags: fields.flag('propagateSchemaTags') ?? false,
    unknown: fields.unknown(),
  }
}

export const schemaBody: BodyDefinition<SchemaRequest> = {
  schema: 'RegisterSchemaRequest',
  read: fields => {
    const request = readSchemaRequest(fields)
    checkRuleSet(request.ruleSet)
    return request
  },
}

/** What a version's tags, metadata and rules are to become. */
export interface TagRequest extends Pick<Draft, 'metadata' | 'ruleSet'> {
  readonly newVersion: number | undefined
  readonly tagsToAdd: readonly SchemaTags[]
  readonly tagsToRemove: readonly SchemaTags[]
  readonly rulesToMerge: Draft['ruleSet']
  readonly rulesToRemove: readonly string[] | undefined
}

export const tagBody: BodyDefinition<TagRequest> = {
  schema: 'TagSchemaRequest',
  read: fields => ({
    newVersion: fields.integer('newVersion'),
    tagsToAdd: fields.objects('tagsToAdd', readSchemaTags) ?? [],
    tagsToRemove: fields.objects('tagsToRemove', readSchemaTags) ?? [],
    metadata: fields.object('metadata', readMetadata),
    ruleSet: fields.object('ruleSet', readRuleSet),
    rulesToMerge: fields.object('rulesToMerge', readRuleSet),
    rulesToRemove: fields.texts('rulesToRemove'),
  }),
}
