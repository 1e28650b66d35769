// One broker as the client sees it: a connection for each lane, opened when it is first needed and again after it was lost,
// and a circuit breaker over all of them.
// Invariant: of a lane there is at most one connection, and at most one being opened, which all who wait for it share.

import type { DecodedFields, Fields, InputFields } from '../../protocol/wire/field.ts'
import type { Api, VersionRange } from '../../protocol/wire/schema.ts'
import { ClientError } from '../client-error.ts'
import type { ClientWorld } from '../client-world.ts'
import type { BrokerConnection } from '../connection.ts'
import { BrokerNews } from '../observability/broker-news.ts'
import { Backoff } from '../resilience/backoff.ts'
import { CircuitBreaker } from '../resilience/circuit-breaker.ts'
import { aborted, orAborted } from '../resilience/wait.ts'
import { type Address, addressText } from './address.ts'
import { commonVersion, type OfferedVersions, requiredVersion } from './api-range.ts'
import type { ClusterSettings } from './cluster-options.ts'
import { type Lane, laneOf } from './lane.ts'
import { type OpenConnection, openConnection } from './open-connection.ts'

export interface RequestOptions {
  /** For the answer, once the request is out; `requestTimeoutMs` of the settings when left out. */
  readonly timeoutMs?: number
  /** The API's own when left out. */
  readonly lane?: Lane
  /** Versions of the request that will do, both included. */
  readonly versions?: VersionRange
  /** When raised, the caller is told ABORTED; the request may be carried out all the same. */
  readonly signal?: AbortSignal | undefined
}

/** The body of a request, or how to make it for the version that will be sent. */
export type Body<Request extends Fields> = InputFields<Request> | ((apiVersion: number) => InputFields<Request>)

export class Broker {
  readonly address: Address
  /** "host:port", for messages. */
  readonly name: string
  readonly #settings: ClusterSettings
  readonly #world: ClientWorld
  readonly #breaker: CircuitBreaker
  readonly #news: BrokerNews
  readonly #open = new Map<Lane, OpenConnection>()
  readonly #opening = new Map<Lane, Promise<OpenConnection>>()
  readonly #givingUp = new Set<AbortController>()
  #isClosed = false
  #lastFailure: Error | undefined

  constructor(address: Address, settings: ClusterSettings, world: ClientWorld) {
    this.address = address
    this.name = addressText(address)
    this.#settings = settings
    this.#world = world
    this.#news = new BrokerNews(settings.clientId, this.name)
    const { reconnectBackoffMs: initialMs, reconnectBackoffMaxMs: maxMs, breakerFailuresMax: failuresMax } = settings
    const backoff = new Backoff({ initialMs, maxMs }, world.random)
    const trialMs = settings.connectTimeoutMs + settings.requestTimeoutMs
    this.#breaker = new CircuitBreaker(world.clock, backoff, { failuresMax, trialMs })
  }

  /** Whether a request may be sent now, as far as is known. */
  get isAvailable(): boolean {
    return !this.#isClosed && this.#breaker.waitMs === 0
  }

