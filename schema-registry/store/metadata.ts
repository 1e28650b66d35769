// Metadata and rule sets put together: what a configuration gives by default, what the schema itself has, and what the configuration has
// the last word on. Confluent: Metadata.mergeMetadata, RuleSet.mergeRuleSets, AbstractSchemaRegistry.maybeSetMetadataRuleSet.

import { errors } from '../errors.ts'
import type { Config, Metadata, Rule, RuleSet } from './entities.ts'

/** The property that says which version a schema was registered as. */
const versionProperty = 'confluent:version'
export const emptyMetadata: Metadata = { tags: new Map(), properties: new Map(), sensitive: [] }
const ruleNameLengthMax = 256

export function mergedMetadata(wide: Metadata | undefined, narrow: Metadata | undefined): Metadata | undefined {
  if (!wide || !narrow) return narrow ?? wide
  return {
    tags: sortedMap([...wide.tags, ...narrow.tags]),
    properties: sortedMap([...wide.properties, ...narrow.properties]),
    sensitive: [...new Set([...wide.sensitive, ...narrow.sensitive])].sort(),
  }
}

export function mergedRuleSets(wide: RuleSet | undefined, narrow: RuleSet | undefined): RuleSet | undefined {
  if (!wide || !narrow) return narrow ?? wide
  return {
    migrationRules: mergedRules(wide.migrationRules, narrow.migrationRules),
    domainRules: mergedRules(wide.domainRules, narrow.domainRules),
    encodingRules: mergedRules(wide.encodingRules, narrow.encodingRules),
    enableAt: narrow.enableAt ?? wide.enableAt,
  }
}

function mergedRules(wide: readonly Rule[], narrow: readonly Rule[]): readonly Rule[] {
  const names = new Set(narrow.map(({ name }) => name))
  return [...wide.filter(({ name }) => !names.has(name)), ...narrow]
}

export interface Annotations {
  readonly metadata: Metadata | undefined
  readonly ruleSet: RuleSet | undefined
}

/**
 * What a schema gets on registration: its own or else the latest version's annotations, between the configuration's defaults and
 * overrides.
 */
export function annotationsFor(config: Config, own: Annotations, latest: Annotations | undefined): Annotations {
  const metadata = own.metadata ?? latest?.metadata
  const ruleSet = own.ruleSet ?? latest?.ruleSet
  return {
    metadata: mergedMetadata(mergedMetadata(config.defaultMetadata, metadata), config.overrideMetadata),
    ruleSet: mergedRuleSets(mergedRuleSets(config.defaultRuleSet, ruleSet), config.overrideRuleSet),
  }
}

export const versionIn = (metadata: Metadata | undefined): string | undefined =>
  metadata?.properties.get(versionProperty)

/** The version as a number; undefined when there is none, or something else. */
export function versionNumberIn(metadata: Metadata | undefined): number | undefined {
  const text = versionIn(metadata)
  return text !== undefined && /^[+-]?\d+$/.test(text) ? Number(text) : undefined
}

export function withVersion(metadata: Metadata | undefined, version: number): Metadata {
  const { tags, properties, sensitive } = metadata ?? emptyMetadata
  return { tags, properties: sortedMap([...properties, [versionProperty, String(version)]]), sensitive }
}

export function withoutVersion(metadata: Metadata): Metadata {
  return { ...metadata, properties: new Map([...metadata.properties].filter(([name]) => name !== versionProperty)) }
}

/** @throws RegistryError 42210 when a rule has no right name, type or mode (Confluent: RuleSet.validate, Rule.validate) */
export function checkRuleSet(ruleSet: RuleSet | undefined): void {
  if (ruleSet === undefined) return
  const names = new Set<string | undefined>()
  checkRules(ruleSet.migrationRules, names, ['UPGRADE', 'DOWNGRADE', 'UPDOWN'], 'Migration')
  checkRules(ruleSet.domainRules, names, ['WRITE', 'READ', 'WRITEREAD'], 'Domain')
  checkRules(ruleSet.encodingRules, names, ['WRITE', 'READ', 'WRITEREAD'], 'Encoding')
}

function checkRules(
  rules: readonly Rule[],
  names: Set<string | undefined>,
  modes: readonly string[],
  what: string,
): void {
  for (const rule of rules) {
    if (names.has(rule.name)) throw errors.invalidRuleSet(`Found rule with duplicate name '${rule.name}'`)
    names.add(rule.name)
    checkRule(rule)
    if (!modes.includes(rule.mode)) throw errors.invalidRuleSet(`${what} rules can only be ${modes.join(', ')}`)
  }
}

function checkRule({ name, type, mode, onSuccess, onFailure }: Rule): void {
  if (name === undefined) throw errors.invalidRuleSet('Missing rule name')
  if (name === '') throw errors.invalidRuleSet('Empty rule name')
  if (name.length > ruleNameLengthMax) throw errors.invalidRuleSet('Rule name too long')
  if (!/^[\p{L}_]/u.test(name)) throw errors.invalidRuleSet(`Illegal initial character in rule name: ${name}`)
  if (!/^[\p{L}\p{Nd}_-]+$/u.test(name)) throw errors.invalidRuleSet(`Illegal character in rule name: ${name}`)
  if (type === undefined) throw errors.invalidRuleSet('Missing rule type')
  const hasManyActions = [onSuccess, onFailure].some(action => action?.includes(','))
  if (hasManyActions && mode !== 'WRITEREAD' && mode !== 'UPDOWN') {
    throw errors.invalidRuleSet('Multiple actions only valid with WRITEREAD and UPDOWN')
  }
}

function sortedMap<T>(entries: ReadonlyArray<readonly [string, T]>): ReadonlyMap<string, T> {
  return new Map([...new Map(entries)].sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** Whether two are the same, with all that is in them. */
export const sameMetadata = (a: Metadata | undefined, b: Metadata | undefined): boolean => imageOf(a) === imageOf(b)
export const sameRuleSets = (a: RuleSet | undefined, b: RuleSet | undefined): boolean => imageOf(a) === imageOf(b)

// Their maps are sorted and their fields have one order each, so that equal ones have equal texts.
function imageOf(value: unknown): string | undefined {
  return JSON.stringify(value, (_name, item) => (item instanceof Map ? [...item] : item))
}
