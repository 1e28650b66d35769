// What DescribeConfigs says: every setting of a topic, broker, group or client metrics subscription with its effective
// value, where that comes from, and the settings that would take its place. Source: ConfigHelper of Kafka 4.3.0.
//
// Values are exact text, LONGs are never rounded. Sensitive values are never told. Entries are in the order of the tables
// (Kafka's is the order of a hash map).

import type { BrokerConfig, BrokerSettingName, SettingTexts } from './broker-config.ts'
import { brokerSetting, brokerSettings } from './broker-settings.ts'
import { clientMetricsSettings } from './client-metrics-settings.ts'
import { brokerSynonyms } from './dynamic-config.ts'
import { groupValue } from './group-config.ts'
import { type GroupSettingName, groupSettings, groupSynonym } from './group-settings.ts'
import { defaultValue, parseSetting } from './parse-setting.ts'
import { isSensitive, type Setting, type SettingTable, type SettingType } from './setting.ts'
import { settingText } from './setting-text.ts'
import { dynamicOnlySettings } from './settings/dynamic-only-settings.ts'
import { type TopicSettingName, topicSettings, topicSynonyms } from './topic-settings.ts'
import { topicValue } from './topic-value.ts'

/** Where a value comes from. */
export const configSource = {
  TOPIC_CONFIG: 1,
  DYNAMIC_BROKER_CONFIG: 2,
  DYNAMIC_DEFAULT_BROKER_CONFIG: 3,
  STATIC_BROKER_CONFIG: 4,
  DEFAULT_CONFIG: 5,
  DYNAMIC_BROKER_LOGGER_CONFIG: 6,
  CLIENT_METRICS_CONFIG: 7,
  GROUP_CONFIG: 8,
} as const

/** The codes of types; 0 is a setting that nobody knows. */
export const configType: Readonly<Record<SettingType, number>> = {
  boolean: 1,
  string: 2,
  int: 3,
  short: 4,
  long: 5,
  double: 6,
  list: 7,
  class: 8,
  password: 9,
}

export interface ConfigSynonym {
  readonly name: string
  readonly value: string | null
  readonly source: number
}

/** One entry of the answer, in the words of the protocol, without documentation. */
export interface ConfigEntry {
  readonly name: string
  readonly value: string | null
  readonly readOnly: boolean
  readonly configSource: number
  readonly isSensitive: boolean
  /** In order of precedence; the first one gives the value. Leave out when the request did not ask for them. */
  readonly synonyms: readonly ConfigSynonym[]
  readonly configType: number
}

/** A topic's settings. `config` has the dynamic values of this broker applied (withDynamic). */
export function describeTopicConfig(config: BrokerConfig, overrides: SettingTexts): readonly ConfigEntry[] {
  return shownNames(topicSettings, overrides).map(name => {
    const setting: Setting = topicSettings[name as TopicSettingName]
    const primary = topicSynonyms[name as TopicSettingName]?.[0]?.name
    const inherited = primary ? brokerSynonymsOf(config, primary, false) : []
    // An internal setting is shown as it was written.
    const own = setting.internal ? overrides.get(name) : undefined
    const value = own ?? settingText(setting.type, topicValue(config, overrides, name as TopicSettingName))
    return entry(name, setting, value, withOwn(name, value, overrides, configSource.TOPIC_CONFIG, inherited))
  })
}

/** A broker's settings, with those that somebody set and nobody knows. */
export function describeBrokerConfig(config: BrokerConfig): readonly ConfigEntry[] {
  const known = shownNames(brokerSettings, config.texts).map(name => {
    const setting = brokerSetting(name) as Setting
    const written = setting.internal ? config.texts.get(name) : undefined
    return brokerEntry(config, name, setting, written ?? config.text(name as BrokerSettingName))
  })
  const names = [...config.texts.keys()].filter(name => !brokerSetting(name))
  return [...known, ...names.map(name => brokerEntry(config, name, dynamicOnlySettings[name], config.texts.get(name)!))]
}