  /** Requests under way on all connections. */
  get inFlight(): number {
    let sum = 0
    for (const { connection } of this.#open.values()) sum += connection.inFlight
    return sum
  }

  /** Nothing is under way, and nobody waits for a connection. */
  get isIdle(): boolean {
    return this.inFlight === 0 && this.#opening.size === 0
  }

  /** What the broker offers, if a connection is open. */
  get offered(): OfferedVersions | undefined {
    for (const open of this.#open.values()) if (open.connection.isOpen) return open.offered
    return undefined
  }

  /** Levels of the cluster's finalized features as the broker told them when it was connected to; connects if need be. */
  async features(): Promise<ReadonlyMap<string, number>> {
    return (await this.#connected('data')).features
  }

  /** The version in which a request of the API would go out, undefined when the broker has none; connects if need be. */
  async versionOf(api: Api<Fields, Fields>, versions?: VersionRange): Promise<number | undefined> {
    return commonVersion(api, this.offered ?? (await this.#connected('data')).offered, versions)
  }

  /**
   * Sends a request in the highest version that both sides have, and answers the response. Rejects with BROKER_UNREACHABLE,
   * UNTRUSTED, CIRCUIT_OPEN, CONNECTION_CLOSED, REQUEST_TIMED_OUT_LOCALLY, BROKEN_ANSWER, UNSUPPORTED_BY_BROKER or ABORTED;
   * what the broker answers, errors included, is the caller's to read. Requests of a lane go out in the order of the calls.
   */
  request<Request extends Fields, Response extends Fields>(
    api: Api<Request, Response>,
    body: Body<Request>,
    options: RequestOptions = {},
  ): Promise<DecodedFields<Response>> {
    const { signal } = options
    if (signal?.aborted) return Promise.reject(aborted(signal))
    const lane = options.lane ?? laneOf(api.key)
    const open = this.#open.get(lane)
    // In the same turn where it can be: what is sent in one turn leaves in one write.
    const answer = open?.connection.isOpen
      ? this.#send(open, api, body, options)
      : this.#connected(lane).then(opened => this.#send(opened, api, body, options))
    return orAborted(answer, signal)
  }

  /** Sends a request that is not answered: Produce with acks=0. Resolves when the operating system has taken it. */
  async sendWithoutAnswer<Request extends Fields>(
    api: Api<Request, Fields>,
    body: Body<Request>,
    options: Pick<RequestOptions, 'versions'> = {},
  ): Promise<void> {
    const { connection, offered } = await this.#connected(laneOf(api.key))
    const version = requiredVersion(api as unknown as Api, offered, this.name, options.versions)
    await connection.sendWithoutAnswer(api, version, bodyFor(body, version))
  }

  /** Closes the lane's connection, if there is one: what waits for it is told CONNECTION_CLOSED. Not held against the broker. */
  dropLane(lane: Lane): void {
    const open = this.#open.get(lane)
    this.#open.delete(lane)
    open?.connection.close()
  }

  /** Closes all connections, and gives up those that are being opened; what waits is told CONNECTION_CLOSED. */
  close(): void {
    this.#isClosed = true
    for (const givingUp of this.#givingUp) givingUp.abort(this.#closedError())
    for (const { connection } of this.#open.values()) connection.close()
    this.#open.clear()
  }

  async #send<Request extends Fields, Response extends Fields>(
    { connection, offered }: OpenConnection,
    api: Api<Request, Response>,
    body: Body<Request>,
    options: RequestOptions,
  ): Promise<DecodedFields<Response>> {
    const version = requiredVersion(api as unknown as Api, offered, this.name, options.versions)
    const timeoutMs = options.timeoutMs ?? this.#settings.requestTimeoutMs
    try {
      const answer = await connection.request(api, version, bodyFor(body, version), timeoutMs)
      if (this.#breaker.onSuccess()) this.#news.breakerClosed()
      return answer
    } catch (error) {
      if (isFailureOfBroker(error)) this.#noteLost(connection, error)
      throw error
    }
  }

  // All that waited on a connection fail with it, which is one failure.
  #noteLost(connection: BrokerConnection, error: ClientError): void {
    for (const [lane, open] of this.#open) {
      if (open.connection !== connection) continue
      this.#open.delete(lane)
      this.#noteFailure(error)
    }
  }

  #noteFailure(error: Error): void {
    this.#lastFailure = error
    this.#breaker.onFailure()
    if (this.#breaker.state === 'open') this.#news.breakerOpened(this.#breaker.waitMs, error)
  }

  #connected(lane: Lane): Promise<OpenConnection> {
    const open = this.#open.get(lane)
    if (open?.connection.isOpen) return Promise.resolve(open)
    if (this.#isClosed) return Promise.reject(this.#closedError())
    const opening = this.#opening.get(lane)
    if (opening !== undefined) return opening
    if (!this.#breaker.tryPass()) {
      return Promise.reject(this.#circuitOpenError())
    }
    const started = this.#start(lane)
    this.#opening.set(lane, started)
    const over = () => this.#opening.delete(lane)
    // The first to hear of it, and no sooner than those who wait, who are next: were the connection to be found in #open before
    // they have sent, what is asked for in between would overtake them.
    started.then(opened => {
      over()
      if (this.#isClosed) opened.connection.close()
      else this.#open.set(lane, opened)
    }, over)
    return started
  }

  #circuitOpenError(): ClientError {
    const cause = this.#lastFailure
    const why = cause instanceof ClientError ? `, its last failure was ${cause.code}` : ''
    return new ClientError('CIRCUIT_OPEN', `the broker is not asked at the moment${why}`, { broker: this.name, cause })
  }

  // Retriable: a broker that has left the cluster is closed too, and the next image says who took over.
  #closedError(): ClientError {
    return new ClientError('CONNECTION_CLOSED', 'the client has given up this broker', { broker: this.name })
  }

  async #start(lane: Lane): Promise<OpenConnection> {
    const givingUp = new AbortController()
    this.#givingUp.add(givingUp)
    const { clock, fetchMemory } = this.#world
    const startedMs = clock.monotonicMs()
    try {
      const allocate = lane === 'fetch' ? fetchMemory : undefined
      const opened = await openConnection(this.address, this.#settings, this.#world, givingUp.signal, {
        lane,
        allocate,
      })
      this.#breaker.onConnected()
      opened.connection.noteReady(clock.monotonicMs() - startedMs)
      return opened
    } catch (error) {
      if (this.#isClosed) throw error
      this.#news.connectionFailed(lane, clock.monotonicMs() - startedMs, error as Error)
      this.#noteFailure(error as Error)
      throw error
    } finally {
      this.#givingUp.delete(givingUp)
    }
  }
}

function bodyFor<Request extends Fields>(body: Body<Request>, apiVersion: number): InputFields<Request> {
  return typeof body === 'function' ? body(apiVersion) : body
}

/** It did not answer, or not as a broker does. */
function isFailureOfBroker(error: unknown): error is ClientError {
  const codes = ['CONNECTION_CLOSED', 'REQUEST_TIMED_OUT_LOCALLY', 'BROKEN_ANSWER']
  return error instanceof ClientError && codes.includes(error.code)
}
