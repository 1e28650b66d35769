// Settings that Kafka does not have. Everything else of ours would start with `millrace.`; there is none yet.

import type { SettingTable } from '../setting.ts'
import { long } from '../setting.ts'
import { atLeast } from '../setting-rule.ts'

export const ownSettings = {
  // A log directory with fewer free bytes refuses produce requests until there is room again. 64 MiB is what the index
  // files of a few rolling segments and the metadata log need at most before somebody notices.
  'log.dir.min.free.bytes': long('67108864', atLeast(0)),
} as const satisfies SettingTable
