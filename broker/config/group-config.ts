// Whether a group's settings are valid, and the typed values that hold for it. Source: GroupConfig of Kafka 4.3.0.
//
// A group's value must lie within the broker's limits when it is set. The limits may change afterwards, so a stored value
// is held to them again when it is used (`groupInt`).

import type { BrokerConfig, SettingTexts } from './broker-config.ts'
import { type GroupRange, groupRanges } from './group-ranges.ts'
import { type GroupSettingName, groupSettings, groupSynonym } from './group-settings.ts'
import { defaultValue, parseSetting } from './parse-setting.ts'
import type { Setting, SettingValue } from './setting.ts'
import { nameOrValueError } from './topic-config.ts'

/** What is wrong with a group's settings; null: nothing. */
export function groupConfigError(config: BrokerConfig, overrides: SettingTexts): string | null {
  return (
    nameOrValueError('group', groupSettings, overrides) ??
    rangeError(config, overrides) ??
    heartbeatError(config, overrides)
  )
}

/** The group's own value, else the broker's, else Kafka's default; not yet held to the broker's limits. */
export function groupValue(config: BrokerConfig, overrides: SettingTexts, name: GroupSettingName): SettingValue {
  const setting: Setting = groupSettings[name]
  const own = overrides.get(name)
  const parsed = own === undefined ? undefined : parseSetting(name, setting, own)
  if (parsed && 'value' in parsed) return parsed.value
  const synonym = groupSynonym(name)
  return (synonym ? config.value(synonym) : defaultValue(setting)) as SettingValue
}

/** The number that holds for a group: its value, held to the broker's limits. */
export function groupInt(config: BrokerConfig, overrides: SettingTexts, name: GroupSettingName): number {
  const value = groupValue(config, overrides, name) as number
  const range = groupRanges.find(each => each.group === name)
  if (!range || !overrides.has(name)) return value
  const min = range.min === null ? -Infinity : config.int(range.min)
  return Math.min(Math.max(value, min), config.int(range.max))
}

function rangeError(config: BrokerConfig, overrides: SettingTexts): string | null {
  for (const range of groupRanges) {
    // Kafka leaves the broker's assignment interval, which may change at run time, out of this.
    if (range.group.endsWith('.assignment.interval.ms') && !overrides.has(range.group)) continue
    const problem = outOfRange(config, range, groupValue(config, overrides, range.group) as number)
    if (problem) return problem
  }
  return null
}

function outOfRange(config: BrokerConfig, { group, min, max }: GroupRange, value: number): string | null {
  if (min !== null && value < config.int(min))
    return `${group} is ${value}: it must be at least ${min} (${config.int(min)}).`
  return value > config.int(max) ? `${group} is ${value}: it must be at most ${max} (${config.int(max)}).` : null
}

function heartbeatError(config: BrokerConfig, overrides: SettingTexts): string | null {
  for (const kind of ['consumer', 'share', 'streams'] as const) {
    const session = groupValue(config, overrides, `${kind}.session.timeout.ms`)
    const heartbeat = groupValue(config, overrides, `${kind}.heartbeat.interval.ms`)
    if (session <= heartbeat)
      return `${kind}.session.timeout.ms (${session}) must exceed ${kind}.heartbeat.interval.ms (${heartbeat}).`
  }
  return null
}
