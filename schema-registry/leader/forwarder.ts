// Where a write is done: here, when this instance leads, or by the leader, over HTTP, as whoever asked asked for it.
//
// While nobody is known to lead, which takes a moment after a leader was lost, a write waits; so does one whose leader
// refuses connections, since nothing of it can have been done there. Whatever else goes wrong on the way to the leader
// is answered: the write may have been done. An instance that is asked by another one does not ask a third.
// Limits: `waitingMax` writes wait, one more is told at once that there is no leader.
// Source: RestService.X_FORWARD_HEADER, RequestHeaderBuilder of Confluent's registry.

import type { Clock } from '../../io/clock.ts'
import type { Leadership } from '../store/schemas-log.ts'

export interface WriteRequest {
  readonly method: string
  /** As it was asked for, with its query. */
  readonly path: string
  /** By names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly body: string | Uint8Array | undefined
}

export interface LeaderAnswer {
  readonly statusCode: number
  readonly contentType: string | undefined
  readonly body: Uint8Array
}

export interface ForwarderSettings {
  /** From the request to the whole answer; 60 s. [leader.read.timeout.ms] */
  readonly answerTimeoutMs: number
  /** How long a write waits until somebody leads; 15 s. */
  readonly leaderWaitMs: number
  /** Writes that wait like that; 1000. */
  readonly waitingMax: number
}

export const forwarderDefaults: ForwarderSettings = { answerTimeoutMs: 60_000, leaderWaitMs: 15_000, waitingMax: 1000 }

/** One HTTP request: Node's `fetch`, or a test's. */
export type Fetch = (
  url: string,
  request: {
    readonly method: string
    readonly headers: Readonly<Record<string, string>>
    readonly body: string | Uint8Array | undefined
    readonly signal: AbortSignal
  },
) => Promise<LeaderAnswer>

export interface ForwarderOptions extends Partial<ForwarderSettings> {
  readonly leadership: Leadership
  readonly clock: Clock
  readonly fetch: Fetch
}

/** A write that was not done as far as this instance knows. */
export class ForwardError extends Error {
  /** no leader: it was not done. leader failed: nobody knows. */
  readonly kind: 'no leader' | 'leader failed'

  constructor(kind: ForwardError['kind'], message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'ForwardError'
    this.kind = kind
  }
}

export const forwardedHeader = 'x-forward'
/** What goes along with the request. */
const headersToTell = ['content-type', 'accept', 'authorization', 'x-request-id', 'confluent-accept-unknown-properties']
/** Of Node's sockets and its fetch: the leader was never reached. */
const unreached = ['ECONNREFUSED', 'ENOTFOUND', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT', 'EAI_AGAIN']
/** Between two attempts to reach a leader that is still said to lead. */
const againMs = 250

export class Forwarder {
  readonly #options: ForwarderOptions
  readonly #settings: ForwarderSettings
  #waiting: (() => void)[] = []

  constructor(options: ForwarderOptions) {
    this.#options = options
    this.#settings = { ...forwarderDefaults, ...options }
  }

  /** Who leads has changed. */
  leadershipChanged(): void {
    for (const wake of this.#waiting.splice(0)) wake()
  }

  /** The leader's answer, or 'here' when this instance leads. Rejects with a ForwardError. */
  async forward(request: WriteRequest): Promise<LeaderAnswer | 'here'> {
    const { leadership, clock } = this.#options
    const deadlineMs = clock.monotonicMs() + this.#settings.leaderWaitMs
    const isForwarded = request.headers[forwardedHeader] !== undefined
    let last: unknown
    for (;;) {
      if (leadership.isLeader) return 'here'
      const { leaderUrl } = leadership
      const leftMs = deadlineMs - clock.monotonicMs()
      if (leftMs <= 0) throw noLeader(last)
      if (leaderUrl === undefined || isForwarded) {
        await this.#change(leftMs, last)
        continue
      }
      try {
        return await this.#ask(leaderUrl, request)
      } catch (error) {
        if (!wasUnreached(error)) throw leaderFailed(leaderUrl, error)
        last = error
        await this.#change(Math.min(againMs, leftMs), last)
      }
    }
  }

  async #ask(leaderUrl: string, { method, path, headers, body }: WriteRequest): Promise<LeaderAnswer> {
    const told = headersToTell.flatMap(name => {
      const value = headers[name]
      return value === undefined ? [] : [[name, String(value)] as const]
    })
    const { answerTimeoutMs } = this.#settings
    const late = new AbortController()
    const onLate = () => late.abort(new Error(`no answer within ${answerTimeoutMs / 1000} s`))
    const cancel = this.#options.clock.after(answerTimeoutMs, onLate)
    try {
      const all = { ...Object.fromEntries(told), [forwardedHeader]: 'true' }
      return await this.#options.fetch(`${leaderUrl}${path}`, { method, headers: all, body, signal: late.signal })
    } finally {
      cancel()
    }
  }

  /** Resolves when who leads has changed, or the time is over. */
  #change(timeoutMs: number, last: unknown): Promise<void> {
    if (this.#waiting.length >= this.#settings.waitingMax) return Promise.reject(noLeader(last))
    return new Promise(resolve => {
      const cancel = this.#options.clock.after(timeoutMs, () => {
        this.#waiting = this.#waiting.filter(each => each !== wake)
        resolve()
      })
      const wake = () => {
        cancel()
        resolve()
      }
      this.#waiting.push(wake)
    })
  }
}

function noLeader(cause: unknown): ForwardError {
  const why = cause === undefined ? '' : ` (${reasonOf(cause)})`
  return new ForwardError('no leader', `Leader not known${why}; nothing was written, try again in a moment`, cause)
}

function leaderFailed(leaderUrl: string, cause: unknown): ForwardError {
  const message = `The leader ${leaderUrl} did not answer (${reasonOf(cause)}); whether it has written is not known, try again`
  return new ForwardError('leader failed', message, cause)
}

function wasUnreached(error: unknown): boolean {
  const { code, cause } = error as { code?: string; cause?: { code?: string } }
  return unreached.includes(code ?? '') || unreached.includes(cause?.code ?? '')
}

function reasonOf(error: unknown): string {
  const { message, cause } = error as Error
  return cause instanceof Error ? `${message}: ${cause.message}` : message
}
