// The time that a piece of work may take, whatever it waits for.

import type { Clock } from '../../io/clock.ts'
import { ClientError } from '../client-error.ts'

/** The work's result, or a retriable rejection when it takes longer; the work itself goes on. */
export function within<T>(clock: Clock, ms: number, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(ms, () => {
      reject(new ClientError('REQUEST_TIMED_OUT_LOCALLY', `no answer within ${Math.round(ms)} ms`))
    })
    work.then(resolve, reject).finally(cancel)
  })
}
