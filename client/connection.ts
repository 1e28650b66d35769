// One connection to one broker: requests go out as they come (pipelined), answers are matched by correlation id.
// Invariant: a broker answers in the order of the requests, so an answer belongs to the oldest one that waits; any other
// correlation id means that the two sides no longer agree, and the connection is given up.

import type { Cancel, Clock } from '../io/clock.ts'
import type { ConnectAddress, Connection, Net, SendPart } from '../io/net.ts'
import { FrameCutter } from '../protocol/frame-cutter.ts'
import { readResponseFrame, writeRequestFrame } from '../protocol/framing.ts'
import type { DecodedFields, Fields, InputFields } from '../protocol/wire/field.ts'
import type { Reader } from '../protocol/wire/reader.ts'
import type { Api } from '../protocol/wire/schema.ts'
import { isOldApiVersionsAnswer } from './api-versions-answer.ts'
import { ClientError } from './client-error.ts'
import { ConnectionNews } from './observability/connection-news.ts'
import type { RequestMessage } from './observability/messages.ts'

/** The connection ended before an answer came. Whether the request was carried out is not known. */
export class ConnectionClosedError extends ClientError {
  constructor(address: string, options: { cause?: unknown } = {}) {
    super('CONNECTION_CLOSED', 'the connection closed before the answer came', { broker: address, ...options })
    this.name = 'ConnectionClosedError'
  }
}

export interface BrokerConnectionOptions extends ConnectAddress {
  readonly clientId: string
  /** Needed where requests have timeouts, and where what happens is to be told (observability/). */
  readonly clock?: Clock
  /** What the connection is for, for those who are told of it. */
  readonly lane?: string
  /** The memory of an answer of so many bytes. Fresh for each when left out. */
  readonly allocate?: (bytes: number) => Buffer
  /** Largest answer that is read, in bytes. */
  readonly frameBytesMax?: number
  /** Requests that may wait for their answers; one more is refused. */
  readonly inFlightMax?: number
}

interface Waiting {
  readonly api: Api
  readonly apiVersion: number
  correlationId: number
  /** By the monotonic clock; Infinity when the request may wait for ever. */
  readonly deadlineMs: number
  readonly resolve: (answer: DecodedFields<Fields>) => void
  readonly reject: (error: Error) => void
  /** Told when it was sent, to somebody who listens. */
  told: RequestMessage | undefined
}

const frameBytesMaxStandard = 256 * 1024 * 1024
const inFlightMaxStandard = 1000

export class BrokerConnection {
  readonly #connection: Connection
  readonly #address: string
  readonly #clientId: string
  readonly #inFlightMax: number
  readonly #frames: FrameCutter
  readonly #waiting: Waiting[] = []
  readonly #clock: Clock | undefined
  readonly #news: ConnectionNews | undefined
  #correlationId = 0
  #closed: Error | undefined
  /** When the timer rings, and how it is stopped: for the earliest deadline there was when it was set. */
  #alarmMs = Number.POSITIVE_INFINITY
  #cancelAlarm: Cancel | undefined

  private constructor(connection: Connection, options: BrokerConnectionOptions) {
    this.#connection = connection
    this.#address = `${options.host}:${options.port}`
    this.#clientId = options.clientId
    this.#inFlightMax = options.inFlightMax ?? inFlightMaxStandard
    this.#clock = options.clock
    const { clientId, clock, lane = 'data' } = options
    this.#news = clock && new ConnectionNews({ clientId, broker: this.#address, lane }, clock)
    this.#frames = new FrameCutter(options.frameBytesMax ?? frameBytesMaxStandard, () => true, options.allocate)
    connection.listen({
      room: () => this.#frames.room,
      filled: bytes => {
        this.#frames.filled(bytes)
        this.#answerAll()
      },
      data: chunk => this.#receive(chunk),
      drain: () => {},
      end: () => connection.destroy(),
      close: error => this.#failAll(new ConnectionClosedError(this.#address, { cause: error })),
    })
  }

  /** Connects; rejects with a NetError. */
  static async open(net: Net, options: BrokerConnectionOptions): Promise<BrokerConnection> {
    return new BrokerConnection(await net.connect(options), options)
  }

  /** It can be used, after so long: its opening is told, and so will be its end. */
  noteReady(durationMs: number): void {
    this.#news?.opened(durationMs)
  }

  get isOpen(): boolean {
    return this.#closed === undefined
  }

  /** Requests that wait for their answers. */
  get inFlight(): number {
    return this.#waiting.length
  }

  /** "host:port". */
  get address(): string {
    return this.#address
  }

  /**
   * Sends a request and answers its response. Rejects with CONNECTION_CLOSED, BROKEN_ANSWER (and the connection is given up),
   * TOO_MANY_REQUESTS_IN_FLIGHT, or an EncodeError. When there is no answer within `timeoutMs` the connection is given up,
   * because the answers behind would wait for it too: this request, and all that wait, are told REQUEST_TIMED_OUT_LOCALLY.
   */
  request<Request extends Fields, Response extends Fields>(
    api: Api<Request, Response>,
    apiVersion: number,
    body: InputFields<Request>,
    timeoutMs = Number.POSITIVE_INFINITY,
  ): Promise<DecodedFields<Response>> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.length >= this.#inFlightMax) {
        const message = `${this.#inFlightMax} requests wait already`
        reject(new ClientError('TOO_MANY_REQUESTS_IN_FLIGHT', message, { broker: this.#address }))
        return
      }
      const deadlineMs = this.#deadline(timeoutMs)
      // The API's own types are known here and nowhere behind: the queue holds requests of all kinds.
      const waiting = { api, apiVersion, correlationId: -1, deadlineMs, resolve, reject, told: undefined } as unknown as Waiting // biome-ignore format: one thought
      if (!this.#send(api, apiVersion, body, reject, undefined, waiting)) return
      this.#waiting.push(waiting)
      this.#watch(deadlineMs)
    })
  }

