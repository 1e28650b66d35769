// A handler decides one request of one API. Invariant: everything it decides before its first `await` is decided in the
// order in which the connection's requests arrived; answers leave in that order whatever order they come in.

import type { DecodedFields, Fields, InputFields } from '../../protocol/wire/field.ts'
import type { Api } from '../../protocol/wire/schema.ts'
import type { Services } from './services.ts'

/** Who asks, in which version, and what may be used to answer. */
export interface RequestContext {
  readonly services: Services
  readonly apiVersion: number
  readonly correlationId: number
  readonly clientId: string | null
  /** As Kafka prints an address: "/127.0.0.1". */
  readonly clientHost: string
  /** local host:port-remote host:port-number, unique while the broker runs. */
  readonly connectionId: string
  readonly listenerName: string
  /** Calls `release` once when the answer has been handed to the network, or never will be: for file ranges in the answer. */
  afterSend(release: () => void): void
  /**
   * Nobody will look at the request's bytes once it is answered: they are written over then. Only of use to a handler of large
   * requests; not called, they are left to the garbage collector.
   */
  requestIsDone(): void
  /** Requests behind this one on the connection are not decided before the answered function is called. */
  holdUp(): () => void
  /** Ends the connection, after the answers that come before this request's; `reason` is for the log. */
  closeConnection(reason: string): void
}

/** Undefined: nothing is sent (Produce with acks=0). */
export type Answer<Response extends Fields> = InputFields<Response> | undefined

export type Handle<Request extends Fields, Response extends Fields> = (
  context: RequestContext,
  request: DecodedFields<Request>,
) => Answer<Response> | Promise<Answer<Response>>

export interface HandlerOptions<Request extends Fields, Response extends Fields> {
  /**
   * The answer may take long and does not hold up the decisions of requests behind it on the connection (Fetch, Produce,
   * JoinGroup). Without it the next request of the connection is decided when this one is answered.
   */
  readonly parks?: boolean
  /** The request's bytes stay in memory until it is answered (Produce), and count as such. */
  readonly holdsRequest?: boolean
  /**
   * The answer when `handle` threw something unexpected, which has been logged: UNKNOWN_SERVER_ERROR (`errorCode`) wherever
   * the response has an error code. Without it the connection is closed.
   */
  readonly failure?: (
    request: DecodedFields<Request>,
    errorCode: number,
    context: RequestContext,
  ) => InputFields<Response>
}

/** One row of the table in handlers/index.ts. */
export interface Handler {
  readonly api: Api
  readonly handle: Handle<Fields, Fields>
  readonly parks: boolean
  readonly holdsRequest: boolean
  /**
   * What its requests wait for is our own work, so that only so many may wait at a time (`queued.max.requests`). Others wait
   * for records to come or for other members: they must not keep those away who would bring them.
   */
  readonly isQueued: boolean
  readonly failure: HandlerOptions<Fields, Fields>['failure']
}

/** Ties a function to an API. The function gets the decoded request and answers what is to be encoded. */
export function handler<Request extends Fields, Response extends Fields>(
  api: Api<Request, Response>,
  handle: Handle<Request, Response>,
  options: HandlerOptions<Request, Response> = {},
): Handler {
  // The table holds handlers of all APIs under one type; the session pairs each with its own API's codec.
  const { parks = false, holdsRequest = false, failure } = options
  const isQueued = holdsRequest || !parks
  const row: Record<keyof Handler, unknown> = { api, handle, parks, holdsRequest, isQueued, failure }
  return row as unknown as Handler
}
