// For tests: a whole broker in the simulated world, and clients that ask it over the simulated network.

import { type Logger, silentLogger } from '../../../io/logger.ts'
import type { Connection } from '../../../io/net.ts'
import type { SimHost } from '../../../io/sim/host.ts'
import { SimWorld, type SimWorldOptions } from '../../../io/sim/world.ts'
import { FrameCutter } from '../../../protocol/frame-cutter.ts'
import { readResponseFrame, writeRequestFrame } from '../../../protocol/framing.ts'
import type { DecodedFields, Fields, InputFields } from '../../../protocol/wire/field.ts'
import type { Api } from '../../../protocol/wire/schema.ts'
import { Broker } from '../../broker.ts'
import { brokerConfig } from '../../config/broker-config.ts'
import { developmentProfile } from '../../config/development-profile.ts'

export interface SimBrokerOptions extends Partial<SimWorldOptions> {
  /** On top of the development profile, which listens on 127.0.0.1:19094 here. */
  readonly settings?: Readonly<Record<string, string>>
  readonly logger?: Logger
  /** How far the broker's wall clock is ahead of the simulation's. */
  readonly clockOffsetMs?: number
}

export class SimBroker {
  readonly world: SimWorld
  /** Why the broker could not go on, if it could not. */
  readonly fatal: Error[] = []
  readonly #options: SimBrokerOptions
  #broker: Broker | undefined
  #correlationId = 0

  constructor(options: SimBrokerOptions = {}) {
    this.#options = options
    this.world = new SimWorld({ seed: 1, ...options })
  }

  static async start(options: SimBrokerOptions = {}): Promise<SimBroker> {
    const sim = new SimBroker(options)
    await sim.start()
    return sim
  }

  get broker(): Broker {
    return this.#broker!
  }

  /** The broker's machine: its disk, crashes, loss of power. */
  get host(): SimHost {
    return this.world.host('broker', { clock: { offsetMs: this.#options.clockOffsetMs ?? 0 } })
  }

  /** Starts it on the disk that is there, after `stop` or a crash as well. */
  async start(): Promise<void> {
    const { settings = {}, logger = silentLogger } = this.#options
    const world = this.host.start({ logger })
    const config = brokerConfig({
      profile: developmentProfile({ port: 19094, dataDir: '/data' }),
      properties: new Map([
        ['listeners', 'PLAINTEXT://0.0.0.0:19094,CONTROLLER://127.0.0.1:19093'],
        ...Object.entries(settings),
      ]),
    })
    this.#broker = await this.world.complete(Broker.start({ world, config, onFatal: error => this.fatal.push(error) }))
  }

  async stop(): Promise<void> {
    await this.world.complete(this.broker.stop())
  }

  async connect(clientId = 'test', host = 'client'): Promise<SimClient> {
    const { net } = this.world.host(host).start()
    const connection = await this.world.complete(net.connect({ host: 'broker', port: 19094 }))
    return new SimClient(this, connection, clientId)
  }

  nextCorrelationId(): number {
    return ++this.#correlationId
  }
}

interface Waiting {
  readonly api: Api
  readonly version: number
  done: ((body: unknown) => void) | undefined
}

export class SimClient {
  readonly #sim: SimBroker
  readonly #connection: Connection
  readonly #clientId: string
  readonly #cutter = new FrameCutter(1 << 30)
  readonly #waiting = new Map<number, Waiting>()
  isClosed = false

  constructor(sim: SimBroker, connection: Connection, clientId: string) {
    this.#sim = sim
    this.#connection = connection
    this.#clientId = clientId
    connection.listen({
      data: chunk => {
        this.#cutter.push(chunk)
        for (let frame = this.#cutter.next(); frame !== undefined; frame = this.#cutter.next()) this.#onFrame(frame)
      },
      drain() {},
      end: () => {
        this.isClosed = true
        connection.end()
      },
      close: () => {
        this.isClosed = true
      },
    })
  }

  /** Sends a request; the promise is for its answer. */
  send<Q extends Fields, R extends Fields>(
    api: Api<Q, R>,
    version: number,
    body: InputFields<Q>,
  ): Promise<DecodedFields<R>> {
    const correlationId = this.#sim.nextCorrelationId()
    const untyped = api as unknown as Api
    const header = { correlationId, clientId: this.#clientId }
    this.#connection.send(writeRequestFrame(untyped as Api<Q, Fields>, version, header, body) as Uint8Array[])
    return new Promise(resolve => {
      this.#waiting.set(correlationId, { api: untyped, version, done: resolve as (body: unknown) => void })
    })
  }

  /** Sends a request and lets the world run until it is answered. */
  ask<Q extends Fields, R extends Fields>(
    api: Api<Q, R>,
    version: number,
    body: InputFields<Q>,
  ): Promise<DecodedFields<R>> {
    return this.#sim.world.complete(this.send(api, version, body), 60_000)
  }

  destroy(): void {
    this.#connection.destroy()
  }

  #onFrame(frame: Buffer): void {
    const waiting = this.#waiting.get(frame.readInt32BE(0))
    if (waiting === undefined)
      throw new Error(`an answer with correlation id ${frame.readInt32BE(0)} that nobody waits for`)
    this.#waiting.delete(frame.readInt32BE(0))
    const { reader } = readResponseFrame(waiting.api, waiting.version, frame)
    waiting.done?.(waiting.api.response.read(waiting.version, reader))
  }
}
