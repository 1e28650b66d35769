// What is counted of the requests of each API: how many, how large, how long, and what went wrong.
//
// Invariant: counting makes no object and reads no clock; the times are those that the session has read anyway. A request is
// counted when it is decided, its duration when its answer is handed to the network.

import type { Api } from '../../protocol/wire/schema.ts'
import { DurationHistogram } from './duration-histogram.ts'
import { errorCodesIn } from './error-codes.ts'

export class ApiCounters {
  readonly apiName: string
  requests = 0
  requestBytes = 0
  responseBytes = 0
  /** Answered in the turn of the loop that decided it: what our own work takes. */
  readonly answeredAtOnce = new DurationHistogram()
  /** Waited for a disk, for records to come, or for other members: the wait is in it. */
  readonly answeredLater = new DurationHistogram()
  /** By error code. Only Kafka's codes come here, since only we write them. */
  readonly errors = new Map<number, number>()
  readonly #visitErrors: (answer: object, tell: (code: number) => void) => void
  readonly #countError = (code: number) => void this.errors.set(code, (this.errors.get(code) ?? 0) + 1)

  constructor(api: Api) {
    this.apiName = api.name
    this.#visitErrors = errorCodesIn(api.response.fields)
  }

  countErrors(answer: object): void {
    this.#visitErrors(answer, this.#countError)
  }
}

/** The counters of all APIs, each made with its first request. */
export class RequestCounters {
  /** By API key. */
  readonly #apis: (ApiCounters | undefined)[] = []

  of(api: Api): ApiCounters {
    return (this.#apis[api.key] ??= new ApiCounters(api))
  }

  *all(): Generator<ApiCounters> {
    for (const counters of this.#apis) if (counters !== undefined) yield counters
  }
}
