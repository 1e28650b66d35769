// Against KafkaConfig: 308 configurations, each with what Kafka 4.3.0 says of it and derives from it.

import { describe, expect, test } from 'vitest'
import { type BrokerConfig, brokerConfig } from './broker-config.ts'
import { ConfigError } from './config-error.ts'
import { developmentProfile } from './development-profile.ts'
import { testLines } from './testdata/reader.ts'

interface Case {
  properties: Record<string, string>
  delta: Record<string, string | null>
  /** Where Millrace refuses what Kafka accepts, because it is not implemented. */
  ours?: 'refuse'
  derived?: Record<string, unknown>
  error?: string
}

const cases = testLines<Case>('rules.jsonl')

/** Kafka finds out about these ports when it opens the socket. */
const impossiblePort = /:(-1|99999)(,|$)/

const read = ({ properties }: Case): BrokerConfig | ConfigError => {
  try {
    return brokerConfig({ properties: new Map(Object.entries(properties)) })
  } catch (error) {
    if (error instanceof ConfigError) return error
    throw error
  }
}

const derived = (config: BrokerConfig) => ({
  nodeId: config.nodeId,
  brokerId: config.int('broker.id'),
  logRetentionMs: String(config.logRetentionMs),
  logRollMs: String(config.logRollMs),
  logRollJitterMs: String(config.logRollJitterMs),
  logFlushIntervalMs: String(config.logFlushIntervalMs),
  logDirs: config.logDirs,
  metadataLogDir: config.metadataLogDir,
  listeners: config.listeners,
  controllerListeners: config.controllerListeners,
  advertisedListeners: config.advertisedListeners,
  interBrokerListener: config.interBrokerListener,
})

describe('configurations', () => {
  test('there are as many as were made', () => expect(cases.length).toBe(308))

  test('Kafka refuses are refused', () => {
    for (const each of cases.filter(({ error }) => error !== undefined))
      expect(read(each), `${JSON.stringify(each.delta)}: ${each.error}`).toBeInstanceOf(ConfigError)
  })

  test('Kafka accepts are accepted, and the same follows from them', () => {
    for (const each of cases) {
      if (
        each.error !== undefined ||
        each.ours ||
        Object.values(each.properties).some(text => impossiblePort.test(text))
      )
        continue
      const config = read(each)
      if (config instanceof ConfigError) throw new Error(`${JSON.stringify(each.delta)}: ${config.message}`)
      const { voters, ...rest } = each.derived as { voters: string[] }
      expect(derived(config), JSON.stringify(each.delta)).toEqual(rest)
      const ours = [...config.quorumVoters.values()].filter(({ host }) => host !== '0.0.0.0')
      expect(ours.map(({ id, host, port }) => `${id}@${host}:${port}`)).toEqual(voters)
    }
  })

  test('that Millrace cannot honour are refused, naming a setting and what to do', () => {
    for (const each of cases.filter(({ ours }) => ours === 'refuse')) {
      const error = read(each)
      if (!(error instanceof ConfigError)) throw new Error(`accepted ${JSON.stringify(each.delta)}`)
      const names = Object.keys(each.delta)
      const named = error.problems.some(problem => names.some(name => problem.includes(name)))
      expect(named, error.message).toBe(true)
      expect(error.message, error.message).toMatch(/[Rr]emove|Set |Use |Name |Unknown setting/)
    }
  })
})

test('assignors that are not there are refused', () => {
  const named = (names: string) =>
    brokerConfig({ overrides: new Map([['group.consumer.assignors', names]]), profile: developmentProfile() })
  const ours = 'org.apache.kafka.coordinator.group.assignor.RangeAssignor'
  expect(named(`${ours},uniform`).list('group.consumer.assignors')).toEqual([ours, 'uniform'])
  expect(() => named('uniform,com.example.Mine')).toThrow('there is no com.example.Mine. Use uniform or range.')
})
