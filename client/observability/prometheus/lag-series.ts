// The lag of each partition as series, and how many of them: those beyond the limit are summed up as partition `others`, so that the sum
// over all stays right. Which are shown one by one goes by their names, and so is the same on each page.

import type { TopicPartition } from '../../../protocol/types.ts'
import { othersLabel } from '../bounded-series.ts'

/** Of a consumer, what lag is asked of. */
export interface LaggingConsumer {
  readonly clientId: string
  readonly group: string | undefined
  readonly assignment: readonly TopicPartition[]
  currentLag(partition: TopicPartition): number | undefined
}

export interface LagSeries {
  /** client id, group, topic, partition. */
  readonly labels: readonly string[]
  /** Offsets. */
  readonly lag: number
}

/** Partitions before their first answer are left out. */
export function boundedLags(consumers: Iterable<LaggingConsumer>, partitionsMax: number): LagSeries[] {
  const byKey = new Map<string, LagSeries>()
  for (const consumer of consumers) {
    for (const place of consumer.assignment) {
      const lag = consumer.currentLag(place)
      if (lag === undefined) continue
      const labels = [consumer.clientId, consumer.group ?? '', place.topic, String(place.partition)]
      const key = [...labels.slice(0, 3), String(place.partition).padStart(10, '0')].join('\n')
      // Two consumers of this process that read the same one.
      byKey.set(key, { labels, lag: Math.max(lag, byKey.get(key)?.lag ?? 0) })
    }
  }
  const sorted = [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, series]) => series)
  if (sorted.length <= partitionsMax) return sorted
  const sum = sorted.slice(partitionsMax).reduce((total, { lag }) => total + lag, 0)
  return [...sorted.slice(0, partitionsMax), { labels: Array.from({ length: 4 }, () => othersLabel), lag: sum }]
}
