// Against Kafka's own ConfigAdminManager, ConfigurationControlManager and ControllerConfigurationValidator: 326 changes.

import { describe, expect, test } from 'vitest'
import {
  type AlterContext,
  type ConfigKind,
  incrementalAlter,
  isAlterError,
  newTopicConfig,
  replaceConfig,
} from './alter-config.ts'
import { brokerConfig } from './broker-config.ts'
import { developmentProfile } from './development-profile.ts'
import { withDynamic } from './dynamic-config.ts'
import { testLines } from './testdata/reader.ts'

type Texts = Record<string, string>

interface Case {
  kind: ConfigKind
  static: Texts
  cluster: Texts
  broker: Texts
  current: Texts
  ops: [name: string, operation: number, value: string | null][]
  after?: Texts
  error?: string
  message?: string
}

const map = (texts: Texts) => new Map(Object.entries(texts))
const cases = testLines<Case>('alter.jsonl')

const alter = (each: Case) => {
  const started = brokerConfig({ properties: map(each.static) })
  const { config } = withDynamic(started, map(each.cluster), map(each.broker))
  const operations = each.ops.map(([name, configOperation, value]) => ({ name, configOperation, value }))
  return incrementalAlter({ config }, each.kind, map(each.current), operations)
}

const development: AlterContext = { config: brokerConfig({ profile: developmentProfile() }) }

describe('incremental changes', () => {
  test('there are as many as were made', () => expect(cases.length).toBe(326))

  test('give what they give in Kafka, or the same error', () => {
    for (const each of cases) {
      const result = alter(each)
      const shown = `${each.kind} ${JSON.stringify(each.current)} ${JSON.stringify(each.ops).slice(0, 200)} ${each.message}`
      if (isAlterError(result)) expect(result.error, `${shown}: ${result.message}`).toBe(each.error)
      else expect(Object.fromEntries(result.overrides), shown).toEqual(each.after)
    }
  })

  test('write what changes, and for brokers also what stays', () => {
    const set = [{ name: 'retention.ms', configOperation: 0, value: '5' }]
    expect(incrementalAlter(development, 'topic', new Map([['retention.ms', '5']]), set)).toMatchObject({ changes: [] })
    const broker = [{ name: 'log.retention.ms', configOperation: 0, value: '5' }]
    const stored = new Map([['log.retention.ms', '5']])
    expect(incrementalAlter(development, 'cluster', stored, broker)).toMatchObject({
      changes: [{ name: 'log.retention.ms', value: '5' }],
    })
  })

  test('name the setting that may have been meant', () => {
    const typo = [{ name: 'retention.m', configOperation: 0, value: '5' }]
    const result = incrementalAlter(development, 'topic', new Map(), typo)
    expect(result).toEqual({
      error: 'INVALID_CONFIG',
      message: 'Unknown topic config name: retention.m. Did you mean retention.ms?',
    })
  })

  test('refuse what is not implemented, and what nobody knows', () => {
    for (const name of ['listeners', 'max.connection.creation.rate', 'no.such', 'log.dir.min.free.bytes']) {
      const result = incrementalAlter(development, 'broker', new Map(), [{ name, configOperation: 0, value: '5' }])
      expect(result, name).toMatchObject({ error: 'INVALID_REQUEST' })
    }
  })

  test('refuse an operation that does not exist', () => {
    const odd = [{ name: 'retention.ms', configOperation: 4, value: '5' }]
    expect(incrementalAlter(development, 'topic', new Map(), odd)).toMatchObject({ error: 'INVALID_REQUEST' })
  })

  test('keep min.insync.replicas to the cluster where eligible leader replicas are on', () => {
    const context = { ...development, eligibleLeaderReplicas: true }
    const set = [{ name: 'min.insync.replicas', configOperation: 0, value: '2' }]
    const gone = [{ name: 'min.insync.replicas', configOperation: 1, value: null }]
    expect(incrementalAlter(context, 'broker', new Map(), set)).toMatchObject({ error: 'INVALID_CONFIG' })
    expect(incrementalAlter(context, 'cluster', new Map(), gone)).toMatchObject({ error: 'INVALID_CONFIG' })
    expect(incrementalAlter(context, 'cluster', new Map(), set)).not.toHaveProperty('error')
    expect(incrementalAlter(context, 'topic', new Map(), set)).not.toHaveProperty('error')
  })

  // Kafka 4.3.0's answers, asked by compat/checks/dynamic-settings.mjs as well.
  test.each([
    ['num.io.threads', '17', 'INVALID_REQUEST'],
    ['num.io.threads', '16', undefined],
    ['num.io.threads', '4', undefined],
    ['num.io.threads', '3', 'INVALID_REQUEST'],
    ['num.network.threads', '7', 'INVALID_REQUEST'],
    ['num.network.threads', '1', undefined],
    ['log.cleaner.threads', '3', 'INVALID_REQUEST'],
    ['log.cleaner.threads', '2', undefined],
    ['background.threads', '30', 'INVALID_REQUEST'],
    ['num.replica.fetchers', '5', 'INVALID_REQUEST'],
    ['num.recovery.threads.per.data.dir', '9', 'INVALID_REQUEST'],
  ])('change numbers of threads at most to the double or the half: %s=%s', (name, value, error) => {
    const result = incrementalAlter(development, 'cluster', new Map(), [{ name, configOperation: 0, value }])
    expect('error' in result ? result.error : undefined).toBe(error)
  })

  test('set keys and certificates for no broker as a whole, not even to what holds anyway', () => {
    const set = [{ name: 'ssl.keystore.type', configOperation: 0, value: 'JKS' }]
    expect(incrementalAlter(development, 'broker', new Map(), set)).toMatchObject({ error: 'INVALID_REQUEST' })
  })
})

describe('replacing changes', () => {
  test('take away what is not named', () => {
    const current = new Map([
      ['retention.ms', '5'],
      ['segment.ms', '6'],
    ])
    const result = replaceConfig(development, 'topic', current, [{ name: 'segment.ms', value: '7' }])
    expect(result).toEqual({
      overrides: new Map([['segment.ms', '7']]),
      changes: [
        { name: 'segment.ms', value: '7' },
        { name: 'retention.ms', value: null },
      ],
    })
  })

  test('need a value for each setting', () => {
    const result = replaceConfig(development, 'topic', new Map(), [{ name: 'segment.ms', value: null }])
    expect(result).toMatchObject({ error: 'INVALID_REQUEST' })
  })
})

describe('a new topic', () => {
  test('gets the settings it is made with', () => {
    const result = newTopicConfig(development, [{ name: 'cleanup.policy', value: 'compact' }])
    expect(result).toMatchObject({ overrides: new Map([['cleanup.policy', 'compact']]) })
  })

  test('is refused with a setting without a value, an unknown one or an invalid one', () => {
    for (const entry of [
      { name: 'cleanup.policy', value: null },
      { name: 'no.such', value: '1' },
      { name: 'segment.bytes', value: '5' },
    ])
      expect(newTopicConfig(development, [entry]), entry.name).toMatchObject({ error: 'INVALID_CONFIG' })
  })
})
