// All settings of a broker by name: those of Kafka 4.3.0, which `settings/` lists by concern, and our own.
//
// A test compares this table with what Kafka 4.3.0 itself says: names, types, defaults, rules, update modes.

import type { Setting, SettingTable, SettingType } from './setting.ts'
import { groupCoordinatorSettings } from './settings/group-coordinator-settings.ts'
import { logSettings } from './settings/log-settings.ts'
import { networkSettings } from './settings/network-settings.ts'
import { nodeSettings } from './settings/node-settings.ts'
import { ownSettings } from './settings/own-settings.ts'
import { quotaSettings } from './settings/quota-settings.ts'
import { remoteStorageSettings } from './settings/remote-storage-settings.ts'
import { replicationSettings } from './settings/replication-settings.ts'
import { securitySettings } from './settings/security-settings.ts'
import { shareSettings } from './settings/share-settings.ts'
import { transactionSettings } from './settings/transaction-settings.ts'

export const brokerSettings = {
  ...nodeSettings,
  ...networkSettings,
  ...logSettings,
  ...replicationSettings,
  ...groupCoordinatorSettings,
  ...shareSettings,
  ...transactionSettings,
  ...remoteStorageSettings,
  ...quotaSettings,
  ...securitySettings,
  ...ownSettings,
} as const satisfies SettingTable

export type BrokerSettings = typeof brokerSettings
export type BrokerSettingName = keyof BrokerSettings

/** The names of the settings of one type: `BrokerSettingOf<'int'>` is every INT setting. */
export type BrokerSettingOf<Type extends SettingType> = {
  [Name in BrokerSettingName]: BrokerSettings[Name] extends Setting<Type> ? Name : never
}[BrokerSettingName]

/** The setting of that name, or undefined: not one that Kafka 4.3.0 or we know. */
export const brokerSetting = (name: string): Setting | undefined =>
  Object.hasOwn(brokerSettings, name) ? (brokerSettings as SettingTable)[name] : undefined
