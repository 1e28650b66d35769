// Against ConfigDef.parseValue: every setting of every table with a corpus of good, odd and bad texts of its type.

import { describe, expect, test } from 'vitest'
import { brokerSettings } from './broker-settings.ts'
import { clientMetricsSettings } from './client-metrics-settings.ts'
import { groupSettings } from './group-settings.ts'
import { defaultValue, parseSetting } from './parse-setting.ts'
import type { SettingTable } from './setting.ts'
import { doubleText, settingText } from './setting-text.ts'
import { dynamicOnlySettings } from './settings/dynamic-only-settings.ts'
import { testLines } from './testdata/reader.ts'
import { topicSettings } from './topic-settings.ts'

interface Values {
  table: keyof typeof tables
  name: string
  accepted: [text: string, canonical: string][]
  refused: string[]
}

const tables = {
  broker: brokerSettings as SettingTable,
  dynamicOnlyBroker: dynamicOnlySettings,
  topic: topicSettings as SettingTable,
  group: groupSettings as SettingTable,
  clientMetrics: clientMetricsSettings as SettingTable,
}

const corpus = testLines<Values>('values.jsonl')

describe('values', () => {
  test('Kafka accepts are accepted, and shown as Kafka shows them', () => {
    let count = 0
    for (const { table, name, accepted } of corpus)
      for (const [text, canonical] of accepted) {
        const setting = tables[table][name]!
        const parsed = parseSetting(name, setting, text)
        const shown = 'value' in parsed ? settingText(setting.type, parsed.value) : parsed.problem
        expect(shown, `${name}=${JSON.stringify(text)}`).toBe(canonical)
        count++
      }
    expect(count).toBeGreaterThan(4_000)
  })

  test('Kafka refuses are refused, with a problem that names the setting and the value', () => {
    for (const { table, name, refused } of corpus)
      for (const text of refused) {
        const parsed = parseSetting(name, tables[table][name]!, text)
        expect(parsed, `${name}=${JSON.stringify(text)}`).toHaveProperty('problem')
        if (!('problem' in parsed)) continue
        expect(parsed.problem).toContain(` for ${name}: `)
        if (text !== '') expect(parsed.problem).toContain(text)
      }
  })

  test('every default can be read and is canonical', () => {
    for (const table of Object.values(tables))
      for (const [name, setting] of Object.entries(table))
        if (typeof setting.default === 'string')
          expect(settingText(setting.type, defaultValue(setting)), name).toBe(setting.default)
  })

  test('passwords are not shown when they are wrong', () => {
    const secret = { ...brokerSettings['ssl.key.password'], rule: { kind: 'oneOf', values: ['x'], ignoreCase: false } }
    const parsed = parseSetting('ssl.key.password', secret as never, 'hunter2')
    expect(JSON.stringify(parsed)).not.toContain('hunter2')
  })

  test('doubles are printed as Java prints them', () => {
    for (const [bits, text] of testLines<[string, string]>('doubles.jsonl'))
      expect(doubleText(new Float64Array(new BigInt64Array([BigInt(bits)]).buffer)[0]!)).toBe(text)
  })
})
