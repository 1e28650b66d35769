// Broker settings about topics as they are created, and their logs on disk.
// Source: Kafka 4.3.0's LogConfig.SERVER_CONFIG_DEF, CleanerConfig, ServerConfigs, TransactionLogConfig.

import type { SettingTable } from '../setting.ts'
import { boolean, clusterWide, double, int, internal, list, long, perBroker, refuse, string, warn } from '../setting.ts'
import { atLeast, between, gzipLevel, items, oneOf } from '../setting-rule.ts'

const oneEventLoop = 'one event loop does the work of these threads'
const oneNode = 'the node is its own and only controller'
const cordoning =
  'cordoned log directories are not implemented, new partitions would be placed there. Remove the setting and take the directory out of log.dirs'

export const logSettings = {
  'auto.create.topics.enable': boolean('true'),
  'compression.gzip.level': int('-1', gzipLevel, clusterWide),
  'compression.lz4.level': int('9', between(1, 17), clusterWide),
  'compression.type': string(
    'producer',
    oneOf('uncompressed', 'zstd', 'lz4', 'snappy', 'gzip', 'producer'),
    clusterWide,
  ),
  'compression.zstd.level': int('3', between(-131_072, 22), clusterWide),
  'cordoned.log.dirs': list('', items({ empty: true, null: true }), perBroker, refuse(cordoning)),
  'default.replication.factor': int('1'),
  'delete.topic.enable': boolean('true'),
  'fetch.max.bytes': int('57671680', atLeast(1024)),
  'log.cleaner.backoff.ms': long('15000', atLeast(0), clusterWide),
  'log.cleaner.dedupe.buffer.size': long('134217728', clusterWide),
  'log.cleaner.delete.retention.ms': long('86400000', atLeast(0), clusterWide),
  'log.cleaner.enable': boolean('true'),
  'log.cleaner.io.buffer.load.factor': double('0.9', clusterWide),
  'log.cleaner.io.buffer.size': int('524288', atLeast(0), clusterWide),
  'log.cleaner.io.max.bytes.per.second': double('1.7976931348623157E308', clusterWide),
  'log.cleaner.max.compaction.lag.ms': long('9223372036854775807', atLeast(1), clusterWide),
  'log.cleaner.min.cleanable.ratio': double('0.5', between(0, 1), clusterWide),
  'log.cleaner.min.compaction.lag.ms': long('0', atLeast(0), clusterWide),
  'log.cleaner.threads': int('1', atLeast(0), clusterWide),
  'log.cleanup.policy': list('delete', items({ empty: true, values: ['compact', 'delete'] }), clusterWide),
  'log.dir': list('/tmp/kafka-logs', items({ empty: false })),
  'log.dir.failure.timeout.ms': long('30000', atLeast(1), warn(oneNode)),
  'log.dirs': list(null, items({ empty: false, null: true })),
  'log.flush.interval.messages': long('9223372036854775807', atLeast(1), clusterWide),
  'log.flush.interval.ms': long(null, clusterWide),
  'log.flush.offset.checkpoint.interval.ms': int('60000', atLeast(0)),
  'log.flush.scheduler.interval.ms': long('9223372036854775807'),
  'log.flush.start.offset.checkpoint.interval.ms': int('60000', atLeast(0)),
  'log.index.interval.bytes': int('4096', atLeast(0), clusterWide),
  'log.index.size.max.bytes': int('10485760', atLeast(4), clusterWide),
  'log.initial.task.delay.ms': long('30000', atLeast(0), internal),
  'log.message.timestamp.after.max.ms': long('3600000', atLeast(0), clusterWide),
  'log.message.timestamp.before.max.ms': long('9223372036854775807', atLeast(0), clusterWide),
  'log.message.timestamp.type': string('CreateTime', oneOf('CreateTime', 'LogAppendTime'), clusterWide),
  'log.preallocate': boolean('false', clusterWide),
  'log.retention.bytes': long('-1', clusterWide),
  'log.retention.check.interval.ms': long('300000', atLeast(1)),
  'log.retention.hours': int('168'),
  'log.retention.minutes': int(null),
  'log.retention.ms': long(null, clusterWide),
  'log.roll.hours': int('168', atLeast(1)),
  'log.roll.jitter.hours': int('0', atLeast(0)),
  'log.roll.jitter.ms': long(null, clusterWide),
  'log.roll.ms': long(null, clusterWide),
  'log.segment.bytes': int('1073741824', atLeast(1_048_576), clusterWide),
  'log.segment.delete.delay.ms': long('60000', atLeast(0), clusterWide),
  'max.incremental.fetch.session.cache.slots': int('1000', atLeast(0)),
  'max.request.partition.size.limit': int('2000', atLeast(1)),
  'message.max.bytes': int('1048588', atLeast(0), clusterWide),
  'min.insync.replicas': int('1', atLeast(1), clusterWide),
  'num.partitions': int('1', atLeast(1)),
  'num.recovery.threads.per.data.dir': int('2', atLeast(1), clusterWide, warn(oneEventLoop)),
  'num.replica.alter.log.dirs.threads': int(null),
  'producer.id.expiration.check.interval.ms': int('600000', atLeast(1), internal),
  'producer.id.expiration.ms': int('86400000', atLeast(1), clusterWide),
} as const satisfies SettingTable
