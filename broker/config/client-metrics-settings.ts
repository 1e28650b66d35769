// Settings of client metrics subscriptions (KIP-714). Source: Kafka 4.3.0's ClientMetricsConfigs.

import type { SettingTable } from './setting.ts'
import { int, list } from './setting.ts'
import { items } from './setting-rule.ts'

export const clientMetricsSettings = {
  'interval.ms': int('300000'),
  match: list('', items({ empty: true })),
  metrics: list('', items({ empty: true })),
} as const satisfies SettingTable
