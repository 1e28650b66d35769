// A histogram as Prometheus wants it: cumulative buckets in seconds, the sum, the count.

import type { DurationHistogram } from './duration-histogram.ts'
import type { Sample } from './metric.ts'

/** Nothing until there is something in it. */
export function histogramSamples(histogram: DurationHistogram, labels: Record<string, string>): Sample[] {
  const { count } = histogram
  if (count === 0) return []
  const buckets = Array.from(histogram.cumulative(), ({ boundMs, count: value }) => ({
    suffix: '_bucket',
    labels: { ...labels, le: Number.isFinite(boundMs) ? boundMs / 1000 : '+Inf' },
    value,
  }))
  const sum = { suffix: '_sum', labels, value: histogram.sumMs / 1000 }
  return [...buckets, sum, { suffix: '_count', labels, value: count }]
}
