// Whether a broker does its work, in one word and in sentences: for whoever decides to send it traffic or to start it anew.
//
// ok: everything works. degraded: it works and needs somebody, as with a full disk: produce is refused, reads go on, and
// taking it out of service would make that worse. unavailable: a log directory is gone, or nothing is served.

import type { LogDirectoryInfo } from '../log/log-manager.ts'

export type HealthStatus = 'ok' | 'degraded' | 'unavailable'

export interface Health {
  readonly status: HealthStatus
  /** In words, the worst first; empty when all is well. */
  readonly reasons: readonly string[]
}

export interface HealthFacts {
  /** Registered with the controller, unfenced, and answering requests. */
  readonly isServing: boolean
  readonly directories: readonly Pick<LogDirectoryInfo, 'path' | 'isOnline' | 'isFull' | 'failure'>[]
}

export function healthOf({ isServing, directories }: HealthFacts): Health {
  const failed = directories.filter(({ isOnline }) => !isOnline)
  const full = directories.filter(({ isOnline, isFull }) => isOnline && isFull)
  const reasons = [
    ...(isServing ? [] : ['the broker is not serving requests']),
    ...failed.map(
      ({ path, failure }) =>
        `log directory ${path} is offline: ${failure?.message ?? 'its disk failed'}. Repair it and start the broker again`,
    ),
    ...full.map(
      ({ path }) =>
        `log directory ${path} is full: produce is refused, reads go on, writing resumes when there is space`,
    ),
  ]
  return { status: !isServing || failed.length > 0 ? 'unavailable' : full.length > 0 ? 'degraded' : 'ok', reasons }
}
