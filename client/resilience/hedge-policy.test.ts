import { describe, expect, test } from 'vitest'
import { seededRandom } from '../../io/sim/random.ts'
import { cautiousMs, HedgePolicy, hedgeDefaults, hedgesSavedMax, latenciesMax, latenciesMin } from './hedge-policy.ts'

const policyWith = (options: Partial<typeof hedgeDefaults> = {}) => new HedgePolicy({ ...hedgeDefaults, ...options })

function hedgesOf(policy: HedgePolicy): number {
  let hedges = 0
  while (policy.tryHedge()) hedges += 1
  return hedges
}

describe('the wait before a hedge', () => {
  test('is a cautious one until there are enough latencies', () => {
    const policy = policyWith()
    for (let i = 1; i < latenciesMin; i++) policy.noteLatency(30)
    expect(policy.delayMs).toBe(cautiousMs)
    for (let i = 0; i < latenciesMin; i++) policy.noteLatency(30)
    expect(policy.delayMs).toBe(30)
    expect(policyWith({ minimumMs: 5000 }).delayMs).toBe(5000)
  })

  test('is the percentile by nearest rank: of 1 to 100 the 0.95th is 95, the 0.5th 50', () => {
    for (const [percentile, expected] of [
      [0.95, 95],
      [0.5, 50],
      [0.991, 100],
    ] as const) {
      const policy = policyWith({ percentile, minimumMs: 0 })
      for (let i = 0; i < 100; i++) policy.noteLatency(((i * 37) % 100) + 1)
      expect(policy.delayMs, `${percentile}`).toBe(expected)
    }
  })

  test('is never less than the minimum', () => {
    const policy = policyWith({ minimumMs: 40 })
    for (let i = 0; i < 100; i++) policy.noteLatency(3)
    expect(policy.delayMs).toBe(40)
  })

  test('forgets what was long ago: the window has a bound', () => {
    const policy = policyWith({ minimumMs: 0 })
    for (let i = 0; i < 10 * latenciesMax; i++) policy.noteLatency(900)
    expect(policy.delayMs).toBe(900)
    for (let i = 0; i < latenciesMax; i++) policy.noteLatency(7)
    expect(policy.delayMs).toBe(7)
  })
})

describe('the share of hedges', () => {
  test('none before there were requests for it', () => {
    const policy = policyWith({ maximumShare: 0.1 })
    expect(policy.tryHedge()).toBe(false)
    for (let i = 0; i < 9; i++) policy.noteRequest()
    expect(policy.tryHedge()).toBe(false)
    policy.noteRequest()
    expect(hedgesOf(policy)).toBe(1)
  })

  test('is kept at any time, whenever they are wanted', () => {
    const random = seededRandom(7)
    for (const maximumShare of [0.01, 0.05, 0.1, 0.3, 1]) {
      const policy = policyWith({ maximumShare })
      let hedges = 0
      let most = 0
      for (let requests = 1; requests <= 5000; requests++) {
        policy.noteRequest()
        if (random.chance(0.5)) hedges += hedgesOf(policy)
        most = Math.max(most, hedges / requests)
      }
      expect(most).toBeLessThanOrEqual(maximumShare + 1e-6)
      expect(hedges).toBeGreaterThan(maximumShare * 4900 - hedgesSavedMax)
    }
  })

  test('saves up no more than a few: full, requests add nothing', () => {
    const policy = policyWith({ maximumShare: 0.5 })
    for (let i = 0; i < 100_000; i++) policy.noteRequest()
    expect(hedgesOf(policy)).toBe(hedgesSavedMax)
  })
})
