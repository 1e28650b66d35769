// A client's way to the simulated broker: one connection at a time, opened again for as long as it takes, requests with a
// time limit. Nothing is retried here: each actor knows what it may repeat.

import { BrokerConnection } from '../../client/connection.ts'
import { NetError } from '../../io/net.ts'
import type { SeededRandom } from '../../io/sim/random.ts'
import type { World } from '../../io/world.ts'
import type { DecodedFields, Fields, InputFields } from '../../protocol/wire/field.ts'
import type { Api } from '../../protocol/wire/schema.ts'
import { type AnswerTap, answerTap } from './answer-tap.ts'
import type { SimContext } from './context.ts'

export const brokerHostName = 'broker'
export const brokerPort = 9092
const answerMsMax = 1500

export class SimClient {
  readonly name: string
  readonly random: SeededRandom
  readonly #world: World
  readonly #tap: AnswerTap
  #connection: BrokerConnection | undefined

  constructor(context: SimContext, name: string) {
    this.name = name
    this.random = context.sim.random.fork(`client ${name}`)
    this.#world = context.sim.host(name).start()
    this.#tap = answerTap(this.#world.net, name, violations => context.witness.report(violations))
  }

  /** Wall clock of the client. */
  now(): number {
    return this.#world.clock.now()
  }

  sleep(ms: number): Promise<void> {
    return new Promise(resolve => this.#world.clock.after(ms, resolve))
  }

  /** Mostly short, now and then long. */
  think(meanMs: number): Promise<void> {
    return this.sleep(-Math.log(1 - this.random.next()) * meanMs)
  }

  /** The open connection, or a new one as soon as the broker can be reached. */
  async connect(): Promise<BrokerConnection> {
    for (;;) {
      if (this.#connection?.isOpen) return this.#connection
      try {
        const options = { host: brokerHostName, port: brokerPort, clientId: this.name }
        this.#connection = await BrokerConnection.open(this.#tap.net, options)
      } catch (error) {
        if (!(error instanceof NetError)) throw error
        await this.sleep(5 + this.random.int(30))
      }
    }
  }

  /** Gives up the connection, as a client does that restarts. */
  disconnect(): void {
    this.#connection?.close()
  }

  /** Rejects when the connection is lost, which it also is when no answer comes in time (see `isLost`). */
  async request<Request extends Fields, Response extends Fields>(
    connection: BrokerConnection,
    api: Api<Request, Response>,
    apiVersion: number,
    body: InputFields<Request>,
    withinMs: number = answerMsMax,
  ): Promise<DecodedFields<Response>> {
    const cancel = this.#world.clock.after(withinMs, () => connection.close())
    try {
      return await connection.request(api, apiVersion, body)
    } finally {
      cancel()
    }
  }

  /** Asks until there is an answer, on as many connections as it takes: for what may be done twice. */
  async ask<Request extends Fields, Response extends Fields>(
    api: Api<Request, Response>,
    apiVersion: number,
    body: InputFields<Request>,
  ): Promise<DecodedFields<Response>> {
    for (;;) {
      const connection = await this.connect()
      try {
        return await this.request(connection, api, apiVersion, body)
      } catch (error) {
        if (!isLost(error)) throw error
      }
    }
  }

  sendWithoutAnswer<Request extends Fields>(
    connection: BrokerConnection,
    api: Api<Request, Fields>,
    apiVersion: number,
    body: InputFields<Request>,
  ): void {
    if (!connection.isOpen) return
    this.#tap.expectNoAnswer()
    void connection.sendWithoutAnswer(api, apiVersion, body)
  }

  /** A version of an API, the same for the whole life of the client. */
  versionOf(api: Api, first = api.versions[0], last = api.versions[1]): number {
    return first + this.random.fork(`version of ${api.name}`).int(last - first + 1)
  }
}

/** The connection ended before the answer: whether the request was carried out is not known. */
export function isLost(error: unknown): boolean {
  return (error as { code?: unknown }).code === 'CONNECTION_CLOSED'
}