/** The settings that were changed at run time for the whole cluster: the broker resource with an empty name. */
export function describeClusterConfig(config: BrokerConfig): readonly ConfigEntry[] {
  return [...config.dynamicTexts.cluster].map(([name, text]) => {
    const described = brokerEntry(config, name, brokerSetting(name) ?? dynamicOnlySettings[name], text)
    const synonyms = described.synonyms.filter(each => each.source === configSource.DYNAMIC_DEFAULT_BROKER_CONFIG)
    return { ...described, synonyms, configSource: synonyms[0]?.source ?? configSource.DEFAULT_CONFIG }
  })
}

/** A group's settings, also of a group that does not exist. */
export function describeGroupConfig(config: BrokerConfig, overrides: SettingTexts): readonly ConfigEntry[] {
  return shownNames(groupSettings, overrides).map(name => {
    const setting: Setting = groupSettings[name as GroupSettingName]
    const synonym = groupSynonym(name as GroupSettingName)
    const fallback = { name, value: setting.default ?? null, source: configSource.DEFAULT_CONFIG }
    const inherited = synonym ? brokerSynonymsOf(config, synonym, false) : [fallback]
    const value = settingText(setting.type, groupValue(config, overrides, name as GroupSettingName))
    return entry(name, setting, value, withOwn(name, value, overrides, configSource.GROUP_CONFIG, inherited))
  })
}

/** The settings of a client metrics subscription, also of one that does not exist. */
export function describeClientMetricsConfig(overrides: SettingTexts): readonly ConfigEntry[] {
  return Object.entries(clientMetricsSettings as SettingTable).map(([name, setting]) => {
    const text = overrides.get(name)
    const parsed = text === undefined ? undefined : parseSetting(name, setting, text)
    const value = settingText(setting.type, parsed && 'value' in parsed ? parsed.value : defaultValue(setting))
    return entry(name, setting, value, withOwn(name, value, overrides, configSource.CLIENT_METRICS_CONFIG, []))
  })
}

/** Internal settings are shown only where somebody set them. */
const shownNames = (table: SettingTable, set: SettingTexts): readonly string[] =>
  Object.keys(table).filter(name => !table[name]?.internal || set.has(name))

function brokerEntry(
  config: BrokerConfig,
  name: string,
  setting: Setting | undefined,
  value: string | null,
): ConfigEntry {
  const hidden = !setting || isSensitive(setting)
  const readOnly = !setting || setting.updateMode === 'read-only'
  return { ...entry(name, setting, value, brokerSynonymsOf(config, name, hidden)), readOnly }
}

function entry(
  name: string,
  setting: Setting | undefined,
  value: string | null,
  synonyms: readonly ConfigSynonym[],
): ConfigEntry {
  const hidden = !setting || isSensitive(setting)
  return {
    name,
    value: hidden ? null : value,
    readOnly: false,
    configSource: synonyms[0]?.source ?? configSource.DEFAULT_CONFIG,
    isSensitive: hidden,
    synonyms,
    configType: setting ? configType[setting.type] : 0,
  }
}

function withOwn(
  name: string,
  value: string | null,
  overrides: SettingTexts,
  source: number,
  inherited: readonly ConfigSynonym[],
): readonly ConfigSynonym[] {
  return overrides.has(name) ? [{ name, value, source }, ...inherited] : inherited
}

/**
 * A broker setting and those that say the same, as far as they have a value, from each level. What precedes the first
 * one of that very name is left out: Kafka does so, with the result that `log.roll.hours` in the file is not named as
 * the source of `segment.ms`.
 */
function brokerSynonymsOf(config: BrokerConfig, name: string, hidden: boolean): readonly ConfigSynonym[] {
  const names = brokerSynonyms(name)
  const level = (source: number, read: (name: string) => string | null | undefined): ConfigSynonym[] =>
    names.flatMap(each => {
      const value = read(each)
      return value === null || value === undefined ? [] : [{ name: each, value: hidden ? null : value, source }]
    })
  const all = [
    ...level(configSource.DYNAMIC_BROKER_CONFIG, each => config.dynamicTexts.broker.get(each)),
    ...level(configSource.DYNAMIC_DEFAULT_BROKER_CONFIG, each => config.dynamicTexts.cluster.get(each)),
    ...level(configSource.STATIC_BROKER_CONFIG, each => config.staticTexts.get(each)),
    ...level(configSource.DEFAULT_CONFIG, each => brokerSetting(each)?.default),
  ]
  const first = all.findIndex(each => each.name === name)
  return first < 0 ? [] : all.slice(first)
}
