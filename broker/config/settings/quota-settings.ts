// Broker settings about quotas.
// Source: Kafka 4.3.0's QuotaConfig.

import type { SettingTable } from '../setting.ts'
import { className, int, refuse } from '../setting.ts'
import { atLeast } from '../setting-rule.ts'

const quotas =
  'quotas are not implemented yet, clients would not be held back. Remove the setting if that is what you want'

export const quotaSettings = {
  'alter.log.dirs.replication.quota.window.num': int('11', atLeast(1), refuse(quotas)),
  'alter.log.dirs.replication.quota.window.size.seconds': int('1', atLeast(1), refuse(quotas)),
  'client.quota.callback.class': className(null, refuse(quotas)),
  'controller.quota.window.num': int('11', atLeast(1), refuse(quotas)),
  'controller.quota.window.size.seconds': int('1', atLeast(1), refuse(quotas)),
  'quota.window.num': int('11', atLeast(1), refuse(quotas)),
  'quota.window.size.seconds': int('1', atLeast(1), refuse(quotas)),
  'replication.quota.window.num': int('11', atLeast(1), refuse(quotas)),
  'replication.quota.window.size.seconds': int('1', atLeast(1), refuse(quotas)),
} as const satisfies SettingTable
