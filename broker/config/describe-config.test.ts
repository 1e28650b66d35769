// Against Kafka's own ConfigHelper: all entries of topics, brokers, clusters, groups and client metrics subscriptions in
// six situations; and against the answers of a real broker that were captured on the wire. Also what the log is told.

import { describe, expect, test } from 'vitest'
import { type BrokerConfig, brokerConfig, limitOf } from './broker-config.ts'
import {
  type ConfigEntry,
  describeBrokerConfig,
  describeClientMetricsConfig,
  describeClusterConfig,
  describeGroupConfig,
  describeTopicConfig,
} from './describe-config.ts'
import { withDynamic } from './dynamic-config.ts'
import { parseProtocolMap } from './listener.ts'
import { logConfigOf } from './log-config.ts'
import { testJson, testLines } from './testdata/reader.ts'

type Texts = Record<string, string>

interface Situation {
  static: Texts
  cluster: Texts
  broker: Texts
  topic: Texts
  group: Texts
  metrics: Texts
  described: Record<'topic' | 'broker' | 'cluster' | 'group' | 'metrics', ConfigEntry[]>
  log: Record<string, unknown>
}

const map = (texts: Texts) => new Map(Object.entries(texts))
const situations = testLines<Situation>('describe.jsonl').map(
  (situation, index) => [`situation ${index + 1}`, situation] as const,
)

const configOf = (situation: Situation): BrokerConfig =>
  withDynamic(brokerConfig({ properties: map(situation.static) }), map(situation.cluster), map(situation.broker)).config

/** By name, without our own settings, and without the one default that Kafka shows in the order of a hash map. */
const comparable = (entries: readonly ConfigEntry[]) =>
  [...entries]
    .filter(({ name }) => name !== 'log.dir.min.free.bytes')
    .map(entry => (entry.name === 'listener.security.protocol.map' ? sortedMap(entry) : entry))
    .sort((a, b) => (a.name < b.name ? -1 : 1))

const sorted = (value: string | null) => [...parseProtocolMap(value ?? '')].sort().join()
const sortedMap = (entry: ConfigEntry): ConfigEntry => ({
  ...entry,
  value: sorted(entry.value),
  synonyms: entry.synonyms.map(synonym => ({ ...synonym, value: sorted(synonym.value) })),
})

describe.each(situations)('%s', (_, situation) => {
  const config = configOf(situation)

  test.each([
    ['topic', () => describeTopicConfig(config, map(situation.topic))],
    ['broker', () => describeBrokerConfig(config)],
    ['cluster', () => describeClusterConfig(config)],
    ['group', () => describeGroupConfig(config, map(situation.group))],
    ['metrics', () => describeClientMetricsConfig(map(situation.metrics))],
  ] as const)('%s settings are described as Kafka describes them', (kind, describeIt) => {
    expect(comparable(describeIt())).toEqual(comparable(situation.described[kind]))
  })

  test('the log is told what Kafka tells it', () => {
    const log = logConfigOf(config, map(situation.topic)) as unknown as Record<string, unknown>
    const { compact, delete: deleted, ...kafka } = situation.log
    expect(log.cleanupPolicy).toEqual({ compact, delete: deleted })
    for (const [name, value] of Object.entries(kafka)) {
      const number = typeof value === 'string' && /^-?[0-9]+$/.test(value)
      expect(log[name], name).toBe(number ? exactOrInfinite(value) : value)
    }
  })
})

const exactOrInfinite = (text: string) => (Number.isSafeInteger(Number(text)) ? Number(text) : limitOf(BigInt(text)))

interface Capture {
  properties: Texts
  topics: Record<string, Texts>
  answers: {
    version: number
    resourceType: number
    resourceName: string
    keys: string[] | null
    synonyms: boolean
    configs: ConfigEntry[]
  }[]
}

describe('a real broker', () => {
  const capture = testJson<Capture>('describe-captures.json')
  // Without what Millrace refuses to start with: the second, authenticated listener and the authorizer.
  const refused = /^(sasl|super|authorizer|allow|listener\.name)/
  const kept = Object.entries(capture.properties).filter(([name]) => !refused.test(name))
  const properties = map(Object.fromEntries(kept))
  for (const name of ['listeners', 'advertised.listeners'])
    properties.set(
      name,
      properties
        .get(name)!
        .split(',')
        .filter(entry => !entry.startsWith('SASL'))
        .join(),
    )
  // With eligible leader replicas on, its controller had written this down for the cluster.
  const { config } = withDynamic(brokerConfig({ properties }), new Map([['min.insync.replicas', '1']]), new Map())

  test('answered on the wire what is described here', () => {
    let count = 0
    for (const answer of capture.answers) {
      const ours =
        answer.resourceType === 2
          ? describeTopicConfig(config, map(capture.topics[answer.resourceName] ?? {}))
          : describeBrokerConfig(config)
      for (const { isSensitive, ...theirs } of answer.configs) {
        if (theirs.name.startsWith('sasl')) continue
        const entry = ours.find(each => each.name === theirs.name)!
        const synonyms = answer.synonyms ? entry.synonyms : []
        const { configType, ...rest } = { ...entry, synonyms }
        const expected = { ...theirs, isSensitive }
        expect(answer.version < 3 ? rest : { ...rest, configType }, theirs.name).toEqual(expected)
        count++
      }
    }
    expect(count).toBeGreaterThan(150)
  })
})
