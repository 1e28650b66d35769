// What every Clock promises, whether it is the machine's or simulated: one test per clause of io/clock.ts.

import { describe, expect, test } from 'vitest'
import type { Clock } from '../clock.ts'
import type { Bench } from './bench.ts'

export interface ClockBench extends Bench {
  readonly clock: Clock
}

export function clockContract(name: string, make: () => Promise<ClockBench>): void {
  const check = (what: string, body: (clock: Clock) => Promise<void>) =>
    test(what, async () => {
      const bench = await make()
      await bench.run(() => body(bench.clock))
      await bench.close()
    })
  describe(`${name}: clock`, () => {
    check('shows whole milliseconds since 1970', async clock => {
      expect(Number.isInteger(clock.now())).toBe(true)
      expect(clock.now()).toBeGreaterThan(Date.UTC(2025))
    })
    check('never runs a timer before its time', async clock => {
      for (const ms of [0, 0.3, 1, 1.7, 5, 12.5]) {
        const startMs = clock.monotonicMs()
        await new Promise<void>(resolve => clock.after(ms, resolve))
        expect(clock.monotonicMs()).toBeGreaterThanOrEqual(startMs + ms)
      }
    })
    check('a negative time is now', async clock => {
      await new Promise<void>(resolve => clock.after(-5, resolve))
    })
    check('runs timers in the order of their time', async clock => {
      const order: number[] = []
      await new Promise<void>(resolve => {
        for (const ms of [30, 10, 20]) clock.after(ms, () => order.push(ms))
        clock.after(45, resolve)
      })
      expect(order).toEqual([10, 20, 30])
    })
    check('never from within the call', async clock => {
      let ran = 0
      const both = Promise.all([
        new Promise<void>(resolve => clock.after(0, () => resolve(void (ran += 1)))),
        new Promise<void>(resolve => clock.soon(() => resolve(void (ran += 1)))),
      ])
      expect(ran).toBe(0)
      await both
      expect(ran).toBe(2)
    })
    check('soon runs after the promises that are ready, in the order of asking', async clock => {
      const order: string[] = []
      const last = new Promise<void>(resolve => {
        clock.soon(() => order.push('first'))
        clock.soon(() => {
          order.push('second')
          resolve()
        })
      })
      void Promise.resolve().then(() => order.push('promise'))
      await last
      expect(order).toEqual(['promise', 'first', 'second'])
    })
    check('cancelling stops what has not run, and nothing else', async clock => {
      const ran: string[] = []
      const cancels = [clock.after(1, () => ran.push('after')), clock.soon(() => ran.push('soon'))]
      for (const cancel of cancels) cancel()
      const kept = clock.after(2, () => ran.push('kept'))
      await new Promise<void>(resolve => clock.after(10, resolve))
      kept()
      for (const cancel of cancels) cancel()
      expect(ran).toEqual(['kept'])
    })
    check('takes delays beyond 32 bits', async clock => {
      let ran = false
      const cancel = clock.after(2 ** 33, () => {
        ran = true
      })
      await new Promise<void>(resolve => clock.after(10, resolve))
      cancel()
      expect(ran).toBe(false)
    })
  })
}
