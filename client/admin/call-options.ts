// What every call of an Admin can be told, and what its attempts are given of it.

import { ClientError } from '../client-error.ts'
import type { ClusterOptions } from '../cluster/cluster-options.ts'

export interface AdminOptions extends ClusterOptions {
  /** For a call with all its attempts; 60 s. [default.api.timeout.ms] */
  readonly apiTimeoutMs?: number
  /**
   * A partition or broker that the cluster does not know is asked for again for so long, since one that was created a moment
   * ago is not known everywhere at once; 2 s.
   */
  readonly unknownWaitMs?: number
}

export interface AdminSettings {
  readonly apiTimeoutMs: number
  readonly unknownWaitMs: number
}

/** Throws INVALID_ARGUMENT. */
export function adminSettings({ apiTimeoutMs = 60_000, unknownWaitMs = 2000 }: AdminOptions): AdminSettings {
  if (!(apiTimeoutMs >= 1)) throw wrong('apiTimeoutMs', apiTimeoutMs, 1)
  if (!(unknownWaitMs >= 0)) throw wrong('unknownWaitMs', unknownWaitMs, 0)
  return { apiTimeoutMs, unknownWaitMs }
}

function wrong(name: string, value: number, min: number): ClientError {
  return new ClientError('INVALID_ARGUMENT', `${name} is ${value}`, { help: `give a number of at least ${min}` })
}

export interface CallOptions {
  /** For this call with all its attempts; `apiTimeoutMs` of the Admin when left out. */
  readonly timeoutMs?: number
  /** When raised, the call rejects with ABORTED; what was sent may be carried out all the same. */
  readonly signal?: AbortSignal | undefined
}

/** Where something is only to be tried. */
export interface ValidateOption {
  /** The cluster checks everything and changes nothing. */
  readonly validateOnly?: boolean
}

/** One attempt, as `Broker.request` takes it. */
export interface Attempt {
  /** For the answer. */
  readonly timeoutMs: number
  readonly signal: AbortSignal | undefined
}

/** What of the attempt's time the broker is given: a little less, so that its own answer comes before we hang up. */
export function brokerTimeoutMs({ timeoutMs }: Attempt): number {
  return Math.max(1, Math.floor(timeoutMs * 0.9))
}
