import { describe, expect, test } from 'vitest'
import { ManualClock } from '../../io/sim/clock.ts'
import { RetryBudget, retryBudgetDefaults } from './retry-budget.ts'

const options = { ratio: 0.2, perSecondMin: 10, retriesMax: 100 }

function retriesOf(budget: RetryBudget): number {
  let retries = 0
  while (budget.tryRetry()) retries += 1
  return retries
}

describe('the retry budget', () => {
  test('begins full', () => {
    expect(retriesOf(new RetryBudget(new ManualClock(), options))).toBe(100)
  })

  test('a fifth of the requests may be tried again, in the long run', () => {
    const budget = new RetryBudget(new ManualClock(), options)
    retriesOf(budget)
    let retries = 0
    for (let request = 0; request < 10_000; request++) {
      budget.noteRequest()
      if (budget.tryRetry()) retries += 1
    }
    expect(retries).toBeGreaterThanOrEqual(1999)
    expect(retries).toBeLessThanOrEqual(2000)
  })

  test('a few a second are always allowed', () => {
    const clock = new ManualClock()
    const budget = new RetryBudget(clock, options)
    retriesOf(budget)
    clock.advance(99)
    expect(budget.tryRetry()).toBe(false)
    clock.advance(2)
    expect(budget.tryRetry()).toBe(true)
    expect(budget.tryRetry()).toBe(false)
    clock.advance(1000)
    expect(retriesOf(budget)).toBe(10)
  })

  test('asking in vain costs nothing, and does not lose the time that has passed', () => {
    const clock = new ManualClock()
    const budget = new RetryBudget(clock, options)
    retriesOf(budget)
    for (let ms = 0; ms < 1000; ms++) {
      clock.advance(0.05)
      budget.tryRetry()
    }
    clock.advance(51)
    expect(budget.tryRetry()).toBe(true)
  })

  test('is not saved up for ever, neither by time nor by requests', () => {
    const clock = new ManualClock()
    const budget = new RetryBudget(clock)
    clock.advance(3_600_000)
    for (let request = 0; request < 10_000; request++) budget.noteRequest()
    expect(retriesOf(budget)).toBe(retryBudgetDefaults.retriesMax)
  })
})
