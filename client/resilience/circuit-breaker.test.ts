import { describe, expect, test } from 'vitest'
import { ManualClock } from '../../io/sim/clock.ts'
import { seededRandom } from '../../io/sim/random.ts'
import { Backoff } from './backoff.ts'
import { CircuitBreaker } from './circuit-breaker.ts'

/** Waits are their bounds: 50, 100, 200 ... 1000 ms. */
function make() {
  const clock = new ManualClock()
  const backoff = new Backoff({ initialMs: 50, maxMs: 1000 }, { ...seededRandom(1), next: () => 1 })
  const breaker = new CircuitBreaker(clock, backoff, { failuresMax: 3, trialMs: 5000 })
  const fail = (times: number) => {
    for (let time = 0; time < times; time++) breaker.onFailure()
  }
  return { clock, breaker, fail }
}

describe('the circuit breaker', () => {
  test('is closed until there were enough failures in a row', () => {
    const { breaker, fail } = make()
    fail(2)
    expect([breaker.state, breaker.waitMs, breaker.tryPass()]).toEqual(['closed', 0, true])
    breaker.onSuccess()
    fail(2)
    expect(breaker.state).toBe('closed')
    fail(1)
    expect([breaker.state, breaker.waitMs, breaker.tryPass()]).toEqual(['open', 50, false])
  })

  test('lets one through after its wait, and no other beside it', () => {
    const { clock, breaker, fail } = make()
    fail(3)
    clock.advance(49)
    expect(breaker.tryPass()).toBe(false)
    clock.advance(1)
    expect(breaker.state).toBe('half open')
    expect([breaker.tryPass(), breaker.tryPass(), breaker.tryPass()]).toEqual([true, false, false])
  })

  test('a success of the trial closes it', () => {
    const { clock, breaker, fail } = make()
    fail(3)
    clock.advance(50)
    breaker.tryPass()
    breaker.onSuccess()
    expect([breaker.state, breaker.tryPass(), breaker.tryPass()]).toEqual(['closed', true, true])
    fail(2)
    expect(breaker.state).toBe('closed')
  })

  test('a failure of the trial opens it for longer, up to a maximum', () => {
    const { clock, breaker, fail } = make()
    fail(3)
    const waits = [breaker.waitMs]
    for (let trial = 0; trial < 7; trial++) {
      clock.advance(breaker.waitMs)
      expect(breaker.tryPass()).toBe(true)
      breaker.onFailure()
      waits.push(breaker.waitMs)
    }
    expect(waits).toEqual([50, 100, 200, 400, 800, 1000, 1000, 1000])
  })

  test('a broker that can be connected to and answers nothing is left alone for longer and longer', () => {
    const { clock, breaker, fail } = make()
    fail(3)
    const waits: number[] = []
    for (let trial = 0; trial < 4; trial++) {
      waits.push(breaker.waitMs)
      clock.advance(breaker.waitMs)
      expect(breaker.tryPass()).toBe(true)
      breaker.onConnected()
      expect([breaker.state, breaker.tryPass()]).toEqual(['closed', true])
      breaker.onFailure()
    }
    expect(waits).toEqual([50, 100, 200, 400])
    clock.advance(breaker.waitMs)
    breaker.onConnected()
    expect([breaker.onSuccess(), breaker.onSuccess()], 'it had been open').toEqual([true, false])
    fail(2)
    expect(breaker.state).toBe('closed')
  })

  test('being connected to does not hide that there were fewer failures', () => {
    const { breaker, fail } = make()
    breaker.onConnected()
    fail(2)
    expect(breaker.state).toBe('closed')
  })

  test('a trial that nobody reports of is over after a while', () => {
    const { clock, breaker, fail } = make()
    fail(3)
    clock.advance(50)
    expect(breaker.tryPass()).toBe(true)
    clock.advance(4999)
    expect([breaker.tryPass(), breaker.waitMs]).toEqual([false, 1])
    clock.advance(1)
    expect([breaker.tryPass(), breaker.tryPass()]).toEqual([true, false])
  })
})
