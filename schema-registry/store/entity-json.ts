// A schema's parts and configurations as JSON and back. The order of fields is that of Confluent's classes (storage.SchemaReference,
// Metadata, RuleSet, Rule, ConfigValue), since records of `_schemas` are written with it.

import {
  type Config,
  compatibilityLevels,
  compatibilityPolicies,
  executionEnvironments,
  type Metadata,
  type Rule,
  type RuleSet,
  ruleKinds,
  ruleModes,
  type SchemaReference,
} from './entities.ts'
import type { FieldReader } from './field-reader.ts'
import { type Fields, objectOf } from './java-json.ts'

export function readReference(fields: FieldReader): Partial<SchemaReference> {
  return { name: fields.text('name'), subject: fields.text('subject'), version: fields.integer('version') }
}

export function referenceJson({ name, subject, version }: SchemaReference): object {
  return objectOf([['name', name], ['subject', subject], ['version', version]]) // biome-ignore format: one thought
}

export function readMetadata(fields: FieldReader): Metadata {
  return {
    tags: fields.textSetMap('tags') ?? new Map(),
    properties: fields.textMap('properties') ?? new Map(),
    sensitive: fields.textSet('sensitive') ?? [],
  }
}

export function metadataJson({ tags, properties, sensitive }: Metadata): object {
  return objectOf([['tags', tags], ['properties', properties], ['sensitive', sensitive]]) // biome-ignore format: one thought
}

export function readRuleSet(fields: FieldReader): RuleSet {
  return {
    migrationRules: fields.objects('migrationRules', readRule) ?? [],
    domainRules: fields.objects('domainRules', readRule) ?? [],
    encodingRules: fields.objects('encodingRules', readRule) ?? [],
    enableAt: fields.word('enableAt', executionEnvironments),
  }
}

function readRule(fields: FieldReader): Rule {
  return {
    name: fields.text('name'),
    doc: fields.text('doc'),
    kind: fields.word('kind', ruleKinds) ?? 'TRANSFORM',
    mode: fields.word('mode', ruleModes) ?? 'WRITEREAD',
    type: fields.text('type'),
    tags: fields.textSet('tags') ?? [],
    params: fields.textMap('params') ?? new Map(),
    expr: fields.text('expr'),
    onSuccess: fields.text('onSuccess'),
    onFailure: fields.text('onFailure'),
    disabled: fields.flag('disabled') ?? false,
  }
}

export function ruleSetJson(ruleSet: RuleSet): object {
  return objectOf([
    ['migrationRules', ruleSet.migrationRules.map(ruleJson)],
    ['domainRules', ruleSet.domainRules.map(ruleJson)],
    ['encodingRules', ruleSet.encodingRules.map(ruleJson)],
    ['enableAt', ruleSet.enableAt],
  ])
}

function ruleJson(rule: Rule): object {
  return objectOf([
    ['name', rule.name],
    ['doc', rule.doc],
    ['kind', rule.kind],
    ['mode', rule.mode],
    ['type', rule.type],
    ['tags', rule.tags],
    ['params', rule.params],
    ['expr', rule.expr],
    ['onSuccess', rule.onSuccess],
    ['onFailure', rule.onFailure],
    ['disabled', rule.disabled],
  ])
}

/** Reads a configuration as records and answers have it. Those of requests are read by config-update.ts. */
export function readConfig(fields: FieldReader): Config {
  return {
    alias: fields.text('alias'),
    aliasForDeks: fields.text('aliasForDeks'),
    normalize: fields.flag('normalize'),
    validateFields: fields.flag('validateFields'),
    validateNewSchemas: fields.flag('validateNewSchemas'),
    validateRules: fields.flag('validateRules'),
    compatibilityLevel: fields.word('compatibilityLevel', compatibilityLevels),
    compatibilityPolicy: fields.word('compatibilityPolicy', compatibilityPolicies),
    compatibilityGroup: fields.text('compatibilityGroup'),
    defaultMetadata: fields.object('defaultMetadata', readMetadata),
    overrideMetadata: fields.object('overrideMetadata', readMetadata),
    defaultRuleSet: fields.object('defaultRuleSet', readRuleSet),
    overrideRuleSet: fields.object('overrideRuleSet', readRuleSet),
  }
}

/** @param levelName `compatibilityLevel` in records and answers, `compatibility` where an update is echoed */
export function configFields(config: Config, levelName = 'compatibilityLevel'): Fields {
  return [
    ['alias', config.alias],
    ['aliasForDeks', config.aliasForDeks],
    ['normalize', config.normalize],
    ['validateFields', config.validateFields],
    ['validateNewSchemas', config.validateNewSchemas],
    ['validateRules', config.validateRules],
    [levelName, config.compatibilityLevel],
    ['compatibilityPolicy', config.compatibilityPolicy],
    ['compatibilityGroup', config.compatibilityGroup],
    ['defaultMetadata', config.defaultMetadata && metadataJson(config.defaultMetadata)],
    ['overrideMetadata', config.overrideMetadata && metadataJson(config.overrideMetadata)],
    ['defaultRuleSet', config.defaultRuleSet && ruleSetJson(config.defaultRuleSet)],
    ['overrideRuleSet', config.overrideRuleSet && ruleSetJson(config.overrideRuleSet)],
    ...Object.entries(config.unknown ?? {}),
  ]
}
