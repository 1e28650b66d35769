// Changing the settings of topics, brokers, groups and client metrics subscriptions: from what is stored and what is
// asked to what will be stored, or an error. Pure: nothing is changed here; `changes` become ConfigRecords.
//
// Source: ConfigurationControlManager, ConfigAdminManager and ControllerConfigurationValidator of Kafka 4.3.0.
// Departures: a broker setting that nobody knows is an error (Kafka stores it, for plug-ins), and an unknown kind of
// operation is INVALID_REQUEST (Kafka fails with UNKNOWN_SERVER_ERROR).

import type { BrokerConfig, SettingTexts } from './broker-config.ts'
import { brokerSetting } from './broker-settings.ts'
import { clientMetricsConfigError } from './client-metrics-config.ts'
import { clientMetricsSettings } from './client-metrics-settings.ts'
import { dynamicChangeError } from './dynamic-config.ts'
import { groupConfigError } from './group-config.ts'
import { groupSettings } from './group-settings.ts'
import type { Setting } from './setting.ts'
import { topicConfigError } from './topic-config.ts'
import { type TopicSettingName, topicSettings } from './topic-settings.ts'

/** `broker` is one broker, `cluster` what holds for all of them (the broker resource with an empty name). */
export type ConfigKind = 'topic' | 'broker' | 'cluster' | 'group' | 'client-metrics'

export interface AlterError {
  readonly error: 'INVALID_CONFIG' | 'INVALID_REQUEST'
  readonly message: string
}

export interface Alteration {
  /** All stored values after the change. */
  readonly overrides: SettingTexts
  /** What must be written: a value, or null for one that goes. For brokers also values that stay the same, which makes
   * brokers read files anew that a setting names. */
  readonly changes: readonly { readonly name: string; readonly value: string | null }[]
}

/** As IncrementalAlterConfigs has it: 0 set, 1 delete, 2 append to a list, 3 subtract from a list. */
export interface ConfigOperation {
  readonly name: string
  readonly configOperation: number
  readonly value: string | null
}

export interface AlterContext {
  /** This broker's config, with the dynamic values that hold now. */
  readonly config: BrokerConfig
  /** Whether the feature eligible.leader.replicas.version is on, which binds min.insync.replicas of brokers. */
  readonly eligibleLeaderReplicas?: boolean
}

const operation = { set: 0, delete: 1, append: 2, subtract: 3 } as const
const valueLengthMax = 32_767

/** IncrementalAlterConfigs of one resource, whose stored values are `current`. */
export function incrementalAlter(
  context: AlterContext,
  kind: ConfigKind,
  current: SettingTexts,
  operations: readonly ConfigOperation[],
): Alteration | AlterError {
  const malformed = checkOperations(operations)
  if (malformed) return malformed
  const changes: { name: string; value: string | null }[] = []
  for (const each of operations) {
    const next = applyOperation(kind, current.get(each.name) ?? null, each)
    if (next !== null && typeof next === 'object') return next
    if (next !== (current.get(each.name) ?? null) || isBroker(kind)) changes.push({ name: each.name, value: next })
  }
  return decide(context, kind, current, changes)
}

/** AlterConfigs of one resource: `entries` replace all that is stored. */
export function replaceConfig(
  context: AlterContext,
  kind: ConfigKind,
  current: SettingTexts,
  entries: readonly { readonly name: string; readonly value: string | null }[],
): Alteration | AlterError {
  const malformed = checkOperations(entries.map(entry => ({ ...entry, configOperation: operation.set })))
  if (malformed) return malformed
  const names = new Set(entries.map(entry => entry.name))
  const altered = entries.filter(({ name, value }) => (current.get(name) ?? null) !== value || isBroker(kind))
  const gone = [...current.keys()].filter(name => !names.has(name)).map(name => ({ name, value: null }))
  return decide(context, kind, current, [...altered, ...gone])
}

/** The settings given with a new topic. */
export function newTopicConfig(
  context: AlterContext,
  entries: readonly { readonly name: string; readonly value: string | null }[],
): Alteration | AlterError {
  const empty = entries.filter(entry => entry.value === null).map(entry => entry.name)
  if (empty.length > 0) return invalidConfig(`${empty.join(', ')}: a topic setting needs a value.`)
  // A name that comes twice keeps its last value, as in Kafka.
  const last = new Map(entries.map(entry => [entry.name, entry.value]))
  return decide(
    context,
    'topic',
    new Map(),
    [...last].map(([name, value]) => ({ name, value })),
  )
}

export const isAlterError = (result: Alteration | AlterError): result is AlterError => 'error' in result

const isBroker = (kind: ConfigKind): boolean => kind === 'broker' || kind === 'cluster'

