// Tags inside an Avro schema: `"confluent:tags": ["PII"]` at a record or a field. They are found, and a copy of the schema is made with
// some more or fewer. Confluent: AvroSchema.inlineTaggedEntities and modifySchemaTags, AvroSchemaUtils.findMatchingEntity.

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

type Node = Record<string, unknown>

/** @throws FieldError */
export function readSchemaTags(fields: FieldReader): SchemaTags {
  const entity = fields.object('schemaEntity', inner => ({
    entityPath: inner.text('entityPath') ?? '',
    entityType: inner.word('entityType', ['sr_record', 'sr_field'] as const) ?? 'sr_record',
  }))
  return { entityPath: '', entityType: 'sr_record', ...entity, tags: fields.texts('tags') ?? [] }
}

/** Where the schema has one of the tags (`*`: any), as answers say it. Only Avro has such tags. */
export function findTags(content: SchemaContent, tags: readonly string[]): object[] {
  if (content.type !== 'AVRO') return []
  const found: SchemaTags[] = []
  visit(JSON.parse(content.text), '', (entityPath, entityType, node) => {
    const own = tagsOf(node)
    if (own.length > 0) found.push({ entityPath: entityPath.replace(/^\./, ''), entityType, tags: own })
  })
  const wanted = tags.includes('*') ? found : found.filter(one => one.tags.some(tag => tags.includes(tag)))
  return wanted.map(({ entityPath, entityType, tags: own }) => ({
    schemaEntity: { entityPath, entityType },
    tags: own,
  }))
}

/**
 * The text with tags added and then removed.
 * @throws RegistryError 42201 when there is no such record or field
 */
export function withTags(text: string, added: readonly SchemaTags[], removed: readonly SchemaTags[]): string {
  const schema: unknown = JSON.parse(text)
  const entities = new Map<string, Node>()
  visit(schema, '', (path, type, node) => entities.set(`${type} ${path.replace(/^\./, '')}`, node))
  for (const change of [...added, ...removed]) {
    const node = entityNamed(entities, change)
    const taken = new Set(removed.includes(change) ? change.tags : [])
    const all = new Set([...tagsOf(node), ...(removed.includes(change) ? [] : change.tags)])
    const left = [...all].filter(tag => !taken.has(tag))
    if (left.length === 0) delete node[tagsProperty]
    else node[tagsProperty] = left
  }
  return JSON.stringify(schema)
}

function entityNamed(entities: ReadonlyMap<string, Node>, { entityPath, entityType }: SchemaTags): Node {
  const path = entityPath.replace(/^\./, '')
  const exact = entities.get(`${entityType} ${path}`)
  if (exact) return exact
  // A path without a namespace means the first record with that name.
  const ending = `.${path}`
  for (const [name, node] of entities) if (name.startsWith(entityType) && name.endsWith(ending)) return node
  throw errors.invalidSchema(`No matching path '${entityPath}' of type ${entityType} found in the schema`)
}

const tagsOf = (node: Node): string[] => (Array.isArray(node[tagsProperty]) ? node[tagsProperty].map(String) : [])

type Visitor = (path: string, type: TaggedEntityType, node: Node) => void

// A name that is referred to is a text, so that a recursive type ends by itself.
function visit(node: unknown, namespace: string, seen: Visitor): void {
  if (Array.isArray(node)) for (const branch of node) visit(branch, namespace, seen)
  else if (typeof node === 'object' && node !== null) visitType(node as Node, namespace, seen)
}

function visitType(node: Node, namespace: string, seen: Visitor): void {
  const { type } = node
  if (typeof type === 'object') visit(type, namespace, seen)
  else if (type === 'array') visit(node.items, namespace, seen)
  else if (type === 'map') visit(node.values, namespace, seen)
  else if (type === 'record' || type === 'error') visitRecord(node, namespace, seen)
}

function visitRecord(node: Node, namespace: string, seen: Visitor): void {
  const name = String(node.name)
  const fullName = name.includes('.') ? name : joined(String(node.namespace ?? namespace), name)
  seen(fullName, 'sr_record', node)
  const within = fullName.slice(0, Math.max(0, fullName.lastIndexOf('.')))
  for (const field of Array.isArray(node.fields) ? (node.fields as Node[]) : []) {
    seen(`${fullName}.${String(field.name)}`, 'sr_field', field)
    visit(field.type, within, seen)
  }
}

const joined = (namespace: string, name: string) => (namespace === '' ? name : `${namespace}.${name}`)
