// For tests: a server in the simulated world, with handlers that the test answers by hand, and clients that send frames.

import type { Logger } from '../../io/logger.ts'
import type { Connection } from '../../io/net.ts'
import { SimWorld } from '../../io/sim/world.ts'
import { FrameBuffers } from '../../protocol/frame-buffers.ts'
import { FrameCutter } from '../../protocol/frame-cutter.ts'
import { readResponseFrame, writeRequestFrame } from '../../protocol/framing.ts'
import { deleteRecords } from '../../protocol/messages/delete-records.ts'
import { fetch } from '../../protocol/messages/fetch.ts'
import { produce } from '../../protocol/messages/produce.ts'
import type { DecodedFields, Fields, InputFields } from '../../protocol/wire/field.ts'
import type { Api } from '../../protocol/wire/schema.ts'
import { type Answer, type Handler, handler, type RequestContext } from './handler.ts'
import { HandlerTable } from './handler-table.ts'
import apiVersionsHandler from './handlers/api-versions.ts'
import { Server, type ServerOptions } from './server.ts'
import type { Services } from './services.ts'
import { defaultSessionLimits } from './session-limits.ts'

/** A request that a handler was given, to be answered by the test. */
export interface Asked {
  readonly apiName: string
  readonly context: RequestContext
  readonly request: Record<string, unknown>
  answer(body: Answer<Fields>): void
  fail(error: Error): void
}

export interface LogLine {
  readonly level: string
  readonly fields: Record<string, unknown>
  readonly text: string
}

export class ServerBench {
  readonly world = new SimWorld({ seed: 1, network: { splitChance: 0.3 } })
  readonly asked: Asked[] = []
  readonly log: LogLine[] = []
  readonly server: Server
  readonly port = 9092
  readonly #services: Services

  constructor(options: Partial<ServerOptions> = {}) {
    const { clock, net } = this.world.host('broker').start()
    this.server = new Server({
      net,
      clock,
      logger: this.#logger(),
      limits: defaultSessionLimits,
      connections: { connectionsMax: 100, connectionsPerIpMax: 100, perListener: new Map(), perIpOverrides: new Map() },
      waitingConnectionsMax: 2,
      queuedRequestBytesMax: 1_000_000,
      queuedRequestsMax: 500,
      idleMsMax: 60_000,
      drainMsMax: 5000,
      buffers: new FrameBuffers({ frameBytesMin: 1, poisons: true }),
      ...options,
    })
    this.#services = {} as Services
  }

  /** `others`: handlers beside those that the test answers (Fetch and Produce, which park, and DeleteRecords, which does not). */
  async start(others: readonly Handler[] = []): Promise<void> {
    await this.world.complete(this.server.bind({ name: 'PLAINTEXT', host: '0.0.0.0', port: this.port }))
    const own = [this.#manual(fetch, true), this.#manual(produce, true, true), this.#manual(deleteRecords, false)]
    this.server.serve(this.#services, new HandlerTable([...own, apiVersionsHandler, ...others], false))
  }

  async connect(host = 'client', port = this.port): Promise<BenchClient> {
    const { net } = this.world.host(host).start()
    const connection = await this.world.complete(net.connect({ host: 'broker', port }))
    return new BenchClient(connection)
  }

  /** Lets everything happen that takes less than this. */
  async run(ms = 100): Promise<void> {
    await this.world.runFor(ms)
  }

  /** Warnings and errors. */
  get complaints(): string[] {
    return this.log
      .filter(({ level }) => level !== 'info')
      .map(({ text, fields }) => `${text}: ${fields.reason ?? fields.err ?? ''}`)
  }

  #manual<Q extends Fields, R extends Fields>(api: Api<Q, R>, parks: boolean, holdsRequest = false): Handler {
    return handler(
      api,
      (context, request) =>
        new Promise<Answer<R>>((resolve, reject) => {
          const answer = resolve as (body: Answer<Fields>) => void
          this.asked.push({
            apiName: api.name,
            context,
            request: request as DecodedFields<Fields>,
            answer,
            fail: reject,
          })
        }),
      { parks, holdsRequest },
    )
  }

  #logger(): Logger {
    const at = (level: string) => (fields: object, text: string) => {
      this.log.push({ level, fields: fields as Record<string, unknown>, text })
    }
    return { debug() {}, info: at('info'), warn: at('warn'), error: at('error') }
  }
}

export class BenchClient {
  readonly connection: Connection
  readonly frames: Buffer[] = []
  isClosed = false
  isEnded = false
  readonly #cutter = new FrameCutter(1 << 30)

  constructor(connection: Connection) {
    this.connection = connection
    connection.listen({
      data: chunk => {
        this.#cutter.push(chunk)
        for (let frame = this.#cutter.next(); frame !== undefined; frame = this.#cutter.next()) this.frames.push(frame)
      },
      drain() {},
      end: () => {
        this.isEnded = true
        connection.end()
      },
      close: () => {
        this.isClosed = true
      },
    })
  }

  /** Correlation ids of the answers so far. */
  get answered(): number[] {
    return this.frames.map(frame => frame.readInt32BE(0))
  }

  send<Q extends Fields, R extends Fields>(
    api: Api<Q, R>,
    version: number,
    correlationId: number,
    body: InputFields<Q>,
  ): void {
    const parts = writeRequestFrame(
      api as unknown as Api<Q, Fields>,
      version,
      { correlationId, clientId: 'bench' },
      body,
    )
    this.connection.send(parts as Uint8Array[])
  }

  sendRaw(hex: string): void {
    this.connection.send([Buffer.from(hex, 'hex')])
  }

  /** The body of an answer. */
  body<Q extends Fields, R extends Fields>(index: number, api: Api<Q, R>, version: number): DecodedFields<R> {
    const { reader } = readResponseFrame(api as unknown as Api, version, this.frames[index]!)
    return api.response.read(version, reader)
  }
}
