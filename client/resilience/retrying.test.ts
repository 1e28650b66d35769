import { describe, expect, test } from 'vitest'
import { ManualClock } from '../../io/sim/clock.ts'
import { seededRandom } from '../../io/sim/random.ts'
import { ClientError } from '../client-error.ts'
import { Backoff } from './backoff.ts'
import { RetryBudget, type RetryBudgetOptions } from './retry-budget.ts'
import { type RetryOptions, retrying } from './retrying.ts'

const sick = () => new ClientError('BROKER_UNREACHABLE', 'nobody listens', { broker: 'b:9092' })

function make(budget: Partial<RetryBudgetOptions> = {}) {
  const clock = new ManualClock()
  const closing = new AbortController()
  const means = {
    clock,
    backoff: new Backoff({ initialMs: 100, maxMs: 1000 }, { ...seededRandom(1), next: () => 1 }),
    budget: new RetryBudget(clock, { ratio: 0.2, perSecondMin: 10, retriesMax: 100, ...budget }),
    closing: closing.signal,
  }
  const attemptsMs: number[] = []
  const leftMs: number[] = []
  /** Fails `failures` times, then answers 'done'. */
  const call = (options: Partial<RetryOptions>, failures = Number.POSITIVE_INFINITY, error: () => Error = sick) =>
    retrying(means, { what: 'do it', timeoutMs: 10_000, ...options }, async left => {
      attemptsMs.push(clock.monotonicMs())
      leftMs.push(left)
      if (attemptsMs.length <= failures) throw error()
      return 'done'
    })
  return { clock, closing, means, attemptsMs, leftMs, call }
}

/** What the promise has come to after so much time. */
async function outcomeOf<T>(clock: ManualClock, promise: Promise<T>, ms: number): Promise<T | Error | 'not yet'> {
  let outcome: T | Error | 'not yet' = 'not yet'
  promise.then(
    value => (outcome = value),
    error => (outcome = error),
  )
  await clock.run(ms)
  return outcome
}

describe('retrying', () => {
  test('answers the first success, after waits that grow', async () => {
    const { clock, attemptsMs, leftMs, call } = make()
    expect(await outcomeOf(clock, call({}, 4), 5000)).toBe('done')
    expect(attemptsMs).toEqual([0, 100, 300, 700, 1500])
    expect(leftMs).toEqual([10_000, 9900, 9700, 9300, 8500])
    expect(clock.pending).toBe(0)
  })

  test('tells of each failure that is followed by another attempt', async () => {
    const { clock, means, call } = make()
    const told: unknown[] = []
    Object.assign(means, { onRetry: (...parts: unknown[]) => told.push(parts) })
    await outcomeOf(clock, call({}, 2), 5000)
    const error = expect.objectContaining({ code: 'BROKER_UNREACHABLE' })
    expect(told).toEqual([
      ['do it', 1, 100, error],
      ['do it', 2, 200, error],
    ])
  })

  test('what cannot succeed is not tried again', async () => {
    const { clock, attemptsMs, call } = make()
    const refused = new ClientError('TOPIC_AUTHORIZATION_FAILED', 'no')
    expect(
      await outcomeOf(
        clock,
        call({}, 9, () => refused),
        5000,
      ),
    ).toBe(refused)
    const bug = new TypeError('a bug')
    expect(
      await outcomeOf(
        clock,
        call({}, 9, () => bug),
        5000,
      ),
    ).toBe(bug)
    expect(attemptsMs).toHaveLength(2)
    expect(
      await outcomeOf(
        clock,
        call({ retriable: error => error === bug }, 4, () => bug),
        5000,
      ),
    ).toBe('done')
  })

  test('ends before its time would be over, with what went wrong last and where', async () => {
    const { clock, attemptsMs, call } = make()
    const outcome = await outcomeOf(clock, call({ timeoutMs: 1000, what: 'find it' }), 1000)
    expect(attemptsMs).toEqual([0, 100, 300, 700])
    expect(outcome).toMatchObject({ code: 'DEADLINE_EXCEEDED', retriable: true, broker: 'b:9092' })
    expect((outcome as Error).message).toContain('could not find it within 1000 ms (BROKER_UNREACHABLE: nobody listens')
    expect((outcome as Error).cause).toBeInstanceOf(ClientError)
  })

  test('does not wait longer for an attempt that does not come back', async () => {
    const { clock, means } = make()
    const stuck = retrying(means, { what: 'find it', timeoutMs: 1000 }, () => new Promise(() => {}))
    expect(await outcomeOf(clock, stuck, 999)).toBe('not yet')
    const outcome = await outcomeOf(clock, stuck, 1)
    expect(outcome).toMatchObject({ code: 'DEADLINE_EXCEEDED' })
    expect((outcome as Error).message).toContain('could not find it within 1000 ms (nobody answered)')
    expect(clock.pending).toBe(0)
  })

  test('without a token it waits another round instead of asking', async () => {
    const { clock, means, attemptsMs, call } = make({ ratio: 0, perSecondMin: 0, retriesMax: 2 })
    expect(await outcomeOf(clock, call({ timeoutMs: 5000 }), 5000)).toMatchObject({ code: 'DEADLINE_EXCEEDED' })
    expect(attemptsMs).toHaveLength(3)
    expect(means.budget.tryRetry()).toBe(false)
  })

  test('three hundred calls that fail for twenty seconds stay within the budget', async () => {
    const { clock, means } = make()
    let attempts = 0
    const calls = Array.from({ length: 300 }, () =>
      retrying(means, { what: 'do it', timeoutMs: 20_000 }, async () => {
        attempts += 1
        throw sick()
      }).catch(() => {}),
    )
    await clock.run(20_000)
    await Promise.all(calls)
    // 300 first attempts; 100 saved up, a fifth of the requests, 10 a second.
    expect(attempts).toBeGreaterThan(300)
    expect(attempts).toBeLessThanOrEqual(300 + 100 + 60 + 200)
  })

  test('an AbortSignal ends it at once: before, in an attempt, in a wait', async () => {
    const { clock, means, attemptsMs, call } = make()
    expect(await outcomeOf(clock, call({ signal: AbortSignal.abort() }), 0)).toMatchObject({ code: 'ABORTED' })
    expect(attemptsMs).toEqual([])
    const inWait = new AbortController()
    const waiting = call({ signal: inWait.signal })
    expect(await outcomeOf(clock, waiting, 50)).toBe('not yet')
    inWait.abort()
    expect(await outcomeOf(clock, waiting, 0)).toMatchObject({ code: 'ABORTED' })
    const inAttempt = new AbortController()
    const stuck = retrying(
      means,
      { what: 'it', timeoutMs: 1000, signal: inAttempt.signal },
      () => new Promise(() => {}),
    )
    inAttempt.abort()
    expect(await outcomeOf(clock, stuck, 0)).toMatchObject({ code: 'ABORTED' })
    expect(clock.pending).toBe(0)
  })

  test('a client that is closed ends it as well', async () => {
    const { clock, closing, call } = make()
    const waiting = call({})
    await clock.run(50)
    closing.abort(new ClientError('CLOSED', 'the client was closed'))
    expect(await outcomeOf(clock, waiting, 0)).toMatchObject({ code: 'CLOSED', retriable: false })
    expect(await outcomeOf(clock, call({}), 0)).toMatchObject({ code: 'CLOSED' })
    expect(clock.pending).toBe(0)
  })
})
