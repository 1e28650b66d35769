// Waiting on the clock that was given, ended early by an AbortSignal.

import type { Clock } from '../../io/clock.ts'
import { ClientError } from '../client-error.ts'

/** Resolves after `ms` milliseconds; rejects with ABORTED when the signal is raised before. */
export function wait(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(aborted(signal))
      return
    }
    const onAbort = () => {
      cancel()
      reject(aborted(signal!))
    }
    const cancel = clock.after(ms, () => {
      signal?.removeEventListener('abort', onAbort)
      resolve()
    })
    signal?.addEventListener('abort', onAbort, { once: true })
  })
}

/** The promise, or a rejection with ABORTED as soon as the signal is raised; the work itself goes on. */
export function orAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work
  if (signal.aborted) return Promise.reject(aborted(signal))
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(aborted(signal))
    signal.addEventListener('abort', onAbort, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}

export function aborted(signal: AbortSignal): ClientError {
  return new ClientError('ABORTED', 'the call was aborted', { cause: signal.reason })
}
