// The machine's clocks and timers. Invariant: a timer never runs before its time on the monotonic clock, since whoever
// compares `monotonicMs()` with a deadline inside the callback would otherwise find it not yet reached and wait for ever.

import type { Cancel, Clock } from './clock.ts'

// setTimeout takes 32 bits: a longer delay would fire at once.
const delayMsMax = 2 ** 31 - 1

/** Node's clocks and timers. Timers keep the process alive until they have run or are cancelled. */
export function realClock(): Clock {
  return { now: Date.now, monotonicMs: () => performance.now(), after, soon }
}

function after(ms: number, fn: () => void): Cancel {
  const dueMs = performance.now() + ms
  let timer: NodeJS.Timeout
  const arm = (delayMs: number) => {
    timer = setTimeout(ring, Math.min(Math.ceil(delayMs), delayMsMax))
  }
  const ring = () => {
    // Node rounds to whole milliseconds on a clock it reads once per turn, so that it can be early.
    const leftMs = dueMs - performance.now()
    if (leftMs > 0) arm(leftMs)
    else fn()
  }
  arm(Math.max(0, ms))
  return () => clearTimeout(timer)
}

function soon(fn: () => void): Cancel {
  const immediate = setImmediate(fn)
  return () => clearImmediate(immediate)
}
