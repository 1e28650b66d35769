// What a partition's log needs to know of its topic's settings, typed. Made from the topic's own values, else the
// broker's, else Kafka's defaults. Source: Kafka 4.3.0's LogConfig and KafkaConfig.extractLogConfigMap.
//
// Numbers here are bounds to compare with, so a LONG beyond 2^53 (Long.MAX_VALUE: no bound) is Infinity. What Describe
// shows is the exact text and never comes from here.

import { type BrokerConfig, limitOf, type SettingTexts } from './broker-config.ts'
import { withDynamic } from './dynamic-config.ts'
import type { SettingValue } from './setting.ts'
import type { TopicSettingName } from './topic-settings.ts'
import { topicValue } from './topic-value.ts'

export type TopicCompression = 'uncompressed' | 'zstd' | 'lz4' | 'snappy' | 'gzip' | 'producer'
export type TimestampType = 'CreateTime' | 'LogAppendTime'

export interface LogConfig {
  /** Size at which a segment is rolled: `internal.segment.bytes` where that is set. */
  readonly segmentBytes: number
  readonly segmentMs: number
  readonly segmentJitterMs: number
  readonly segmentIndexBytes: number
  readonly flushMessages: number
  readonly flushMs: number
  /** Below 0: no bound. */
  readonly retentionBytes: number
  /** Below 0: no bound. */
  readonly retentionMs: number
  readonly maxMessageBytes: number
  readonly indexIntervalBytes: number
  readonly fileDeleteDelayMs: number
  /** Neither: nothing is ever removed. */
  readonly cleanupPolicy: { readonly compact: boolean; readonly delete: boolean }
  readonly minCleanableDirtyRatio: number
  readonly minCompactionLagMs: number
  readonly maxCompactionLagMs: number
  readonly deleteRetentionMs: number
  readonly minInsyncReplicas: number
  readonly compressionType: TopicCompression
  readonly compressionLevels: { readonly gzip: number; readonly lz4: number; readonly zstd: number }
  readonly preallocate: boolean
  readonly messageTimestampType: TimestampType
  readonly messageTimestampBeforeMaxMs: number
  readonly messageTimestampAfterMaxMs: number
  readonly uncleanLeaderElectionEnable: boolean
  /** What `internal.segment.bytes` says, which tests use for segments below 1 MiB. */
  readonly internalSegmentBytes: number | null
}

/**
 * The log's settings of a topic with these overrides. Overrides must have been checked (topic-config.ts); names that are
 * not topic settings are passed over. `dynamicBroker` are broker settings that were changed at run time; callers that
 * hold the config of `withDynamic` pass that and leave it out.
 */
export function logConfigOf(config: BrokerConfig, overrides: SettingTexts, dynamicBroker?: SettingTexts): LogConfig {
  const broker = dynamicBroker?.size ? withDynamic(config, config.dynamicTexts.cluster, dynamicBroker).config : config
  const value = (name: TopicSettingName) => topicValue(broker, overrides, name)
  const number = (name: TopicSettingName) => asNumber(value(name))
  const policies = (value('cleanup.policy') as readonly string[]).map(policy => policy.toLowerCase())
  const internalSegmentBytes = value('internal.segment.bytes') as number | null
  return {
    segmentBytes: internalSegmentBytes ?? number('segment.bytes'),
    segmentMs: number('segment.ms'),
    segmentJitterMs: number('segment.jitter.ms'),
    segmentIndexBytes: number('segment.index.bytes'),
    flushMessages: number('flush.messages'),
    flushMs: number('flush.ms'),
    retentionBytes: number('retention.bytes'),
    retentionMs: number('retention.ms'),
    maxMessageBytes: number('max.message.bytes'),
    indexIntervalBytes: number('index.interval.bytes'),
    fileDeleteDelayMs: number('file.delete.delay.ms'),
    cleanupPolicy: { compact: policies.includes('compact'), delete: policies.includes('delete') },
    minCleanableDirtyRatio: number('min.cleanable.dirty.ratio'),
    minCompactionLagMs: number('min.compaction.lag.ms'),
    maxCompactionLagMs: number('max.compaction.lag.ms'),
    deleteRetentionMs: number('delete.retention.ms'),
    minInsyncReplicas: number('min.insync.replicas'),
    compressionType: value('compression.type') as TopicCompression,
    compressionLevels: {
      gzip: number('compression.gzip.level'),
      lz4: number('compression.lz4.level'),
      zstd: number('compression.zstd.level'),
    },
    preallocate: value('preallocate') as boolean,
    messageTimestampType: value('message.timestamp.type') as TimestampType,
    messageTimestampBeforeMaxMs: number('message.timestamp.before.max.ms'),
    messageTimestampAfterMaxMs: number('message.timestamp.after.max.ms'),
    uncleanLeaderElectionEnable: value('unclean.leader.election.enable') as boolean,
    internalSegmentBytes,
  }
}

const asNumber = (value: SettingValue | null): number => limitOf(value as number | bigint)
