import { describe, expect, test } from 'vitest'
import { clockContract } from '../contract/clock.ts'
import { ManualClock, simulatedEpochMs } from './clock.ts'
import { SimWorld } from './world.ts'

clockContract('the twin', async () => {
  const sim = new SimWorld({ seed: 1 })
  return { clock: sim.host('a').start().clock, run: body => sim.complete(body()), close: async () => {} }
})

clockContract('moved by hand', async () => {
  const clock = new ManualClock()
  const run = async (body: () => Promise<void>) => {
    const done = body()
    await clock.run(1000)
    await done
  }
  return { clock, run, close: async () => {} }
})

describe('a clock that is moved by hand', () => {
  test('stands still until it is moved, and runs what is due then', () => {
    const clock = new ManualClock({ nowMs: 1000 })
    const ran: string[] = []
    clock.after(10, () => {
      ran.push(`10 at ${clock.now()}`)
      clock.after(5, () => ran.push(`15 at ${clock.now()}`))
      clock.after(50, () => ran.push('too late'))
    })
    clock.soon(() => ran.push('soon'))
    expect(ran).toEqual([])
    clock.advance(0)
    expect(ran).toEqual(['soon'])
    clock.advance(20)
    expect(ran).toEqual(['soon', '10 at 1010', '15 at 1015'])
    expect([clock.now(), clock.monotonicMs(), clock.pending, clock.nextMs]).toEqual([1020, 20, 1, 60])
  })
  test('its wall clock can be stepped, also backwards, without any time passing', () => {
    const clock = new ManualClock()
    let ran = false
    clock.after(10, () => {
      ran = true
    })
    clock.stepWallClock(-5000)
    expect([clock.now(), clock.monotonicMs()]).toEqual([simulatedEpochMs - 5000, 0])
    clock.advance(9)
    expect(ran).toBe(false)
    clock.advance(1)
    expect(ran).toBe(true)
  })
  test('run lets promises schedule the next timer', async () => {
    const clock = new ManualClock()
    const sleep = (ms: number) => new Promise<void>(resolve => clock.after(ms, resolve))
    const times: number[] = []
    void (async () => {
      for (let count = 0; count < 3; count++) {
        await sleep(10)
        times.push(clock.monotonicMs())
      }
    })()
    await clock.run(25)
    expect(times).toEqual([10, 20])
    await clock.run(5)
    expect(times).toEqual([10, 20, 30])
  })
})

describe("a host's clock", () => {
  test('can be wrong and run fast, timers included', async () => {
    const sim = new SimWorld({ seed: 1 })
    const host = sim.host('a', { clock: { offsetMs: -60_000, rate: 2 } })
    const { clock } = host.start()
    let ranAtMs = 0
    clock.after(100, () => {
      ranAtMs = sim.nowMs
    })
    await sim.runFor(1000)
    expect(ranAtMs).toBe(50)
    expect([clock.now() - simulatedEpochMs, clock.monotonicMs()]).toEqual([2000 - 60_000, 2000])
    host.clockError.offsetMs = 0
    expect(clock.now() - simulatedEpochMs).toBe(2000)
  })
  test('its timers die with the process', async () => {
    const sim = new SimWorld({ seed: 1 })
    const { clock } = sim.host('a').start()
    let ran = 0
    const count = () => {
      ran += 1
    }
    clock.after(10, count)
    clock.soon(count)
    sim.host('a').crashProcess()
    clock.after(10, count)
    await sim.run()
    expect(ran).toBe(0)
    sim.host('a').start().clock.after(1, count)
    await sim.run()
    expect(ran).toBe(1)
  })
})
