// Whether a topic's settings are valid: known names, valid values, and values that agree with each other and with what
// the broker gives. Source: LogConfig.validate of Kafka 4.3.0, without the rules of tiered storage that can only be
// reached where it exists.

import type { BrokerConfig, SettingTexts } from './broker-config.ts'
import { didYouMean } from './closest-name.ts'
import { parseSetting } from './parse-setting.ts'
import type { Setting, SettingTable } from './setting.ts'
import { topicSettings } from './topic-settings.ts'
import { topicValue } from './topic-value.ts'

/** What is wrong with a topic's settings `overrides`, which were `current` before; null: nothing. */
export function topicConfigError(config: BrokerConfig, current: SettingTexts, overrides: SettingTexts): string | null {
  return (
    nameOrValueError('topic', topicSettings, overrides) ??
    compactionLagError(config, overrides) ??
    remoteStorageError(config, current, overrides)
  )
}

/** The first name that is not in the table or value that is not valid. */
export function nameOrValueError(kind: string, table: SettingTable, overrides: SettingTexts): string | null {
  for (const name of overrides.keys())
    if (!Object.hasOwn(table, name))
      return `Unknown ${kind} config name: ${name}.${didYouMean(name, Object.keys(table))}`
  for (const [name, text] of overrides) {
    const parsed = parseSetting(name, table[name] as Setting, text)
    if ('problem' in parsed) return parsed.problem
  }
  return null
}

function compactionLagError(config: BrokerConfig, overrides: SettingTexts): string | null {
  const min = topicValue(config, overrides, 'min.compaction.lag.ms') as number | bigint
  const max = topicValue(config, overrides, 'max.compaction.lag.ms') as number | bigint
  return min > max ? `min.compaction.lag.ms (${min}) must not exceed max.compaction.lag.ms (${max}).` : null
}

function remoteStorageError(config: BrokerConfig, current: SettingTexts, overrides: SettingTexts): string | null {
  if (topicValue(config, overrides, 'remote.storage.enable') === true)
    return 'remote.storage.enable: this broker has no tiered storage. Leave it false.'
  const was = current.get('remote.storage.enable')?.toLowerCase() === 'true'
  return was && topicValue(config, overrides, 'remote.log.delete.on.disable') !== true
    ? 'remote.storage.enable: turning it off loses what was copied out. Set remote.log.delete.on.disable=true to agree.'
    : null
}
