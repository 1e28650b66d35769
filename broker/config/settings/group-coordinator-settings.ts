// Broker settings about the group coordinator: classic, consumer and streams groups, and committed offsets.
// Source: Kafka 4.3.0's GroupCoordinatorConfig.

import type { SettingTable } from '../setting.ts'
import { clusterWide, int, internal, list, long, short, string, warn } from '../setting.ts'
import { atLeast, items, oneOfIgnoringCase } from '../setting-rule.ts'

const ownCoordinator = 'the coordinator has no such part'
const notThereYet = 'streams groups are not served yet'

export const groupCoordinatorSettings = {
  'group.consumer.assignment.interval.ms': int('1000', atLeast(0), clusterWide),
  'group.consumer.assignors': list('uniform,range', items({ empty: false })),
  'group.consumer.heartbeat.interval.ms': int('5000', atLeast(1)),
  'group.consumer.max.assignment.interval.ms': int('15000', atLeast(0)),
  'group.consumer.max.heartbeat.interval.ms': int('15000', atLeast(1)),
  'group.consumer.max.session.timeout.ms': int('60000', atLeast(1)),
  'group.consumer.max.size': int('2147483647', atLeast(1)),
  'group.consumer.migration.policy': string(
    'bidirectional',
    oneOfIgnoringCase('BIDIRECTIONAL', 'DISABLED', 'DOWNGRADE', 'UPGRADE'),
  ),
  'group.consumer.min.assignment.interval.ms': int('0', atLeast(0)),
  'group.consumer.min.heartbeat.interval.ms': int('5000', atLeast(1)),
  'group.consumer.min.session.timeout.ms': int('45000', atLeast(1)),
  'group.consumer.regex.refresh.interval.ms': int('600000', atLeast(10_000), internal),
  'group.consumer.session.timeout.ms': int('45000', atLeast(1)),
  'group.coordinator.append.linger.ms': int('-1', atLeast(-1), warn(ownCoordinator)),
  'group.coordinator.background.threads': int('2', atLeast(1), warn(ownCoordinator)),
  'group.coordinator.cached.buffer.max.bytes': int('1048588', atLeast(524_288), clusterWide, warn(ownCoordinator)),
  'group.coordinator.rebalance.protocols': list(
    'classic,consumer,streams',
    items({ empty: false, values: ['consumer', 'classic', 'share', 'streams'] }),
  ),
  'group.coordinator.threads': int('4', atLeast(1), warn(ownCoordinator)),
  'group.initial.rebalance.delay.ms': int('3000'),
  'group.max.session.timeout.ms': int('1800000'),
  'group.max.size': int('2147483647', atLeast(1)),
  'group.min.session.timeout.ms': int('6000'),
  'group.streams.assignment.interval.ms': int('1000', atLeast(0), clusterWide, warn(notThereYet)),
  'group.streams.heartbeat.interval.ms': int('5000', atLeast(1), warn(notThereYet)),
  'group.streams.initial.rebalance.delay.ms': int('3000', atLeast(0), warn(notThereYet)),
  'group.streams.max.assignment.interval.ms': int('15000', atLeast(0), warn(notThereYet)),
  'group.streams.max.heartbeat.interval.ms': int('15000', atLeast(1), warn(notThereYet)),
  'group.streams.max.session.timeout.ms': int('60000', atLeast(1), warn(notThereYet)),
  'group.streams.max.size': int('2147483647', atLeast(1), warn(notThereYet)),
  'group.streams.max.standby.replicas': int('2', atLeast(0), warn(notThereYet)),
  'group.streams.min.assignment.interval.ms': int('0', atLeast(0), warn(notThereYet)),
  'group.streams.min.heartbeat.interval.ms': int('5000', atLeast(1), warn(notThereYet)),
  'group.streams.min.session.timeout.ms': int('45000', atLeast(1), warn(notThereYet)),
  'group.streams.num.standby.replicas': int('0', atLeast(0), warn(notThereYet)),
  'group.streams.session.timeout.ms': int('45000', atLeast(1), warn(notThereYet)),
  'offset.metadata.max.bytes': int('4096'),
  'offsets.commit.timeout.ms': int('5000', atLeast(1)),
  'offsets.load.buffer.size': int('5242880', atLeast(1), warn(ownCoordinator)),
  'offsets.retention.check.interval.ms': long('600000', atLeast(1)),
  'offsets.retention.minutes': int('10080', atLeast(1)),
  'offsets.topic.compression.codec': int('0', warn(ownCoordinator)),
  'offsets.topic.num.partitions': int('50', atLeast(1)),
  'offsets.topic.replication.factor': short('3', atLeast(1)),
  'offsets.topic.segment.bytes': int('104857600', atLeast(1)),
} as const satisfies SettingTable
