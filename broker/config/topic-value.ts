// One topic setting's effective value: the topic's own, else what the broker's settings give, else Kafka's default.
// Source: KafkaConfig.extractLogConfigMap and LogConfig.fromProps of Kafka 4.3.0.

import type { BrokerConfig, SettingTexts } from './broker-config.ts'
import { defaultValue, parseSetting } from './parse-setting.ts'
import type { Setting, SettingValue } from './setting.ts'
import { type TopicSettingName, topicSettings, topicSynonyms } from './topic-settings.ts'

/** Null only where neither anybody nor Kafka gives a value. An override that cannot be read counts as not there. */
export function topicValue(config: BrokerConfig, overrides: SettingTexts, name: TopicSettingName): SettingValue | null {
  const setting: Setting = topicSettings[name]
  const own = overrides.get(name)
  const parsed = own === undefined ? undefined : parseSetting(name, setting, own)
  if (parsed && 'value' in parsed) return parsed.value
  return brokerTopicValue(config, name)
}

/** What a topic without a value of its own gets from the broker. */
export function brokerTopicValue(config: BrokerConfig, name: TopicSettingName): SettingValue | null {
  switch (name) {
    case 'segment.ms':
      return config.logRollMs
    case 'segment.jitter.ms':
      return config.logRollJitterMs
    case 'retention.ms':
      return config.logRetentionMs
    case 'flush.ms':
      return config.logFlushIntervalMs
  }
  const synonym = topicSynonyms[name]?.[0]
  return synonym ? config.value(synonym.name) : defaultValue(topicSettings[name])
}
