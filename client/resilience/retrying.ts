// One call, attempted until it succeeds, cannot succeed, or its time is over. Waits by a Backoff, and only as often as the
// RetryBudget allows: without a token it waits another round instead of asking.

import type { Clock } from '../../io/clock.ts'
import { ClientError, isRetriable } from '../client-error.ts'
import type { Backoff } from './backoff.ts'
import type { RetryBudget } from './retry-budget.ts'
import { aborted, orAborted, orLate, wait } from './wait.ts'

export interface Retrying {
  readonly clock: Clock
  readonly backoff: Backoff
  readonly budget: RetryBudget
  /** Raised with CLOSED when the client is closed: nothing is waited for any more. */
  readonly closing?: AbortSignal
  /** Something failed and will be tried again in so many milliseconds. */
  readonly onRetry?: OnRetry
}

/** `failures`: in a row. */
export type OnRetry = (what: string, failures: number, delayMs: number, error: Error) => void

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
 * The result of the first attempt that succeeds. `attempt` is told what time is left for it, and is not waited for longer.
 * Rejects with the failure itself when it is not retriable, with DEADLINE_EXCEEDED, whose cause is the last failure, when the
 * time is over, with ABORTED, with CLOSED.
 */
export async function retrying<T>(
  means: Retrying,
  options: RetryOptions,
  attempt: (leftMs: number) => Promise<T>,
): Promise<T> {
  const { clock, backoff, budget, closing, onRetry } = means
  const { timeoutMs, signal, retriable = isRetriable } = options
  const deadlineMs = clock.monotonicMs() + timeoutMs
  let last: unknown
  let late: ClientError | undefined
  const onLate = () => (late = exceeded(options, last))
  budget.noteRequest()
  for (let failures = 1; ; failures += 1) {
    for (const each of [signal, closing]) if (each?.aborted) throw aborted(each)
    const leftMs = Math.max(0, deadlineMs - clock.monotonicMs())
    try {
      return await orLate(clock, orAborted(attempt(leftMs), signal, closing), leftMs, onLate)
    } catch (error) {
      if (error === late || !retriable(error)) throw error
      last = error
      await untilAllowed(failures)
    }
  }

  async function untilAllowed(failures: number): Promise<void> {
    do {
      const delayMs = backoff.delayMs(failures)
      if (clock.monotonicMs() + delayMs >= deadlineMs) throw exceeded(options, last)
      onRetry?.(options.what, failures, delayMs, last as Error)
      await wait(clock, delayMs, signal, closing)
    } while (!budget.tryRetry())
  }
}

/** `last`: the failure of the last attempt that ended; there may be none. */
function exceeded({ what, timeoutMs }: RetryOptions, last: unknown): ClientError {
  const { broker, topic, partition, group, transactionalId } = (last ?? {}) as Partial<ClientError>
  const place = { broker, topic, partition, group, transactionalId }
  const why = last === undefined ? 'nobody answered' : (last as Error).message
  return new ClientError('DEADLINE_EXCEEDED', `could not ${what} within ${timeoutMs} ms (${why})`, {
    ...place,
    cause: last,
  })
}
