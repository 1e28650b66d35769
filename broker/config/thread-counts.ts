// How far numbers of threads may change at one go while a broker runs: at most to the double, at least to the half. Ours has no such
// pools but the cleaner's; tools that resize step by step, or rely on being refused, find what they know.
// Source: DynamicThreadPool, SocketServer and LogCleaner of Kafka 4.3.0.

import type { BrokerConfig } from './broker-config.ts'

const threadCounts = [
  'num.io.threads',
  'num.network.threads',
  'num.replica.fetchers',
  'num.recovery.threads.per.data.dir',
  'background.threads',
  'log.cleaner.threads',
] as const

/** Why the thread counts cannot become those of `after` at one go, or null. */
export function threadCountError(before: BrokerConfig, after: BrokerConfig): string | null {
  for (const name of threadCounts) {
    const [current, wanted] = [before.int(name), after.int(name)]
    if (wanted < Math.floor(current / 2) || wanted > current * 2) {
      return `${name} is ${current} and cannot become ${wanted} at one go: at least the half, at most the double. Change it in several steps.`
    }
  }
  return null
}
