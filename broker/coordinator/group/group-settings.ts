// The settings of the group coordinator, by the names they have here.

import type { BrokerConfig } from '../../config/broker-config.ts'

export interface GroupSettings {
  readonly sessionTimeoutMsMin: number
  readonly sessionTimeoutMsMax: number
  /** Members of a classic group. */
  readonly maxSize: number
  readonly initialRebalanceDelayMs: number
  /** Of an offset, in UTF-16 units as Kafka counts them. */
  readonly offsetMetadataLengthMax: number
  readonly offsetsRetentionMs: number
  readonly offsetsRetentionCheckMs: number
  readonly commitTimeoutMs: number
  /** Partitions of __consumer_offsets when it is created. */
  readonly partitionCount: number
  /** Member ids per group that were given out and not used yet; beyond, clients are told to try again. */
  readonly pendingMembersMax: number
}

/** Not a setting: more clients than this do not start up at once in one group. */
const pendingMembersMax = 10_000

export function groupSettings(config: BrokerConfig): GroupSettings {
  return {
    sessionTimeoutMsMin: config.int('group.min.session.timeout.ms'),
    sessionTimeoutMsMax: config.int('group.max.session.timeout.ms'),
    maxSize: config.int('group.max.size'),
    initialRebalanceDelayMs: config.int('group.initial.rebalance.delay.ms'),
    offsetMetadataLengthMax: config.int('offset.metadata.max.bytes'),
    offsetsRetentionMs: config.int('offsets.retention.minutes') * 60_000,
    offsetsRetentionCheckMs: config.limit('offsets.retention.check.interval.ms'),
    commitTimeoutMs: config.int('offsets.commit.timeout.ms'),
    partitionCount: config.int('offsets.topic.num.partitions'),
    pendingMembersMax,
  }
}
