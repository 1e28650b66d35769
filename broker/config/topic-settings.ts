// Settings of topics, and the broker settings that stand in where a topic has no value of its own.
// Source: Kafka 4.3.0's LogConfig and ServerTopicConfigSynonyms.

import type { BrokerSettingName } from './broker-settings.ts'
import type { SettingTable } from './setting.ts'
import { boolean, double, int, internal, list, long, string } from './setting.ts'
import { atLeast, between, gzipLevel, items, oneOf, throttledReplicas } from './setting-rule.ts'

export const topicSettings = {
  'cleanup.policy': list('delete', items({ empty: true, values: ['compact', 'delete'] })),
  'compression.gzip.level': int('-1', gzipLevel),
  'compression.lz4.level': int('9', between(1, 17)),
  'compression.type': string('producer', oneOf('uncompressed', 'zstd', 'lz4', 'snappy', 'gzip', 'producer')),
  'compression.zstd.level': int('3', between(-131_072, 22)),
  'delete.retention.ms': long('86400000', atLeast(0)),
  'file.delete.delay.ms': long('60000', atLeast(0)),
  'flush.messages': long('9223372036854775807', atLeast(1)),
  'flush.ms': long('9223372036854775807', atLeast(0)),
  'follower.replication.throttled.replicas': list('', throttledReplicas),
  'index.interval.bytes': int('4096', atLeast(0)),
  'internal.segment.bytes': int(null, internal),
  'leader.replication.throttled.replicas': list('', throttledReplicas),
  'local.retention.bytes': long('-2', atLeast(-2)),
  'local.retention.ms': long('-2', atLeast(-2)),
  'max.compaction.lag.ms': long('9223372036854775807', atLeast(1)),
  'max.message.bytes': int('1048588', atLeast(0)),
  'message.timestamp.after.max.ms': long('3600000', atLeast(0)),
  'message.timestamp.before.max.ms': long('9223372036854775807', atLeast(0)),
  'message.timestamp.type': string('CreateTime', oneOf('CreateTime', 'LogAppendTime')),
  'min.cleanable.dirty.ratio': double('0.5', between(0, 1)),
  'min.compaction.lag.ms': long('0', atLeast(0)),
  'min.insync.replicas': int('1', atLeast(1)),
  preallocate: boolean('false'),
  'remote.log.copy.disable': boolean('false'),
  'remote.log.delete.on.disable': boolean('false'),
  'remote.storage.enable': boolean('false'),
  'retention.bytes': long('-1'),
  'retention.ms': long('604800000', atLeast(-1)),
  'segment.bytes': int('1073741824', atLeast(1_048_576)),
  'segment.index.bytes': int('10485760', atLeast(4)),
  'segment.jitter.ms': long('0', atLeast(0)),
  'segment.ms': long('604800000', atLeast(1)),
  'unclean.leader.election.enable': boolean('false'),
} as const satisfies SettingTable

export type TopicSettingName = keyof typeof topicSettings

/** A broker setting that gives a topic setting its value, and how many milliseconds one of its units is. */
export interface TopicSynonym {
  readonly name: BrokerSettingName
  readonly unitMs: number
}

const ms = (name: BrokerSettingName): TopicSynonym => ({ name, unitMs: 1 })
const minutes = (name: BrokerSettingName): TopicSynonym => ({ name, unitMs: 60_000 })
const hours = (name: BrokerSettingName): TopicSynonym => ({ name, unitMs: 3_600_000 })
const same = ms

/** Per topic setting, the broker settings it falls back to, the first one that is set winning. None: Kafka's default. */
export const topicSynonyms: Readonly<Partial<Record<TopicSettingName, readonly TopicSynonym[]>>> = {
  'cleanup.policy': [same('log.cleanup.policy')],
  'compression.gzip.level': [same('compression.gzip.level')],
  'compression.lz4.level': [same('compression.lz4.level')],
  'compression.type': [same('compression.type')],
  'compression.zstd.level': [same('compression.zstd.level')],
  'delete.retention.ms': [ms('log.cleaner.delete.retention.ms')],
  'file.delete.delay.ms': [ms('log.segment.delete.delay.ms')],
  'flush.messages': [same('log.flush.interval.messages')],
  'flush.ms': [ms('log.flush.interval.ms'), ms('log.flush.scheduler.interval.ms')],
  'index.interval.bytes': [same('log.index.interval.bytes')],
  'local.retention.bytes': [same('log.local.retention.bytes')],
  'local.retention.ms': [ms('log.local.retention.ms')],
  'max.compaction.lag.ms': [ms('log.cleaner.max.compaction.lag.ms')],
  'max.message.bytes': [same('message.max.bytes')],
  'message.timestamp.after.max.ms': [ms('log.message.timestamp.after.max.ms')],
  'message.timestamp.before.max.ms': [ms('log.message.timestamp.before.max.ms')],
  'message.timestamp.type': [same('log.message.timestamp.type')],
  'min.cleanable.dirty.ratio': [same('log.cleaner.min.cleanable.ratio')],
  'min.compaction.lag.ms': [ms('log.cleaner.min.compaction.lag.ms')],
  'min.insync.replicas': [same('min.insync.replicas')],
  preallocate: [same('log.preallocate')],
  'retention.bytes': [same('log.retention.bytes')],
  'retention.ms': [ms('log.retention.ms'), minutes('log.retention.minutes'), hours('log.retention.hours')],
  'segment.bytes': [same('log.segment.bytes')],
  'segment.index.bytes': [same('log.index.size.max.bytes')],
  'segment.jitter.ms': [ms('log.roll.jitter.ms'), hours('log.roll.jitter.hours')],
  'segment.ms': [ms('log.roll.ms'), hours('log.roll.hours')],
  'unclean.leader.election.enable': [same('unclean.leader.election.enable')],
}
