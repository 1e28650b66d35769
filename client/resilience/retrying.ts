// One call, attempted until it succeeds, cannot succeed, or its time is over. Waits by a Backoff, and only as often as the
// RetryBudget allows: without a token it waits another round instead of asking.

import type { Clock } from '../../io/clock.ts'
import { ClientError, isRetriable } from '../client-error.ts'
import type { Backoff } from './backoff.ts'
import type { RetryBudget } from './retry-budget.ts'
import { aborted, wait } from './wait.ts'

export interface Retrying {
  readonly clock: Clock
  readonly backoff: Backoff
  readonly budget: RetryBudget
}

export interface RetryOptions {
  /** What is attempted, for the message: "create topic orders". */
  readonly what: string
  /** For all attempts together. */
  readonly timeoutMs: number
  readonly signal?: AbortSignal | undefined
  /** What to do with a failure; `isRetriable` when left out. */
  readonly retriable?: (error: unknown) => boolean
}

/**
 * The result of the first attempt that succeeds. `attempt` is told what time is left for it. Rejects with the failure itself
 * when it is not retriable, with DEADLINE_EXCEEDED, whose cause is the last failure, when the time is over, with ABORTED.
 */
export async function retrying<T>(
  means: Retrying,
  options: RetryOptions,
  attempt: (leftMs: number) => Promise<T>,
): Promise<T> {
  const { clock, backoff, budget } = means
  const { what, timeoutMs, signal, retriable = isRetriable } = options
  const deadlineMs = clock.monotonicMs() + timeoutMs
  budget.noteRequest()
  for (let failures = 1; ; failures += 1) {
    if (signal?.aborted) throw aborted(signal)
    try {
      return await attempt(Math.max(0, deadlineMs - clock.monotonicMs()))
    } catch (error) {
      if (!retriable(error)) throw error
      await untilAllowed(failures, error)
    }
  }

  async function untilAllowed(failures: number, error: unknown): Promise<void> {
    do {
      const delayMs = backoff.delayMs(failures)
      if (clock.monotonicMs() + delayMs >= deadlineMs) throw exceeded(error)
      await wait(clock, delayMs, signal)
    } while (!budget.tryRetry())
  }

  function exceeded(cause: unknown): ClientError {
    const { broker, topic, partition, group, transactionalId } = cause as Partial<ClientError>
    const place = { broker, topic, partition, group, transactionalId }
    const why = (cause as Error).message
    return new ClientError('DEADLINE_EXCEEDED', `could not ${what} within ${timeoutMs} ms (${why})`, {
      ...place,
      cause,
    })
  }
}
