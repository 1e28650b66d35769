// Waiting on the clock that was given, ended early by AbortSignals: the caller's, and that of a client that is closed.

import type { Clock } from '../../io/clock.ts'
import { ClientError } from '../client-error.ts'
import { whenAborted } from './when-aborted.ts'

export type Signals = readonly (AbortSignal | undefined)[]

/** Resolves after `ms` milliseconds; rejects as `aborted` says when one of the signals is raised before. */
export function wait(clock: Clock, ms: number, ...signals: Signals): Promise<void> {
  return new Promise((resolve, reject) => {
    const raised = signals.find(signal => signal?.aborted)
    if (raised !== undefined) {
      reject(aborted(raised))
      return
    }
    const forget = onFirst(signals, signal => {
      cancel()
      reject(aborted(signal))
    })
    const cancel = clock.after(ms, () => {
      forget()
      resolve()
    })
  })
}

/** The promise, or a rejection as `aborted` says as soon as one of the signals is raised; the work itself goes on. */
export function orAborted<T>(work: Promise<T>, ...signals: Signals): Promise<T> {
  if (signals.every(signal => signal === undefined)) return work
  return new Promise((resolve, reject) => {
    // Also when it is not waited for any more: nobody else is there to hear of its failure.
    work.then(resolve, reject).finally(() => forget())
    const raised = signals.find(signal => signal?.aborted)
    const forget = raised === undefined ? onFirst(signals, signal => reject(aborted(signal))) : () => {}
    if (raised !== undefined) reject(aborted(raised))
  })
}

/** The promise, or a rejection with what `late` answers once the time is over; the work itself goes on. */
export function orLate<T>(clock: Clock, work: Promise<T>, ms: number, late: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(ms, () => reject(late()))
    work.then(resolve, reject).finally(cancel)
  })
}

/** ABORTED, with the signal's reason as its cause; CLOSED where the client itself raised the signal because it was closed. */
export function aborted(signal: AbortSignal): ClientError {
  const { reason } = signal
  if (reason instanceof ClientError && reason.code === 'CLOSED') return reason
  return new ClientError('ABORTED', 'the call was aborted', { cause: reason })
}

/** Calls `fn` with the first of the signals that is raised. Answers how to stop that. */
function onFirst(signals: Signals, fn: (signal: AbortSignal) => void): () => void {
  const forgets = signals.flatMap(signal => (signal === undefined ? [] : [whenAborted(signal, () => first(signal))]))
  const forget = () => {
    for (const each of forgets) each()
  }
  const first = (signal: AbortSignal) => {
    forget()
    fn(signal)
  }
  return forget
}
