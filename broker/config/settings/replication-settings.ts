// Broker settings about copies of partitions on other brokers, and who leads.
// Source: Kafka 4.3.0's ReplicationConfigs, ServerConfigs.

import type { SettingTable } from '../setting.ts'
import { boolean, clusterWide, int, internal, long, string, warn } from '../setting.ts'
import { atLeast } from '../setting-rule.ts'

const noReplication = 'partitions have one replica, on this node'
const noPurgatory = 'waiting requests are removed at once when they end'

export const replicationSettings = {
  'auto.leader.rebalance.enable': boolean('true', warn(noReplication)),
  'delete.records.purgatory.purge.interval.requests': int('1', warn(noPurgatory)),
  'fetch.purgatory.purge.interval.requests': int('1000', warn(noPurgatory)),
  'leader.imbalance.check.interval.seconds': long('300', atLeast(1), warn(noReplication)),
  'num.replica.fetchers': int('1', atLeast(1), clusterWide, warn(noReplication)),
  'producer.purgatory.purge.interval.requests': int('1000', warn(noPurgatory)),
  'replica.fetch.backoff.ms': int('1000', atLeast(0), warn(noReplication)),
  'replica.fetch.max.bytes': int('1048576', atLeast(0), warn(noReplication)),
  'replica.fetch.min.bytes': int('1', warn(noReplication)),
  'replica.fetch.response.max.bytes': int('10485760', atLeast(0), warn(noReplication)),
  'replica.fetch.wait.max.ms': int('500', warn(noReplication)),
  'replica.high.watermark.checkpoint.interval.ms': long('5000'),
  'replica.lag.time.max.ms': long('30000', warn(noReplication)),
  'replica.selector.class': string(null, warn(noReplication)),
  'replica.socket.receive.buffer.bytes': int('65536', warn(noReplication)),
  'replica.socket.timeout.ms': int('30000', warn(noReplication)),
  'share.fetch.purgatory.purge.interval.requests': int('1000', warn(noPurgatory)),
  'unclean.leader.election.enable': boolean('false', clusterWide, warn(noReplication)),
  'unclean.leader.election.interval.ms': long('300000', atLeast(1), internal, warn(noReplication)),
} as const satisfies SettingTable
