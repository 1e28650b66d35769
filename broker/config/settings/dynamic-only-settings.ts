// Broker settings that exist only at run time: a file cannot set them. Source: QuotaConfig.brokerQuotaConfigs of Kafka
// 4.3.0. They throttle copying between brokers, which nothing does yet, and between log directories.

import { clusterWide, long, type SettingTable, warn } from '../setting.ts'
import { atLeast } from '../setting-rule.ts'

const noCopying = warn('nothing copies partitions between brokers yet')

export const dynamicOnlySettings: SettingTable = {
  'follower.replication.throttled.rate': long('9223372036854775807', atLeast(0), clusterWide, noCopying),
  'leader.replication.throttled.rate': long('9223372036854775807', atLeast(0), clusterWide, noCopying),
  'replica.alter.log.dirs.io.max.bytes.per.second': long('9223372036854775807', atLeast(0), clusterWide),
}
