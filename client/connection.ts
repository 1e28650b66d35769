// One connection to one broker: requests go out as they come (pipelined), answers are matched by correlation id.
// Invariant: a broker answers in the order of the requests, so an answer belongs to the oldest one that waits; any other
// correlation id means that the two sides no longer agree, and the connection is given up.

import type { Connection, Net, SendPart } from '../io/net.ts'
import { FrameCutter } from '../protocol/frame-cutter.ts'
import { readResponseFrame, writeRequestFrame } from '../protocol/framing.ts'
import type { DecodedFields, Fields, InputFields } from '../protocol/wire/field.ts'
import type { Api } from '../protocol/wire/schema.ts'

/** The connection ended before an answer came. Whether the request was carried out is not known. */
export class ConnectionClosedError extends Error {
  readonly code = 'CONNECTION_CLOSED'

  constructor(address: string, options: { cause?: unknown } = {}) {
    super(`the connection to ${address} closed before the answer came`, options)
    this.name = 'ConnectionClosedError'
  }
}

export interface BrokerConnectionOptions {
  readonly host: string
  readonly port: number
  readonly clientId: string
  /** Largest answer that is read, in bytes. */
  readonly frameBytesMax?: number
  /** Requests that may wait for their answers; one more is refused. */
  readonly inFlightMax?: number
}

interface Waiting {
  readonly api: Api
  readonly apiVersion: number
  readonly correlationId: number
  readonly resolve: (answer: DecodedFields<Fields>) => void
  readonly reject: (error: Error) => void
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
  #correlationId = 0
  #closed: Error | undefined

  private constructor(connection: Connection, options: BrokerConnectionOptions) {
    this.#connection = connection
    this.#address = `${options.host}:${options.port}`
    this.#clientId = options.clientId
    this.#inFlightMax = options.inFlightMax ?? inFlightMaxStandard
    this.#frames = new FrameCutter(options.frameBytesMax ?? frameBytesMaxStandard)
    connection.listen({
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

  get isOpen(): boolean {
    return this.#closed === undefined
  }

  /** Sends a request and answers its response. Rejects with ConnectionClosedError, or DecodeError when the answer is broken. */
  request<Request extends Fields, Response extends Fields>(
    api: Api<Request, Response>,
    apiVersion: number,
    body: InputFields<Request>,
  ): Promise<DecodedFields<Response>> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.length >= this.#inFlightMax) {
        reject(new Error(`${this.#inFlightMax} requests wait for ${this.#address} already; await some of them first`))
        return
      }
      const correlationId = this.#send(api, apiVersion, body, reject)
      if (correlationId === undefined) return
      const waiting = { api, apiVersion, correlationId, resolve, reject }
      // The API's own types are known here and nowhere behind: the queue holds requests of all kinds.
      this.#waiting.push(waiting as unknown as Waiting)
    })
  }

  /** Sends a request that has no answer (Produce with acks=0). */
  sendWithoutAnswer<Request extends Fields>(
    api: Api<Request, Fields>,
    apiVersion: number,
    body: InputFields<Request>,
  ): void {
    this.#send(api, apiVersion, body, error => {
      throw error
    })
  }

  close(): void {
    this.#connection.destroy()
    this.#failAll(new ConnectionClosedError(this.#address))
  }

  #send<Request extends Fields>(
    api: Api<Request, Fields>,
    apiVersion: number,
    body: InputFields<Request>,
    refuse: (error: Error) => void,
  ): number | undefined {
    if (this.#closed) {
      refuse(this.#closed)
      return undefined
    }
    this.#correlationId = (this.#correlationId + 1) & 0x7fffffff
    const header = { correlationId: this.#correlationId, clientId: this.#clientId }
    try {
      this.#connection.send(writeRequestFrame(api, apiVersion, header, body) as SendPart[])
    } catch (error) {
      refuse(error as Error)
      return undefined
    }
    return this.#correlationId
  }

  #receive(chunk: Buffer): void {
    this.#frames.push(chunk)
    try {
      for (let frame = this.#frames.next(); frame; frame = this.#frames.next()) this.#answer(frame)
    } catch (error) {
      this.#connection.destroy()
      this.#failAll(error as Error)
    }
  }

  #answer(frame: Buffer): void {
    const waiting = this.#waiting.shift()
    if (!waiting) throw new Error(`${this.#address} sent an answer that nobody waits for`)
    try {
      const { correlationId, reader } = readResponseFrame(waiting.api, waiting.apiVersion, frame)
      if (correlationId !== waiting.correlationId) {
        throw new Error(`${this.#address} answered request ${correlationId} instead of ${waiting.correlationId}`)
      }
      waiting.resolve(waiting.api.response.read(waiting.apiVersion, reader))
    } catch (error) {
      waiting.reject(error as Error)
      throw error
    }
  }

  #failAll(error: Error): void {
    if (this.#closed) return
    this.#closed = error
    for (const waiting of this.#waiting.splice(0)) waiting.reject(error)
  }
}
