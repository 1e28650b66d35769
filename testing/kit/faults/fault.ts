// A fault as it is asked for, checked, and which of the requests it strikes. Pure: requests come in, a verdict comes out.

import { didYouMean } from '../../../broker/config/closest-name.ts'
import { ClientError } from '../../../client/client-error.ts'
import { type ErrorName, errors } from '../../../protocol/errors.ts'
import { type ApiName, apiNames, type RequestOf, servedApis } from '../served-apis.ts'
import type { Depth } from './error-answer.ts'
import { namesIn } from './error-places.ts'

/** Who sent a request, for a predicate. */
export interface RequestInfo {
  readonly version: number
  readonly clientId: string | null
}

/** Which requests a fault strikes, and what becomes of them. One of `error`, `drop`, `ignore` and `delayMs` at least. */
export interface FaultOptions<Name extends ApiName = ApiName> {
  /** Only requests that name this topic; an error strikes what they say of it, and the rest is carried out. */
  readonly topic?: string
  /** The same for one partition. */
  readonly partition?: number
  /** Only requests of the client that calls itself so (`client.id`). */
  readonly clientId?: string
  /** Only requests for which it answers true. */
  readonly when?: (request: RequestOf<Name>, info: RequestInfo) => boolean
  /** The first of these requests that is struck, counted from 1. Alone it is the only one. */
  readonly nth?: number
  /** Every so manieth of these requests. */
  readonly every?: number
  /** How many are struck before it is over. Without limit when left out, but for `nth` alone: once. */
  readonly times?: number
  /** The answer has this error, where Kafka puts it in answers of the API and version: for each partition, topic, or the whole. */
  readonly error?: ErrorName
  /** Puts the error where answers have room for it first (`whole`), or into each thing that is named, other than Kafka would. */
  readonly place?: Depth
  /** The connection is closed in place of an answer. */
  readonly drop?: boolean
  /** There is no answer, and none to what comes behind it on the connection, as of a broker that hangs. */
  readonly ignore?: boolean
  /** By the broker's clock. */
  readonly delayMs?: number
  /**
   * Whether it happens before the request is carried out, which it then is not (a delayed one is later), or after. `before` when left
   * out, but for `delayMs` alone: the answer is late.
   */
  readonly at?: 'before' | 'after'
}

/** A fault that has been put into a broker. */
export interface FaultHandle {
  /** Requests that it has struck. */
  readonly count: number
  /** Requests that it was meant for, struck or not. */
  readonly matched: number
  /** It strikes no more. What it has delayed comes in its time. */
  remove(): void
}

/** Counts the requests that a fault is meant for, and says which of them it strikes. */
export class FaultCount {
  matched = 0
  count = 0
  readonly #first: number
  readonly #every: number
  readonly #times: number

  constructor({ nth, every, times }: Pick<FaultOptions, 'nth' | 'every' | 'times'>) {
    this.#first = nth ?? every ?? 1
    this.#every = every ?? 1
    this.#times = times ?? (nth !== undefined && every === undefined ? 1 : Number.POSITIVE_INFINITY)
  }

  /** One more request that it is meant for: whether its turn has come. */
  match(): boolean {
    this.matched += 1
    const behind = this.matched - this.#first
    return this.count < this.#times && behind >= 0 && behind % this.#every === 0
  }
}

/** Throws a ClientError INVALID_ARGUMENT that says what is wrong with it, and what to write. */
export function checkFault(api: string, options: FaultOptions): void {
  if (!(api in servedApis)) throw wrong(`there is no API ${api}.${didYouMean(api, apiNames)}`)
  for (const name of ['nth', 'every', 'times'] as const) {
    const value = options[name]
    const isCount = value === undefined || (Number.isSafeInteger(value) && value >= 1)
    if (!isCount) throw wrong(`${name} counts requests from 1, ${value} is no such number`)
  }
  checkEffect(options)
  for (const noun of ['topic', 'partition'] as const) {
    const isNamed = options[noun] === undefined || namesIn(servedApis[api as ApiName], noun)
    if (!isNamed) throw wrong(`requests of ${api} name no ${noun}: leave \`${noun}\` out`)
  }
}

function checkEffect({ error, drop, ignore, delayMs, place }: FaultOptions): void {
  const ends = [error !== undefined && 'error', drop && 'drop', ignore && 'ignore'].filter(Boolean)
  if (ends.length > 1) throw wrong(`${ends.join(' and ')} exclude each other: a request ends in one way`)
  if (ends.length === 0 && delayMs === undefined) throw wrong('a fault needs one of error, drop, ignore and delayMs')
  const isTime = delayMs === undefined || (delayMs >= 0 && delayMs < Number.POSITIVE_INFINITY)
  if (!isTime) throw wrong(`delayMs is ${delayMs}; to never answer, write ignore: true`)
  if (place !== undefined && error === undefined) throw wrong('place says where an error goes, and there is no `error`')
  if (error === undefined) return
  const isKnown = Object.hasOwn(errors, error) && error !== 'NONE'
  if (!isKnown) throw wrong(`there is no error ${error}.${didYouMean(error, Object.keys(errors))}`)
}

const wrong = (message: string): ClientError => new ClientError('INVALID_ARGUMENT', `broker.fault: ${message}`)
