// Tags inside an Avro schema: `"confluent:tags": ["PII"]` at a record or a field. They are found, and a copy of the schema is made with
// some more or fewer. Confluent: AvroSchema.inlineTaggedEntities and modifySchemaTags, AvroSchemaUtils.findMatchingEntity.

import { readJson } from '../avro/json-reader.ts'
import { jsonText } from '../avro/json-text.ts'
import { isArray, isObject, type JsonObject, type JsonValue, textAt } from '../avro/json-value.ts'
import { errors } from '../errors.ts'
import type { SchemaContent } from './entities.ts'
import type { FieldReader } from './field-reader.ts'

export type TaggedEntityType = 'sr_record' | 'sr_field'

/** Tags of one record or field. */
export interface SchemaTags {
  /** The record's full name, for a field with its name behind it. */
  readonly entityPath: string
  readonly entityType: TaggedEntityType
  readonly tags: readonly string[]
}

const tagsProperty = 'confluent:tags'

type Node = JsonObject

/** @throws FieldError */
export function readSchemaTags(fields: FieldReader): SchemaTags {
  const entity = fields.object('schemaEntity', inner => ({
    entityPath: inner.text('entityPath') ?? '',
    entityType: inner.word('entityType', ['sr_record', 'sr_field'] as const) ?? 'sr_record',
  }))
  return { entityPath: '', entityType: 'sr_record', ...entity, tags: fields.texts('tags') ?? [] }
}

/** Where the schema has one of the tags (`*`: any). Only Avro has such tags. */
export function findTags(content: SchemaContent, tags: readonly string[]): SchemaTags[] {
  if (content.type !== 'AVRO') return []
  const found: SchemaTags[] = []
  visit(readJson(content.text), '', (entityPath, entityType, node) => {
    const own = tagsOf(node)
    if (own.length > 0) found.push({ entityPath, entityType, tags: own })
  })
  return tags.includes('*') ? found : found.filter(one => one.tags.some(tag => tags.includes(tag)))
}

/** As answers have it. */
export const schemaTagsJson = ({ entityPath, entityType, tags }: SchemaTags): object => ({
  schemaEntity: { entityPath, entityType },
  tags,
})

export interface TagChanges {
  readonly added: readonly SchemaTags[]
  readonly removed: readonly SchemaTags[]
  /** Added where the schema has such a record or field, else not. */
  readonly inherited?: readonly SchemaTags[]
}

/**
 * The text with tags added and then removed. All else stays as it is, also numbers that JavaScript would round.
 * @throws RegistryError 42201 when there is no such record or field
 */
export function withTags(text: string, { added, removed, inherited = [] }: TagChanges): string {
  const schema = readJson(text)
  const entities = new Map<string, Node>()
  visit(schema, '', (path, type, node) => entities.set(`${type} ${path}`, node))
  for (const { tags, ...entity } of inherited) {
    const node = entityNamed(entities, entity)
    if (node) changeTags(node, own => [...own, ...tags])
  }
  for (const { tags, ...entity } of added) changeTags(existing(entities, entity), own => [...own, ...tags])
  for (const { tags, ...entity } of removed) {
    changeTags(existing(entities, entity), own => own.filter(tag => !tags.includes(tag)))
  }
  return jsonText(schema)
}

// The schema was read for this, so that its maps are nobody else's.
function changeTags(node: Node, change: (own: readonly string[]) => readonly string[]): void {
  const tags = [...new Set(change(tagsOf(node)))]
  const writable = node as Map<string, JsonValue>
  if (tags.length === 0) writable.delete(tagsProperty)
  else writable.set(tagsProperty, tags)
}

type Entity = Omit<SchemaTags, 'tags'>

function existing(entities: ReadonlyMap<string, Node>, entity: Entity): Node {
  const node = entityNamed(entities, entity)
  if (node) return node
  throw errors.invalidSchema(`No matching path '${entity.entityPath}' of type ${entity.entityType} found in the schema`)
}

function entityNamed(entities: ReadonlyMap<string, Node>, { entityPath, entityType }: Entity): Node | undefined {
  const path = entityPath.replace(/^\./, '')
  const exact = entities.get(`${entityType} ${path}`)
  if (exact) return exact
  // A path without a namespace means the first record with that name.
  for (const [name, node] of entities) if (name.startsWith(entityType) && name.endsWith(`.${path}`)) return node
  return undefined
}

function tagsOf(node: Node): string[] {
  const tags = node.get(tagsProperty)
  return isArray(tags) ? tags.map(String) : []
}

type Visitor = (path: string, type: TaggedEntityType, node: Node) => void

// A name that is referred to is a text, so that a recursive type ends by itself.
function visit(node: JsonValue | undefined, namespace: string, seen: Visitor): void {
  if (isArray(node)) for (const branch of node) visit(branch, namespace, seen)
  else if (isObject(node)) visitType(node, namespace, seen)
}

function visitType(node: Node, namespace: string, seen: Visitor): void {
  const type = node.get('type')
  if (type === 'array') visit(node.get('items'), namespace, seen)
  else if (type === 'map') visit(node.get('values'), namespace, seen)
  else if (type === 'record' || type === 'error') visitRecord(node, namespace, seen)
  else visit(type, namespace, seen)
}

function visitRecord(node: Node, namespace: string, seen: Visitor): void {
  const name = textAt(node, 'name') ?? ''
  const fullName = name.includes('.') ? name : joined(textAt(node, 'namespace') ?? namespace, name)
  seen(fullName, 'sr_record', node)
  const within = fullName.slice(0, Math.max(0, fullName.lastIndexOf('.')))
  const fields = node.get('fields')
  for (const field of isArray(fields) ? fields.filter(isObject) : []) {
    seen(`${fullName}.${textAt(field, 'name') ?? ''}`, 'sr_field', field)
    visit(field.get('type'), within, seen)
  }
}

const joined = (namespace: string, name: string) => (namespace === '' ? name : `${namespace}.${name}`)
