// How long the event loop keeps others waiting. Asked for apart from the broker's own metrics, since watching the loop costs a
// timer: who shows metrics makes the watch.

import type { LoopDelay } from '../../io/loop-delay.ts'
import { type Metric, metric } from './metric.ts'

export function loopMetrics(delay: LoopDelay): readonly Metric[] {
  let looks = 0
  const name = 'millrace_event_loop_delay_seconds'
  const help =
    'By how much the event loop was late, since the last scrape; quantile 1 is the longest. The count is of looks at it, about 100 a second.'
  return [
    metric('summary', { name, help, labels: ['quantile'] }, () => {
      const { count, p50Ms, p99Ms, p999Ms, maxMs } = delay.take()
      looks += count
      const at = (quantile: number, ms: number) => ({ labels: { quantile }, value: ms / 1000 })
      return [at(0.5, p50Ms), at(0.99, p99Ms), at(0.999, p999Ms), at(1, maxMs), { suffix: '_count', value: looks }]
    }),
  ]
}
