// What the cleaner needs to know of the broker's settings. Source: Kafka 4.3.0's CleanerConfig and LogCleaner.CleanerThread.

import type { BrokerConfig } from '../../config/broker-config.ts'
import { slotBytes } from './offset-map.ts'

export interface CleanerConfig {
  readonly isEnabled: boolean
  /** Logs that are cleaned at once. */
  readonly threads: number
  /** Keys that the offset map of one of them has room for, and those that it takes. */
  readonly slots: number
  readonly keysMax: number
  /** What is read at once. */
  readonly chunkBytes: number
  readonly bytesPerSecond: number
  readonly backoffMs: number
}

/** Of one map; Kafka's limit, too. */
const mapBytesMax = 0x7fff_ffff
const chunkBytesMin = 4096
/** So many times what Kafka reads at once: to hand a chunk to a thread and hear of its end costs as much as reading 200 KB. */
const chunkFactor = 4

export function cleanerConfigOf(config: BrokerConfig): CleanerConfig {
  const threads = config.int('log.cleaner.threads')
  const mapBytes = Math.min(config.limit('log.cleaner.dedupe.buffer.size') / threads, mapBytesMax)
  const slots = Math.floor(mapBytes / slotBytes)
  return {
    isEnabled: config.boolean('log.cleaner.enable'),
    threads,
    slots,
    keysMax: Math.floor(slots * config.double('log.cleaner.io.buffer.load.factor')),
    // Half of the buffer is for reading, the other half for what is written.
    chunkBytes: Math.max(chunkBytesMin, chunkFactor * Math.floor(config.int('log.cleaner.io.buffer.size') / threads / 2)), // biome-ignore format: one thought
    bytesPerSecond: config.double('log.cleaner.io.max.bytes.per.second'),
    backoffMs: config.limit('log.cleaner.backoff.ms'),
  }
}

export function isSameConfig(one: CleanerConfig, other: CleanerConfig): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
