// Which requests a broker was sent, for assertions such as "the client did not ask for metadata again". Bounded: beyond `requestsMax`
// the oldest are forgotten, and counted; `count` knows of all.

import { didYouMean } from '../../broker/config/closest-name.ts'
import { ClientError } from '../../client/client-error.ts'
import { type ApiName, apiNames, servedApis } from './served-apis.ts'

/** Requests that are remembered unless the options say otherwise: some 100 bytes each. */
export const requestsMaxDefault = 10_000

/** One request, in the order in which they were decided. */
export interface LoggedRequest {
  readonly api: ApiName
  readonly version: number
  readonly clientId: string | null
  /** The client's address and port, and a number: the same for all requests of one connection. */
  readonly connectionId: string
  readonly correlationId: number
  /** By the broker's clock, in milliseconds since 1970. */
  readonly atMs: number
  /** What fault struck it, in words. */
  readonly fault?: string
}

export class RequestLog implements Iterable<LoggedRequest> {
  readonly #requestsMax: number
  #requests: LoggedRequest[] = []
  /** Of the forgotten, those that are really gone. */
  #dropped = 0
  #counts = new Map<ApiName, number>()

  constructor(requestsMax: number) {
    this.#requestsMax = requestsMax
  }

  [Symbol.iterator](): Iterator<LoggedRequest> {
    return this.#remembered[Symbol.iterator]()
  }

  /** Those that are remembered, the first one first; of one API when it is named. */
  all(api?: ApiName): readonly LoggedRequest[] {
    if (api === undefined) return this.#remembered
    checkName(api)
    return this.#remembered.filter(request => request.api === api)
  }

  /** How many there were since the start, or the last `clear`, also those that are forgotten. */
  count(api?: ApiName): number {
    if (api !== undefined) {
      checkName(api)
      return this.#counts.get(api) ?? 0
    }
    return this.#dropped + this.#requests.length
  }

  /** Requests that are counted and no longer remembered. */
  get forgotten(): number {
    return this.count() - this.#remembered.length
  }

  clear(): void {
    this.#requests = []
    this.#counts.clear()
    this.#dropped = 0
  }

  /** Called by the broker. */
  add(request: LoggedRequest): void {
    this.#requests.push(request)
    this.#counts.set(request.api, (this.#counts.get(request.api) ?? 0) + 1)
    // In bulk, so that adding to a full log costs no more than adding to an empty one.
    if (this.#requests.length <= 2 * this.#requestsMax) return
    this.#dropped += this.#requests.length - this.#requestsMax
    this.#requests = this.#remembered
  }

  get #remembered(): LoggedRequest[] {
    return this.#requests.slice(Math.max(0, this.#requests.length - this.#requestsMax))
  }
}

function checkName(api: string): void {
  if (api in servedApis) return
  throw new ClientError('INVALID_ARGUMENT', `broker.requests: there is no API ${api}.${didYouMean(api, apiNames)}`)
}
