// The event loop's delay by node:perf_hooks. Its histogram holds the time between two looks, which is never less than the
// resolution: what is above that is the delay.

import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { LoopDelay } from './loop-delay.ts'

const resolutionMsDefault = 10
const nsPerMs = 1_000_000

/** Looks at the loop every `resolutionMs`, which is itself a timer: a finer resolution costs more wake-ups. */
export function realLoopDelay(resolutionMs = resolutionMsDefault): LoopDelay {
  const histogram = monitorEventLoopDelay({ resolution: resolutionMs })
  histogram.enable()
  const delayMs = (ns: number) => Math.max(0, ns / nsPerMs - resolutionMs)
  return {
    take() {
      // Before the first look the histogram answers with its own extremes.
      const isEmpty = histogram.count === 0
      const at = (percentile: number) => (isEmpty ? 0 : delayMs(histogram.percentile(percentile)))
      const maxMs = isEmpty ? 0 : delayMs(histogram.max)
      const delays = { count: histogram.count, p50Ms: at(50), p99Ms: at(99), p999Ms: at(99.9), maxMs }
      histogram.reset()
      return delays
    },
    close: () => void histogram.disable(),
  }
}
