// The settings of consumer groups, by the names they have here. Source: Kafka 4.3.0's GroupCoordinatorConfig, GroupConfig.

import type { BrokerConfig, SettingTexts } from '../../../config/broker-config.ts'
import { groupInt } from '../../../config/group-config.ts'
import { assignorsOf } from './assignor/assignors.ts'
import type { Assignor } from './assignor/group-spec.ts'

/** May differ from group to group, and while the broker runs. */
export interface TimesOfGroup {
  readonly sessionTimeoutMs: number
  readonly heartbeatIntervalMs: number
  /** The least time between two target assignments. */
  readonly assignmentIntervalMs: number
}

export interface ConsumerSettings {
  /** False: the broker does not speak the protocol (group.coordinator.rebalance.protocols). */
  readonly isEnabled: boolean
  readonly maxSize: number
  /** By name; the first is the default. */
  readonly assignors: ReadonlyMap<string, Assignor>
  readonly mayUpgrade: boolean
  readonly mayDowngrade: boolean
  /** Members of a classic group, which a group may become. */
  readonly classicMaxSize: number
  /** Expressions are resolved again after this time, whatever happens. */
  readonly regexRefreshMs: number
  timesOf(groupId: string): TimesOfGroup
}

/** `live`: settings as they are now; `overrides`: what was set for a group itself. */
export function consumerSettings(
  config: BrokerConfig,
  live: () => BrokerConfig,
  overrides: (groupId: string) => SettingTexts,
): ConsumerSettings {
  const policy = config.string('group.consumer.migration.policy').toLowerCase()
  return {
    isEnabled: config.list('group.coordinator.rebalance.protocols').includes('consumer'),
    maxSize: config.int('group.consumer.max.size'),
    assignors: assignorsOf(config.list('group.consumer.assignors')),
    mayUpgrade: policy === 'bidirectional' || policy === 'upgrade',
    mayDowngrade: policy === 'bidirectional' || policy === 'downgrade',
    classicMaxSize: config.int('group.max.size'),
    regexRefreshMs: config.int('group.consumer.regex.refresh.interval.ms'),
    timesOf: groupId => {
      const [now, own] = [live(), overrides(groupId)]
      return {
        sessionTimeoutMs: groupInt(now, own, 'consumer.session.timeout.ms'),
        heartbeatIntervalMs: groupInt(now, own, 'consumer.heartbeat.interval.ms'),
        assignmentIntervalMs: groupInt(now, own, 'consumer.assignment.interval.ms'),
      }
    },
  }
}
