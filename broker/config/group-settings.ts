// Settings of groups, and the broker settings that stand in where a group has no value of its own.
// Source: Kafka 4.3.0's GroupConfig.

import type { BrokerSettingName } from './broker-settings.ts'
import type { SettingTable } from './setting.ts'
import { boolean, int, string } from './setting.ts'
import { atLeast, oneOf, shareOffsetReset } from './setting-rule.ts'

export const groupSettings = {
  'consumer.assignment.interval.ms': int('1000', atLeast(0)),
  'consumer.heartbeat.interval.ms': int('5000', atLeast(1)),
  'consumer.session.timeout.ms': int('45000', atLeast(1)),
  'share.assignment.interval.ms': int('1000', atLeast(0)),
  'share.auto.offset.reset': string('latest', shareOffsetReset),
  'share.delivery.count.limit': int('5', atLeast(2)),
  'share.heartbeat.interval.ms': int('5000', atLeast(1)),
  'share.isolation.level': string('read_uncommitted', oneOf('read_committed', 'read_uncommitted')),
  'share.partition.max.record.locks': int('2000', atLeast(100)),
  'share.record.lock.duration.ms': int('30000', atLeast(1000)),
  'share.renew.acknowledge.enable': boolean('true'),
  'share.session.timeout.ms': int('45000', atLeast(1)),
  'streams.assignment.interval.ms': int('1000', atLeast(0)),
  'streams.heartbeat.interval.ms': int('5000', atLeast(1)),
  'streams.initial.rebalance.delay.ms': int('3000', atLeast(0)),
  'streams.num.standby.replicas': int('0', atLeast(0)),
  'streams.session.timeout.ms': int('45000', atLeast(1)),
} as const satisfies SettingTable

export type GroupSettingName = keyof typeof groupSettings

/** The broker setting that gives a group setting its value; null: Kafka's default. */
export const groupSynonym = (name: GroupSettingName): BrokerSettingName | null => {
  switch (name) {
    case 'share.auto.offset.reset':
    case 'share.isolation.level':
    case 'share.renew.acknowledge.enable':
      return null
    default:
      return `group.${name}`
  }
}