const invalidConfig = (message: string): AlterError => ({ error: 'INVALID_CONFIG', message })
const invalidRequest = (message: string): AlterError => ({ error: 'INVALID_REQUEST', message })

function checkOperations(operations: readonly ConfigOperation[]): AlterError | null {
  const names = operations.map(each => each.name)
  const twice = names.find((name, index) => names.indexOf(name) < index)
  if (twice !== undefined) return invalidRequest(`${twice} is given twice. Give each setting once.`)
  const empty = operations.filter(each => each.value === null && each.configOperation !== operation.delete)
  if (empty.length > 0) return invalidRequest(`${empty.map(each => each.name).join(', ')}: a value is needed.`)
  const odd = operations.find(each => each.configOperation < 0 || each.configOperation > operation.subtract)
  return odd ? invalidRequest(`${odd.name}: ${odd.configOperation} is not an operation on settings.`) : null
}

function applyOperation(kind: ConfigKind, current: string | null, each: ConfigOperation): string | null | AlterError {
  if (each.configOperation === operation.set) return each.value
  if (each.configOperation === operation.delete) return null
  const setting = settingOf(kind, each.name)
  if (setting?.type !== 'list')
    return invalidConfig(`${each.name} is not a list: nothing can be appended to it or subtracted from it. Set it.`)
  const items = (current ?? setting.default ?? '').split(',').filter(item => item !== '')
  for (const item of splitAsJava(each.value ?? '')) {
    const at = items.indexOf(item)
    if (each.configOperation === operation.append && at < 0) items.push(item)
    if (each.configOperation === operation.subtract && at >= 0) items.splice(at, 1)
  }
  return items.join(',')
}

/** As Java's String.split(","): empty items at the end do not count, except that empty text is one empty item. */
function splitAsJava(text: string): string[] {
  const items = text.split(',')
  while (items.length > 1 && items.at(-1) === '') items.pop()
  return text !== '' && items.length === 1 && items[0] === '' ? [] : items
}

/** Of groups and client metrics subscriptions Kafka knows no types here, so their lists can only be set. */
function settingOf(kind: ConfigKind, name: string): Setting | undefined {
  if (isBroker(kind)) return brokerSetting(name)
  return kind === 'topic' && Object.hasOwn(topicSettings, name) ? topicSettings[name as TopicSettingName] : undefined
}

/** Stored names that this version does not know do not count. */
function known(kind: ConfigKind, current: SettingTexts): SettingTexts {
  const tables = { topic: topicSettings, group: groupSettings, 'client-metrics': clientMetricsSettings }
  if (kind === 'broker' || kind === 'cluster') return current
  return new Map([...current].filter(([name]) => Object.hasOwn(tables[kind], name)))
}

function decide(
  context: AlterContext,
  kind: ConfigKind,
  stored: SettingTexts,
  changes: Alteration['changes'],
): Alteration | AlterError {
  const current = known(kind, stored)
  const overrides = new Map(current)
  for (const { name, value } of changes) {
    if (value === null) overrides.delete(name)
    else overrides.set(name, value)
    if ((value?.length ?? 0) > valueLengthMax)
      return invalidConfig(`${name}: the value has ${value?.length} characters, more than ${valueLengthMax}.`)
  }
  const wrong =
    (context.eligibleLeaderReplicas && minInsyncReplicasError(kind, changes)) ||
    configError(context.config, kind, current, overrides, changes)
  return wrong ?? { overrides, changes }
}

/** With eligible leader replicas on, all brokers must agree on min.insync.replicas, so it exists for the cluster only. */
function minInsyncReplicasError(kind: ConfigKind, changes: Alteration['changes']): AlterError | null {
  const change = changes.find(each => each.name === 'min.insync.replicas')
  if (!change || !isBroker(kind)) return null
  if (kind === 'broker')
    return invalidConfig(
      'min.insync.replicas: with eligible leader replicas it is set for the whole cluster, or per topic.',
    )
  return change.value === null
    ? invalidConfig(
        'min.insync.replicas: with eligible leader replicas the cluster must have a value. Set another one.',
      )
    : null
}

function configError(
  config: BrokerConfig,
  kind: ConfigKind,
  current: SettingTexts,
  overrides: SettingTexts,
  changes: Alteration['changes'],
): AlterError | null {
  switch (kind) {
    case 'topic':
      return error('INVALID_CONFIG', topicConfigError(config, current, overrides))
    case 'group':
      return error('INVALID_CONFIG', groupConfigError(config, overrides))
    case 'client-metrics':
      return clientMetricsConfigError(overrides)
    case 'broker':
    case 'cluster':
      return error('INVALID_REQUEST', dynamicChangeError(config, kind === 'broker', overrides, changes))
  }
}

const error = (code: AlterError['error'], message: string | null): AlterError | null =>
  message === null ? null : { error: code, message }