  /**
   * Sends a request that has no answer (Produce with acks=0). Resolves when the operating system has taken all of it, or the
   * connection is closed: nobody says whether it arrived. Rejects with CONNECTION_CLOSED, or an EncodeError.
   */
  sendWithoutAnswer<Request extends Fields>(
    api: Api<Request, Fields>,
    apiVersion: number,
    body: InputFields<Request>,
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#send(api, apiVersion, body, reject, resolve)
    })
  }

  close(): void {
    this.#connection.destroy()
    this.#failAll(new ConnectionClosedError(this.#address), true)
  }

  #send<Request extends Fields>(
    api: Api<Request, Fields>,
    apiVersion: number,
    body: InputFields<Request>,
    refuse: (error: Error) => void,
    taken?: () => void,
    waiting?: Waiting,
  ): boolean {
    if (this.#closed) {
      refuse(this.#closed)
      return false
    }
    this.#correlationId = (this.#correlationId + 1) & 0x7fffffff
    const header = { correlationId: this.#correlationId, clientId: this.#clientId }
    try {
      const parts = writeRequestFrame(api, apiVersion, header, body) as SendPart[]
      this.#connection.send(parts, taken)
      const told = this.#news?.sent(api as Api<Fields, Fields>, apiVersion, this.#correlationId, parts, waiting !== undefined) // biome-ignore format: one thought
      if (waiting !== undefined) {
        waiting.correlationId = this.#correlationId
        waiting.told = told
      }
    } catch (error) {
      refuse(error as Error)
      return false
    }
    return true
  }

  #deadline(timeoutMs: number): number {
    if (timeoutMs === Number.POSITIVE_INFINITY) return timeoutMs
    if (this.#clock === undefined) throw new Error('a connection needs a clock for timeouts')
    return this.#clock.monotonicMs() + timeoutMs
  }

  // One timer for all requests: a busy connection would otherwise set and clear thousands a second.
  #watch(deadlineMs: number): void {
    if (deadlineMs >= this.#alarmMs) return
    this.#cancelAlarm?.()
    this.#alarmMs = deadlineMs
    this.#cancelAlarm = this.#clock!.after(deadlineMs - this.#clock!.monotonicMs(), () => this.#onAlarm())
  }

  #onAlarm(): void {
    this.#cancelAlarm = undefined
    this.#alarmMs = Number.POSITIVE_INFINITY
    const nowMs = this.#clock!.monotonicMs()
    const late = this.#waiting.find(waiting => waiting.deadlineMs <= nowMs)
    if (late === undefined) {
      const earliestMs = this.#waiting.reduce(
        (min, { deadlineMs }) => Math.min(min, deadlineMs),
        Number.POSITIVE_INFINITY,
      )
      if (earliestMs < Number.POSITIVE_INFINITY) this.#watch(earliestMs)
      return
    }
    this.#connection.destroy()
    const message = `no answer to ${late.api.name} came in time`
    this.#failAll(new ClientError('REQUEST_TIMED_OUT_LOCALLY', message, { broker: this.#address }))
  }

  #receive(chunk: Buffer): void {
    this.#frames.push(chunk)
    this.#answerAll()
  }

  #answerAll(): void {
    try {
      for (let frame = this.#frames.next(); frame; frame = this.#frames.next()) this.#answer(frame)
    } catch (error) {
      this.#connection.destroy()
      this.#failAll(this.#broken(error))
    }
  }

  #answer(frame: Buffer): void {
    const waiting = this.#waiting[0]
    if (!waiting) throw new Error('an answer came that nobody waits for')
    const { correlationId, reader } = readResponseFrame(waiting.api, waiting.apiVersion, frame)
    if (correlationId !== waiting.correlationId) {
      throw new Error(`request ${correlationId} was answered instead of ${waiting.correlationId}`)
    }
    const answer = readAnswer(waiting, reader)
    this.#waiting.shift()
    if (waiting.told !== undefined) this.#news!.answered(waiting.told, frame.length, answer)
    waiting.resolve(answer)
  }

  #broken(cause: unknown): ClientError {
    return new ClientError('BROKEN_ANSWER', (cause as Error).message, { broker: this.#address, cause })
  }

  #failAll(error: Error, isWanted = false): void {
    if (this.#closed) return
    this.#closed = error
    this.#cancelAlarm?.()
    this.#cancelAlarm = undefined
    this.#news?.closed(isWanted ? undefined : error)
    for (const waiting of this.#waiting.splice(0)) {
      if (waiting.told !== undefined) this.#news!.failed(waiting.told, error)
      waiting.reject(error)
    }
  }
}

function readAnswer({ api, apiVersion }: Waiting, reader: Reader): DecodedFields<Fields> {
  const version = isOldApiVersionsAnswer(api, reader) ? 0 : apiVersion
  return api.response.read(version, reader)
}
