// The effective configuration: sources, precedence, the broker that refuses to start, and what changes at run time.

import { describe, expect, test } from 'vitest'
import { type BrokerConfig, type BrokerConfigInput, brokerConfig } from './broker-config.ts'
import { brokerSettings } from './broker-settings.ts'
import { ConfigError } from './config-error.ts'
import { developmentProfile } from './development-profile.ts'
import { withDynamic } from './dynamic-config.ts'
import { groupInt } from './group-config.ts'
import { listenerConnectionsMax } from './listener-limits.ts'
import { logConfigOf } from './log-config.ts'
import { parseProperties } from './properties.ts'
import type { SettingTable } from './setting.ts'

const profile = developmentProfile()
const of = (texts: Record<string, string>) => new Map(Object.entries(texts))

const problemsOf = (input: BrokerConfigInput): readonly string[] => {
  try {
    brokerConfig(input)
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
}

/** The settings of the file that Kafka 4.3.0 comes with, in its form. */
const shippedFile = `
# The role of this server. Setting this puts us in KRaft mode
process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers=localhost:9093
listeners=PLAINTEXT://:9092,CONTROLLER://:9093
inter.broker.listener.name=PLAINTEXT
advertised.listeners=PLAINTEXT://localhost:9092,CONTROLLER://localhost:9093
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT,SASL_SSL:SASL_SSL
num.network.threads=3
num.io.threads=8
socket.send.buffer.bytes=102400
socket.receive.buffer.bytes=102400
socket.request.max.bytes=104857600
log.dirs=/tmp/kraft-combined-logs
num.partitions=1
num.recovery.threads.per.data.dir=2
offsets.topic.replication.factor=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
#log.flush.interval.messages=10000
log.retention.hours=168
log.segment.bytes=1073741824
log.retention.check.interval.ms=300000
`

describe('the development profile', () => {
  test('is one node on loopback that keeps one copy of everything, without warnings', () => {
    const config = brokerConfig({ profile })
    expect(config.warnings).toEqual([])
    expect(config.listeners).toEqual([{ listener: 'PLAINTEXT', protocol: 'PLAINTEXT', host: '127.0.0.1', port: 9092 }])
    expect(config.advertisedListeners).toEqual(config.listeners)
    expect(config.logDirs).toEqual(['./data'])
    expect(config.metadataLogDir).toBe('./data')
    expect(config.nodeId).toBe(1)
    expect([...config.quorumVoters.keys()]).toEqual([1])
    expect([...config.processRoles]).toEqual(['broker', 'controller'])
    for (const [name, setting] of Object.entries(brokerSettings as SettingTable))
      if (/replication\.factor$|min\.isr$/.test(name) && setting.type !== 'list')
        expect(config.text(name as never), name).toBe('1')
  })

  test('takes another port, directory and id, also port 0 and the last one', () => {
    for (const port of [0, 9093, 65_535]) {
      const config = brokerConfig({ profile: developmentProfile({ port, dataDir: '/d', nodeId: 7 }) })
      expect([config.nodeId, ...config.quorumVoters.keys()]).toEqual([7, 7])
      expect(config.listeners[0]?.port).toBe(port)
      expect(config.logDirs).toEqual(['/d'])
    }
  })
})

describe('sources', () => {
  test('the command line wins over the file, the file over the profile', () => {
    const properties = of({ 'num.partitions': '3', 'message.max.bytes': '7' })
    const config = brokerConfig({ profile, properties, overrides: of({ 'num.partitions': '5' }) })
    expect(config.int('num.partitions')).toBe(5)
    expect(config.int('message.max.bytes')).toBe(7)
    expect(config.isSet('num.partitions')).toBe(true)
    expect(config.isSet('fetch.max.bytes')).toBe(false)
  })

  test('the file that Kafka comes with works as it is, with one warning for each setting that does nothing yet', () => {
    const config = brokerConfig({ properties: parseProperties(Buffer.from(shippedFile)) })
    expect(config.quorumVoters.size).toBe(0)
    expect(config.quorumBootstrapServers).toEqual([{ host: 'localhost', port: 9093 }])
    expect(config.listeners).toEqual([{ listener: 'PLAINTEXT', protocol: 'PLAINTEXT', host: null, port: 9092 }])
    expect(config.warnings.map(warning => warning.split(' ')[0])).toEqual([
      'share.coordinator.state.topic.replication.factor',
      'share.coordinator.state.topic.min.isr',
    ])
  })

  test('values have their types, LONGs are exact', () => {
    const config = brokerConfig({ profile, overrides: of({ 'log.retention.bytes': '9007199254740993' }) })
    expect(config.boolean('auto.create.topics.enable')).toBe(true)
    expect(config.double('log.cleaner.min.cleanable.ratio')).toBe(0.5)
    expect(config.long('log.retention.bytes')).toBe(9007199254740993n)
    expect(config.limit('log.retention.bytes')).toBe(Infinity)
    expect(config.text('log.retention.bytes')).toBe('9007199254740993')
    expect(config.list('log.cleanup.policy')).toEqual(['delete'])
    expect(config.string('broker.rack')).toBeNull()
    expect(config.logDirMinFreeBytes).toBe(67_108_864)
  })
})

test('the compiler knows the settings and their types', () => {
  const doesNotCompile = (config: BrokerConfig): void => {
    // @ts-expect-error a LIST is not an INT
    config.int('log.dirs')
    // @ts-expect-error no such setting
    config.int('num.partition')
    // @ts-expect-error it may be null
    config.string('broker.rack').length
  }
  expect(doesNotCompile).toBeTypeOf('function')
})

describe('what does not start', () => {
  test('an unknown setting names itself and what may have been meant', () => {
    expect(problemsOf({ profile, overrides: of({ 'log.retenton.ms': '5' }) })).toEqual([
      'Unknown setting log.retenton.ms. Did you mean log.retention.ms?',
    ])
    expect(problemsOf({ profile, properties: of({ completely: 'different' }) })).toEqual([
      'Unknown setting completely.',
    ])
  })

  test('a malformed value names the setting, the value and the rule', () => {
    expect(problemsOf({ profile, overrides: of({ 'num.partitions': '0' }) })).toEqual([
      'Invalid value 0 for num.partitions: it must be at least 1.',
    ])
  })

  test('all problems are told at once', () => {
    const overrides = of({ 'num.partitions': 'x', 'ssl.keystore.location': '/k', nonsense: '1' })
    expect(problemsOf({ profile, overrides }).length).toBe(3)
    expect(() => brokerConfig({ profile, overrides })).toThrow(/^3 problems in the configuration:\n {2}/)
  })

  test('of the settings of one listener max.connections is obeyed, where the listener exists', () => {
    const limit = (listener: string, text: string) => of({ [`listener.name.${listener}.max.connections`]: text })
    const config = brokerConfig({ profile, overrides: limit('plaintext', '7') })
    expect([...listenerConnectionsMax(config)]).toEqual([['PLAINTEXT', 7]])
    expect(config.warnings).toEqual([])
    expect(problemsOf({ profile, overrides: limit('internal', '7') })[0]).toContain('there is no listener internal')
    expect(problemsOf({ profile, overrides: limit('plaintext', 'x') })[0]).toContain('must be a whole number')
    expect(problemsOf({ profile, overrides: of({ 'listener.name.plaintext.ssl.key': 'k' }) })[0]).toContain(
      'only max.connections',
    )
  })

  test('a file without what must be set', () => {
    expect(problemsOf({ properties: of({ 'node.id': '1' }) })).toEqual([
      'controller.listener.names must be set.',
      'process.roles must be set.',
    ])
    expect(problemsOf({ properties: of({ ...Object.fromEntries(profile), 'node.id': 'one' }) })).toHaveLength(1)
  })

  test('every setting whose absence would weaken something, once it is not its default', () => {
    for (const [name, setting] of Object.entries(brokerSettings as SettingTable)) {
      if (setting.status !== 'refuse') continue
      if (setting.default) expect(problemsOf({ profile, overrides: of({ [name]: setting.default }) }), name).toEqual([])
      const problems = problemsOf({ profile, overrides: of({ [name]: otherValue(name, setting.default) }) })
      expect(problems.join(), name).toContain(name)
    }
  })

  test('secrets are not printed', () => {
    const problems = problemsOf({ profile, overrides: of({ 'ssl.key.password': 'hunter2' }) })
    expect(problems.join()).toContain('ssl.key.password')
    expect(problems.join()).not.toContain('hunter2')
  })
})

/** A valid value that is not the default. */
function otherValue(name: string, text: string | null | undefined): string {
  const setting = (brokerSettings as SettingTable)[name]!
  if (setting.type === 'boolean') return text === 'true' ? 'false' : 'true'
  if (setting.rule?.kind === 'oneOf') return setting.rule.values.find(value => value !== text)!
  if (setting.type === 'double') return '0.25'
  return /^(int|short|long)$/.test(setting.type) ? '77' : '/some/value'
}

describe('warnings', () => {
  test('one for each setting that is known and does nothing, none for defaults', () => {
    const warned = Object.entries(brokerSettings as SettingTable).filter(([, setting]) => setting.status === 'warn')
    const defaults = of(Object.fromEntries(warned.flatMap(([name, { default: text }]) => (text ? [[name, text]] : []))))
    expect(brokerConfig({ profile, properties: defaults }).warnings).toEqual([])
    const config = brokerConfig({
      profile,
      properties: of({ 'num.io.threads': ' 16', 'log.dir.failure.timeout.ms': '7' }),
    })
    expect(config.warnings).toEqual([
      'num.io.threads is ignored: one event loop does the work of these threads.',
      'log.dir.failure.timeout.ms is ignored: the node is its own and only controller.',
    ])
  })
})

describe('settings changed at run time', () => {
  const started = brokerConfig({ profile, overrides: of({ 'log.retention.ms': '1000' }) })

  test('of this broker win over those of the cluster, and both over the file', () => {
    const cluster = of({ 'log.retention.ms': '2000', 'message.max.bytes': '9' })
    const { config, ignored } = withDynamic(started, cluster, of({ 'log.retention.ms': '3000' }))
    expect(ignored).toEqual([])
    expect(config.logRetentionMs).toBe(3_000)
    expect(config.int('message.max.bytes')).toBe(9)
    expect(withDynamic(config, new Map(), new Map()).config.logRetentionMs).toBe(1_000)
    expect(started.logRetentionMs).toBe(1_000)
  })

  test('that cannot be applied are named and passed over', () => {
    const stored = of({
      'num.partitions': '5',
      'message.max.bytes': 'x',
      'max.connection.creation.rate': '5',
      'min.insync.replicas': '2',
    })
    const { config, ignored } = withDynamic(started, stored, new Map())
    expect(config.int('min.insync.replicas')).toBe(2)
    expect(
      ignored.map(line => line.match(/num\.partitions|message\.max\.bytes|max\.connection\.creation\.rate/)?.[0]),
    ).toEqual(['num.partitions', 'message.max.bytes', 'max.connection.creation.rate'])
  })

  test('that contradict the file are refused as a whole', () => {
    expect(() => withDynamic(started, of({ 'log.retention.ms': '0' }), new Map())).toThrow(ConfigError)
  })

  test('reach the log', () => {
    expect(logConfigOf(started, new Map(), of({ 'log.segment.bytes': '2097152' })).segmentBytes).toBe(2_097_152)
    expect(logConfigOf(started, of({ 'segment.bytes': '1048576' })).segmentBytes).toBe(1_048_576)
  })
})

describe('a group', () => {
  test("has its own value, held to the broker's limits, else the broker's", () => {
    const config = brokerConfig({ profile, overrides: of({ 'group.consumer.session.timeout.ms': '50000' }) })
    expect(groupInt(config, new Map(), 'consumer.session.timeout.ms')).toBe(50_000)
    expect(groupInt(config, of({ 'consumer.session.timeout.ms': '55000' }), 'consumer.session.timeout.ms')).toBe(55_000)
    expect(groupInt(config, of({ 'consumer.session.timeout.ms': '99000' }), 'consumer.session.timeout.ms')).toBe(60_000)
    expect(groupInt(config, of({ 'streams.num.standby.replicas': '9' }), 'streams.num.standby.replicas')).toBe(2)
  })
})
