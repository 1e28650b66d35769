// A change of a configuration: fields that are there replace, null removes, and what is not mentioned stays. Confluent:
// ConfigUpdateRequest, ConfigValue.update.

import { errors } from '../errors.ts'
import {
  type CompatibilityLevel,
  type CompatibilityPolicy,
  type Config,
  compatibilityLevels,
  compatibilityPolicies,
} from './entities.ts'
import { readMetadata, readRuleSet } from './entity-json.ts'
import type { FieldReader } from './field-reader.ts'
import { checkRuleSet } from './metadata.ts'

/** Fields to set; undefined: to remove. */
export type ConfigUpdate = Config

/** @throws FieldError, RegistryError 42203, 42210 */
export function readConfigUpdate(fields: FieldReader): ConfigUpdate {
  const readers: Record<string, [keyof Config, () => unknown]> = {
    alias: ['alias', () => fields.text('alias')],
    aliasForDeks: ['aliasForDeks', () => fields.text('aliasForDeks')],
    normalize: ['normalize', () => fields.flag('normalize')],
    validateFields: ['validateFields', () => fields.flag('validateFields')],
    validateNewSchemas: ['validateNewSchemas', () => fields.flag('validateNewSchemas')],
    validateRules: ['validateRules', () => fields.flag('validateRules')],
    // Newer clients send back what they were answered.
    compatibilityLevel: ['compatibilityLevel', () => readLevel(fields.text('compatibilityLevel'))],
    compatibility: ['compatibilityLevel', () => readLevel(fields.text('compatibility'))],
    compatibilityPolicy: ['compatibilityPolicy', () => readPolicy(fields.text('compatibilityPolicy'))],
    compatibilityGroup: ['compatibilityGroup', () => fields.text('compatibilityGroup')],
    defaultMetadata: ['defaultMetadata', () => fields.object('defaultMetadata', readMetadata)],
    overrideMetadata: ['overrideMetadata', () => fields.object('overrideMetadata', readMetadata)],
    defaultRuleSet: ['defaultRuleSet', () => readRules(fields, 'defaultRuleSet')],
    overrideRuleSet: ['overrideRuleSet', () => readRules(fields, 'overrideRuleSet')],
  }
  // Records have these beside a configuration: they are no fields of a newer client.
  for (const name of ['subject', 'offset', 'ts']) fields.has(name)
  const sent = Object.entries(readers).filter(([name]) => fields.has(name))
  const update = Object.fromEntries(sent.map(([, [field, read]]) => [field, read()])) as ConfigUpdate
  const unknown = fields.unknown()
  return unknown ? { ...update, unknown } : update
}

export const updatedConfig = (old: Config | undefined, update: ConfigUpdate): Config => ({
  ...old,
  ...update,
  ...(old?.unknown || update.unknown ? { unknown: { ...old?.unknown, ...update.unknown } } : {}),
})

function readLevel(text: string | undefined): CompatibilityLevel | undefined {
  if (text === undefined) return undefined
  const level = compatibilityLevels.find(name => name === text.toUpperCase())
  if (level === undefined) throw errors.invalidCompatibility()
  return level
}

// Confluent takes a policy that it does not know for none.
const readPolicy = (text: string | undefined): CompatibilityPolicy | undefined =>
  compatibilityPolicies.find(name => name === text?.toUpperCase())

function readRules(fields: FieldReader, name: string) {
  const ruleSet = fields.object(name, readRuleSet)
  checkRuleSet(ruleSet)
  return ruleSet
}
