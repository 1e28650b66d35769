// The effective configuration: sources, precedence, derived values, and the broker that refuses to start.

import { describe, expect, test } from 'vitest'
import { brokerConfig } from './broker-config.ts'
import { developmentProfile } from './development-profile.ts'
import { logConfigOf } from './log-config.ts'

describe('the development profile', () => {
  test('is one node on loopback that keeps one copy of everything, without warnings', () => {
    const config = brokerConfig({ profile: developmentProfile() })
    expect(config.warnings).toEqual([])
    expect(config.listeners).toEqual([{ listener: 'PLAINTEXT', protocol: 'PLAINTEXT', host: '127.0.0.1', port: 9092 }])
    expect(config.advertisedListeners).toEqual(config.listeners)
    expect(config.logDirs).toEqual(['./data'])
    expect(config.nodeId).toBe(1)
    expect([...config.quorumVoters.keys()]).toEqual([1])
    expect(config.int('offsets.topic.replication.factor')).toBe(1)
    expect(config.int('default.replication.factor')).toBe(1)
  })

  test('gives logs Kafka defaults', () => {
    const log = logConfigOf(brokerConfig({ profile: developmentProfile() }), new Map())
    expect(log).toMatchObject({ segmentBytes: 1_073_741_824, retentionMs: 604_800_000, flushMessages: Infinity })
    expect(log.cleanupPolicy).toEqual({ compact: false, delete: true })
  })
})
