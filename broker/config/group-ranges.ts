// The limits that broker settings put on group settings: a least and a greatest value each, within which the broker's own
// default must lie, and to which a group's own value is held. Source: Kafka 4.3.0's GroupCoordinatorConfig,
// ShareGroupConfig and GroupConfig.

import type { BrokerConfig } from './broker-config.ts'
import type { BrokerSettingOf } from './broker-settings.ts'
import type { GroupSettingName } from './group-settings.ts'

type IntName = BrokerSettingOf<'int'>

/** One group setting, the broker setting that it falls back to, and the broker settings that bound it. */
export interface GroupRange {
  readonly group: GroupSettingName
  readonly broker: IntName
  readonly min: IntName | null
  readonly max: IntName
}

const range = (group: GroupSettingName, broker: IntName, min: IntName | null, max: IntName): GroupRange => ({
  group,
  broker,
  min,
  max,
})

export const groupRanges: readonly GroupRange[] = [
  ...(['consumer', 'share', 'streams'] as const).flatMap(kind => [
    range(
      `${kind}.heartbeat.interval.ms`,
      `group.${kind}.heartbeat.interval.ms`,
      `group.${kind}.min.heartbeat.interval.ms`,
      `group.${kind}.max.heartbeat.interval.ms`,
    ),
    range(
      `${kind}.session.timeout.ms`,
      `group.${kind}.session.timeout.ms`,
      `group.${kind}.min.session.timeout.ms`,
      `group.${kind}.max.session.timeout.ms`,
    ),
    range(
      `${kind}.assignment.interval.ms`,
      `group.${kind}.assignment.interval.ms`,
      `group.${kind}.min.assignment.interval.ms`,
      `group.${kind}.max.assignment.interval.ms`,
    ),
  ]),
  range(
    'share.record.lock.duration.ms',
    'group.share.record.lock.duration.ms',
    'group.share.min.record.lock.duration.ms',
    'group.share.max.record.lock.duration.ms',
  ),
  range(
    'share.delivery.count.limit',
    'group.share.delivery.count.limit',
    'group.share.min.delivery.count.limit',
    'group.share.max.delivery.count.limit',
  ),
  range(
    'share.partition.max.record.locks',
    'group.share.partition.max.record.locks',
    'group.share.min.partition.max.record.locks',
    'group.share.max.partition.max.record.locks',
  ),
  range(
    'streams.num.standby.replicas',
    'group.streams.num.standby.replicas',
    null,
    'group.streams.max.standby.replicas',
  ),
]

/** What is wrong with the broker's own values: outside their range, a range turned round, a heartbeat too slow. */
export function groupRangeProblems(config: BrokerConfig): readonly string[] {
  const above = (upper: IntName, lower: IntName): readonly string[] =>
    config.int(upper) >= config.int(lower)
      ? []
      : [`${upper} is ${config.int(upper)}: it must be at least ${lower} (${config.int(lower)}).`]
  const slow = (['consumer', 'share', 'streams'] as const).filter(
    kind => config.int(`group.${kind}.heartbeat.interval.ms`) >= config.int(`group.${kind}.session.timeout.ms`),
  )
  return [
    ...groupRanges.flatMap(({ broker, min, max }) => [...above(max, broker), ...(min ? above(broker, min) : [])]),
    ...slow.map(kind => `group.${kind}.heartbeat.interval.ms: it must be less than group.${kind}.session.timeout.ms.`),
    ...above('group.share.max.share.sessions', 'group.share.max.size'),
  ]
}
