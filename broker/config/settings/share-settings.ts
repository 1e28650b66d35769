// Broker settings about share groups and their coordinator.
// Source: Kafka 4.3.0's GroupCoordinatorConfig, ShareGroupConfig, ShareCoordinatorConfig.

import type { SettingTable } from '../setting.ts'
import { clusterWide, int, internal, list, short, string, warn } from '../setting.ts'
import { atLeast, between, items } from '../setting-rule.ts'

const noShareGroups = 'share groups do not exist yet'

export const shareSettings = {
  'group.share.assignment.interval.ms': int('1000', atLeast(0), clusterWide, warn(noShareGroups)),
  'group.share.assignors': list('simple', items({ empty: false }), warn(noShareGroups)),
  'group.share.delivery.count.limit': int('5', between(2, 10), warn(noShareGroups)),
  'group.share.heartbeat.interval.ms': int('5000', atLeast(1), warn(noShareGroups)),
  'group.share.initialize.retry.interval.ms': int('30000', atLeast(1), internal, warn(noShareGroups)),
  'group.share.max.assignment.interval.ms': int('15000', atLeast(0), warn(noShareGroups)),
  'group.share.max.delivery.count.limit': int('10', between(5, 25), warn(noShareGroups)),
  'group.share.max.heartbeat.interval.ms': int('15000', atLeast(1), warn(noShareGroups)),
  'group.share.max.partition.max.record.locks': int('4000', between(2000, 10_000), warn(noShareGroups)),
  'group.share.max.record.lock.duration.ms': int('60000', between(30_000, 3_600_000), warn(noShareGroups)),
  'group.share.max.session.timeout.ms': int('60000', atLeast(1), warn(noShareGroups)),
  'group.share.max.share.sessions': int('2000', atLeast(1), warn(noShareGroups)),
  'group.share.max.size': int('200', between(1, 1000), warn(noShareGroups)),
  'group.share.min.assignment.interval.ms': int('0', atLeast(0), warn(noShareGroups)),
  'group.share.min.delivery.count.limit': int('2', between(2, 5), warn(noShareGroups)),
  'group.share.min.heartbeat.interval.ms': int('5000', atLeast(1), warn(noShareGroups)),
  'group.share.min.partition.max.record.locks': int('100', between(100, 2000), warn(noShareGroups)),
  'group.share.min.record.lock.duration.ms': int('15000', between(1000, 30_000), warn(noShareGroups)),
  'group.share.min.session.timeout.ms': int('45000', atLeast(1), warn(noShareGroups)),
  'group.share.partition.max.record.locks': int('2000', between(100, 10_000), warn(noShareGroups)),
  'group.share.persister.class.name': string(
    'org.apache.kafka.server.share.persister.DefaultStatePersister',
    internal,
    warn(noShareGroups),
  ),
  'group.share.record.lock.duration.ms': int('30000', between(1000, 3_600_000), warn(noShareGroups)),
  'group.share.session.timeout.ms': int('45000', atLeast(1), warn(noShareGroups)),
  'share.coordinator.append.linger.ms': int('-1', atLeast(-1), warn(noShareGroups)),
  'share.coordinator.cached.buffer.max.bytes': int('1048588', atLeast(524_288), clusterWide, warn(noShareGroups)),
  'share.coordinator.cold.partition.snapshot.interval.ms': int('300000', atLeast(1), internal, warn(noShareGroups)),
  'share.coordinator.load.buffer.size': int('5242880', atLeast(1), warn(noShareGroups)),
  'share.coordinator.snapshot.update.records.per.snapshot': int('500', between(0, 500), warn(noShareGroups)),
  'share.coordinator.state.topic.compression.codec': int('0', warn(noShareGroups)),
  'share.coordinator.state.topic.min.isr': short('2', atLeast(1), warn(noShareGroups)),
  'share.coordinator.state.topic.num.partitions': int('50', atLeast(1), warn(noShareGroups)),
  'share.coordinator.state.topic.prune.interval.ms': int('300000', atLeast(1), internal, warn(noShareGroups)),
  'share.coordinator.state.topic.replication.factor': short('3', atLeast(1), warn(noShareGroups)),
  'share.coordinator.state.topic.segment.bytes': int('104857600', atLeast(1), warn(noShareGroups)),
  'share.coordinator.threads': int('1', atLeast(1), warn(noShareGroups)),
  'share.coordinator.write.timeout.ms': int('5000', atLeast(1), warn(noShareGroups)),
} as const satisfies SettingTable
