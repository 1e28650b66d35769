// Broker settings changed at run time: for the whole cluster and for this broker, on top of what it was started with.
// Source: DynamicBrokerConfig of Kafka 4.3.0.
//
// Precedence: this broker's dynamic value, the cluster's dynamic value, the static value, the default. A setting that is
// given dynamically displaces the synonyms of it that are given below, whatever their rank: log.retention.hours set at
// run time wins over log.retention.ms in the file.

import { type BrokerConfig, brokerConfigOf, type DynamicTexts, type SettingTexts } from './broker-config.ts'
import { brokerSetting, brokerSettings } from './broker-settings.ts'
import { didYouMean } from './closest-name.ts'
import { ConfigError } from './config-error.ts'
import { parseSetting } from './parse-setting.ts'
import { settingText } from './setting-text.ts'
import { dynamicOnlySettings } from './settings/dynamic-only-settings.ts'
import { threadCountError } from './thread-counts.ts'

export interface DynamicResult {
  readonly config: BrokerConfig
  /** Stored values that are not applied, one line each: they are invalid, not dynamic, or not implemented. */
  readonly ignored: readonly string[]
}

/**
 * The config with stored dynamic values applied, `cluster` and `broker` being all there are; those that `config` had
 * before no longer count. Values that cannot be applied by themselves are ignored and named. Throws a ConfigError when
 * those that can contradict each other or the static ones; the caller keeps what it had.
 */
export function withDynamic(config: BrokerConfig, cluster: SettingTexts, broker: SettingTexts): DynamicResult {
  const ignored: string[] = []
  const dynamic = { cluster: applicable(cluster, false, ignored), broker: applicable(broker, true, ignored) }
  const texts = layered(config.staticTexts, dynamic)
  clampAssignmentIntervals(texts)
  return { config: brokerConfigOf(texts, dynamic, config), ignored }
}

function layered(staticTexts: SettingTexts, { cluster, broker }: DynamicTexts): Map<string, string> {
  const texts = new Map(staticTexts)
  displace(texts, cluster)
  displace(texts, broker)
  return texts
}

/**
 * What is wrong with a dynamic change after which `overrides` are all values that are stored for this broker, or for the
 * cluster; null: nothing. `config` is what holds now.
 */
export function dynamicChangeError(
  config: BrokerConfig,
  perBroker: boolean,
  overrides: SettingTexts,
  changes: readonly { readonly name: string; readonly value: string | null }[],
): string | null {
  for (const { name, value } of changes) {
    const problem = value === null ? null : dynamicProblem(name, value, perBroker)
    if (problem) return problem
  }
  try {
    const changed = applicable(overrides, perBroker, [])
    const dynamic = { ...config.dynamicTexts, [perBroker ? 'broker' : 'cluster']: changed }
    return threadCountError(config, brokerConfigOf(layered(config.staticTexts, dynamic), dynamic, config))
  } catch (error) {
    if (error instanceof ConfigError) return error.message
    throw error
  }
}

/** The names that say the same as `name` in other units, itself included, in order of precedence. */
export function brokerSynonyms(name: string): readonly string[] {
  return synonymGroups.find(group => group.readers.includes(name))?.names ?? [name]
}

const synonymGroups: readonly { names: readonly string[]; readers: readonly string[] }[] = [
  same('log.roll.ms', 'log.roll.hours'),
  same('log.roll.jitter.ms', 'log.roll.jitter.hours'),
  same('log.retention.ms', 'log.retention.minutes', 'log.retention.hours'),
  // The scheduler's interval is only the default of the other, it has no synonym itself.
  { names: ['log.flush.interval.ms', 'log.flush.scheduler.interval.ms'], readers: ['log.flush.interval.ms'] },
]

function same(...names: string[]) {
  return { names, readers: names }
}

function displace(texts: Map<string, string>, dynamic: SettingTexts): void {
  for (const [name, text] of dynamic) {
    for (const synonym of brokerSynonyms(name)) texts.delete(synonym)
    texts.set(name, text)
  }
}

function applicable(stored: SettingTexts, perBroker: boolean, ignored: string[]): SettingTexts {
  const good = new Map<string, string>()
  for (const [name, text] of stored) {
    const problem = dynamicProblem(name, text, perBroker)
    if (problem === null) good.set(name, text)
    else ignored.push(problem)
  }
  return good
}

/** Why a dynamic value cannot hold, or null. */
export function dynamicProblem(name: string, text: string, perBroker: boolean): string | null {
  const setting = brokerSetting(name) ?? dynamicOnlySettings[name]
  if (!setting) return `Unknown broker config name: ${name}.${didYouMean(name, Object.keys(brokerSettings))}`
  if (setting.updateMode === 'read-only') return `${name} cannot be changed while the broker runs.`
  if (ofListeners.has(name))
    return `${name} can be changed at run time for a single listener only, and TLS is not implemented yet.`
  if (setting.updateMode === 'per-broker' && !perBroker) return `${name} must be set for one broker, by its id.`
  if (fixedHere.has(name))
    return `${name} cannot be changed while the broker runs, not yet. Change the file and restart.`
  const parsed = parseSetting(name, setting, text)
  if ('problem' in parsed) return parsed.problem
  const harmless = setting.status !== 'refuse' || settingText(setting.type, parsed.value) === setting.default
  return harmless ? null : `${name}: ${setting.advice}.`
}

type DynamicOnlyLimit = 'replica.alter.log.dirs.io.max.bytes.per.second'

/** A bound that can be set only at run time; what lies beyond 2^53 nobody reaches, so it reads as Infinity. */
export function dynamicOnlyLimit(config: BrokerConfig, name: DynamicOnlyLimit): number {
  const setting = dynamicOnlySettings[name]!
  const parsed = parseSetting(name, setting, config.texts.get(name) ?? setting.default!)
  return 'value' in parsed ? Number(parsed.value) : Number.POSITIVE_INFINITY
}

/** Kafka can open and close listeners while it runs. Describe calls these dynamic all the same, as Kafka does. */
const fixedHere = new Set(['listeners', 'listener.security.protocol.map'])

/** What Kafka reads anew only under the name of a listener. Source: SslConfigs.RECONFIGURABLE_CONFIGS. */
const ofListeners = new Set([
  'ssl.keystore.type',
  'ssl.keystore.location',
  'ssl.keystore.password',
  'ssl.keystore.key',
  'ssl.keystore.certificate.chain',
  'ssl.key.password',
  'ssl.truststore.type',
  'ssl.truststore.location',
  'ssl.truststore.password',
  'ssl.truststore.certificates',
])

const assignmentIntervals = ['consumer', 'share', 'streams'] as const

/** Stored values of these three are held to their range, which may have changed since they were set. */
function clampAssignmentIntervals(texts: Map<string, string>): void {
  for (const kind of assignmentIntervals) {
    const name = `group.${kind}.assignment.interval.ms` as const
    const text = texts.get(name)
    if (text === undefined) continue
    const bound = (which: 'min' | 'max') => {
      const boundName = `group.${kind}.${which}.assignment.interval.ms` as const
      return Number(texts.get(boundName) ?? brokerSettings[boundName].default)
    }
    texts.set(name, String(Math.min(Math.max(Number(text), bound('min')), bound('max'))))
  }
}
