// Against Kafka 4.3.0's own tables: every setting of brokers, topics, groups and client metrics subscriptions.

import { describe, expect, test } from 'vitest'
import { brokerSettings } from './broker-settings.ts'
import { clientMetricsSettings } from './client-metrics-settings.ts'
import { configSource, configType } from './describe-config.ts'
import { brokerSynonyms } from './dynamic-config.ts'
import { groupSettings, groupSynonym } from './group-settings.ts'
import { parseProtocolMap } from './listener.ts'
import type { Setting, SettingTable } from './setting.ts'
import { dynamicOnlySettings } from './settings/dynamic-only-settings.ts'
import { ownSettings } from './settings/own-settings.ts'
import { testJson } from './testdata/reader.ts'
import { topicSettings, topicSynonyms } from './topic-settings.ts'

interface KafkaSetting {
  name: string
  type: string
  hasDefault: boolean
  default: string | null
  validator: { class: string; text: string } | null
  internal: boolean
}

interface KafkaTables {
  broker: KafkaSetting[]
  dynamicOnlyBroker: KafkaSetting[]
  topic: KafkaSetting[]
  group: KafkaSetting[]
  clientMetrics: KafkaSetting[]
  updateModes: Record<string, string>
  topicSynonyms: Record<string, { name: string; converts7to: string }[]>
  groupSynonyms: Record<string, string | null>
  brokerSynonyms: Record<string, string[]>
  configSources: Record<string, number>
  configTypes: Record<string, number>
}

const kafka = testJson<KafkaTables>('kafka-settings.json')
const own = Object.keys(ownSettings)

/** Our table in the words of Kafka's. The rules themselves are compared value by value in parse-setting.test.ts. */
const inKafkaWords = (table: SettingTable) =>
  Object.entries(table)
    .filter(([name]) => !own.includes(name))
    .map(([name, setting]) => ({
      name,
      type: setting.type.toUpperCase(),
      hasDefault: setting.default !== undefined,
      default: defaultText(name, setting.default ?? null),
      rule: setting.rule !== null,
      internal: setting.internal,
    }))
    .sort(byName)

const ofKafka = (settings: KafkaSetting[]) =>
  settings
    .map(({ name, type, hasDefault, default: text, validator, internal }) => ({
      name,
      type,
      hasDefault,
      default: defaultText(name, text),
      rule: validator !== null,
      internal,
    }))
    .sort(byName)

/** Kafka's text of this one default is in the order of a hash map, another one on every start. */
const defaultText = (name: string, text: string | null) =>
  name === 'listener.security.protocol.map' ? [...parseProtocolMap(text ?? '')].sort().join() : text

const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1)

describe('the tables', () => {
  test.each([
    ['broker', brokerSettings, 360],
    ['dynamicOnlyBroker', dynamicOnlySettings, 3],
    ['topic', topicSettings, 34],
    ['group', groupSettings, 17],
    ['clientMetrics', clientMetricsSettings, 3],
  ] as const)('of %s settings have the names, types and defaults of Kafka', (name, table, count) => {
    expect(kafka[name].length).toBe(count)
    expect(inKafkaWords(table)).toEqual(ofKafka(kafka[name]))
  })

  test('say how every broker setting may change, as Kafka does', () => {
    const modes = Object.entries({ ...brokerSettings, ...dynamicOnlySettings })
      .filter(([, setting]) => setting.updateMode !== 'read-only')
      .map(([name, setting]) => [name, setting.updateMode])
    expect(Object.fromEntries(modes)).toEqual(kafka.updateModes)
  })

  test('say what Millrace does with every broker setting, and why', () => {
    for (const [name, setting] of Object.entries(brokerSettings as SettingTable) as [string, Setting][]) {
      expect(['implemented', 'warn', 'refuse'], name).toContain(setting.status)
      expect(setting.advice === '', name).toBe(setting.status === 'implemented')
    }
  })

  test('refuse whatever belongs to encryption, authentication, authorisation and quotas', () => {
    for (const [name, setting] of Object.entries(brokerSettings as SettingTable))
      if (!name.startsWith('remote.') && /^(ssl|sasl|delegation\.token)\.|authorizer|policy\.class|quota/.test(name))
        expect(setting.status, name).toBe('refuse')
  })

  test('fall back from topics to brokers as Kafka does, in the same units', () => {
    const ours = Object.entries(topicSynonyms).map(([name, synonyms]) => [
      name,
      synonyms.map(synonym => ({ name: synonym.name, converts7to: String(7 * synonym.unitMs) })),
    ])
    expect(Object.fromEntries(ours)).toEqual(kafka.topicSynonyms)
  })

  test('fall back from groups to brokers as Kafka does', () => {
    const names = Object.keys(groupSettings) as (keyof typeof groupSettings)[]
    expect(Object.fromEntries(names.map(name => [name, groupSynonym(name)]))).toEqual(kafka.groupSynonyms)
  })

  test('know which broker settings say the same in other units', () => {
    const ours = kafka.broker.map(({ name }) => [name, brokerSynonyms(name)] as const)
    expect(Object.fromEntries(ours.filter(([, synonyms]) => synonyms.length > 1))).toEqual(kafka.brokerSynonyms)
  })

  test('know the codes of sources and types', () => {
    expect(kafka.configSources).toMatchObject(configSource)
    expect(Object.fromEntries(Object.entries(configType).map(([k, v]) => [k.toUpperCase(), v]))).toEqual(
      Object.fromEntries(Object.entries(kafka.configTypes).filter(([name]) => name !== 'UNKNOWN')),
    )
  })
})
