// Preloaded into a process (`node --import`), or run alone as the idle process beside it: how late its event loop is, looked
// at every millisecond. SIGUSR2 writes what was seen since the last one into the file of MILLRACE_LOOP_DELAY, as JSON.

import { renameSync, writeFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'

export interface LoopDelaySeen {
  readonly count: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly p999Ms: number
  readonly maxMs: number
}

const path = process.env.MILLRACE_LOOP_DELAY
if (path !== undefined) {
  const histogram = monitorEventLoopDelay({ resolution: 1 })
  histogram.enable()
  const ms = (percentile: number) => histogram.percentile(percentile) / 1e6
  process.on('SIGUSR2', () => {
    const seen = { count: histogram.count, p50Ms: ms(50), p99Ms: ms(99), p999Ms: ms(99.9), maxMs: histogram.max / 1e6 }
    writeFileSync(`${path}.part`, JSON.stringify(seen satisfies LoopDelaySeen))
    renameSync(`${path}.part`, path)
    histogram.reset()
  })
  // Alone it has nothing else to stay for.
  if (process.argv[2] === 'idle') setInterval(() => {}, 60_000)
}
