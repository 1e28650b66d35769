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

// One of Node's immediates for all that is asked in a turn: ten thousand logs may each ask for one.
let inNextTurn: Soon[] = []

interface Soon {
  fn: (() => void) | undefined
}

function soon(fn: () => void): Cancel {
  const entry: Soon = { fn }
  if (inNextTurn.push(entry) === 1) setImmediate(runTurn)
  return () => {
    entry.fn = undefined
  }
}

function runTurn(): void {
  const entries = inNextTurn
  inNextTurn = []
  let next = 0
  try {
    for (; next < entries.length; next++) entries[next]!.fn?.()
  } finally {
    // One of them threw, which is not the others' fault: they come before what was asked for meanwhile.
    if (next < entries.length) {
      if (inNextTurn.length === 0) setImmediate(runTurn)
      inNextTurn = [...entries.slice(next + 1), ...inNextTurn]
    }
  }
}
