// A schema's GUID: the MD5 of its content, written as a UUID. What two schemas are compared by, and what clients may put into a record's
// headers instead of an id. Specified by Confluent's entities: each updates the digest with its parts (Schema.updateHash and the rest).

import { createHash, type Hash } from 'node:crypto'
import type { Metadata, Rule, RuleSet, SchemaContent, SchemaReference } from './entities.ts'

export function guidOf(content: Omit<SchemaContent, 'type'>): string {
  const hash = createHash('md5').update(content.text, 'utf8')
  for (const reference of content.references) addReference(hash, reference)
  // The byte tells an empty one from a missing one.
  if (content.metadata) addMetadata(hash.update('\u0001'), content.metadata)
  if (content.ruleSet) addRuleSet(hash.update('\u0001'), content.ruleSet)
  return uuidOf(hash.digest('hex'))
}

/** Reads a GUID as UUID or as plain hexadecimal digits; undefined when it is neither. */
export function parseGuid(text: string): string | undefined {
  const digits = text.toLowerCase().replaceAll('-', '')
  if (!/^[0-9a-f]{32}$/.test(digits)) return undefined
  const guid = uuidOf(digits)
  return text.includes('-') && text.toLowerCase() !== guid ? undefined : guid
}

/** The UUID of a digest in base 64, as Confluent keeps it beside a schema whose metadata it encrypted. */
export function guidOfDigest(base64: string): string | undefined {
  const hex = Buffer.from(base64, 'base64').toString('hex')
  return hex.length === 32 ? uuidOf(hex) : undefined
}

function uuidOf(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

function addReference(hash: Hash, { name, subject, version }: SchemaReference): void {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(version)
  hash.update(name, 'utf8').update(subject, 'utf8').update(bytes)
}

function addMetadata(hash: Hash, { tags, properties, sensitive }: Metadata): void {
  for (const [name, values] of tags) addTexts(hash, [name, ...values])
  for (const pair of properties) addTexts(hash, pair)
  addTexts(hash, sensitive)
}

function addRuleSet(hash: Hash, { migrationRules, domainRules, encodingRules, enableAt }: RuleSet): void {
  for (const rule of [...migrationRules, ...domainRules, ...encodingRules]) addRule(hash, rule)
  addTexts(hash, [enableAt])
}

function addRule(hash: Hash, rule: Rule): void {
  addTexts(hash, [rule.name, rule.doc, rule.kind, rule.mode, rule.type, ...rule.tags])
  for (const pair of rule.params) addTexts(hash, pair)
  addTexts(hash, [rule.expr, rule.onSuccess, rule.onFailure])
  if (rule.disabled) hash.update('\u0001')
}

function addTexts(hash: Hash, texts: ReadonlyArray<string | undefined>): void {
  for (const text of texts) if (text !== undefined) hash.update(text, 'utf8')
}
