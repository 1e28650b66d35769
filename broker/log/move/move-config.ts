// What moving partitions between log directories needs to know of the broker's settings.

import type { BrokerConfig } from '../../config/broker-config.ts'
import { dynamicOnlyLimit } from '../../config/dynamic-config.ts'

export interface MoveConfig {
  /** Partitions that are copied at once: as many as there are log directories where nothing is said. */
  readonly threads: number
  /** Of all of them together. */
  readonly bytesPerSecond: number
}

export function moveConfigOf(config: BrokerConfig): MoveConfig {
  return {
    threads: config.int('num.replica.alter.log.dirs.threads') ?? config.logDirs.length,
    bytesPerSecond: dynamicOnlyLimit(config, 'replica.alter.log.dirs.io.max.bytes.per.second'),
  }
}
