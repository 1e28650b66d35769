// A broker of a test's own making on a simulated host: real frames over the simulated network, answers as the test writes them.
// For what a real broker cannot be made to do: to freeze, to answer late, or garbage, to be old, to claim what is not so.
// Invariant: as a broker does, it answers the requests of a connection in the order in which they came.

import type { Connection, SendPart } from '../io/net.ts'
import type { SimHost } from '../io/sim/host.ts'
import type { SimWorld } from '../io/sim/world.ts'
import type { World } from '../io/world.ts'
import { errors } from '../protocol/errors.ts'
import { FrameCutter } from '../protocol/frame-cutter.ts'
import { readRequestFrame, writeResponseFrame } from '../protocol/framing.ts'
import { apiVersions } from '../protocol/messages/api-versions.ts'
import { apiByKey } from '../protocol/messages/index.ts'
import type { DecodedFields, Fields, InputFields } from '../protocol/wire/field.ts'
import type { Api, VersionRange } from '../protocol/wire/schema.ts'

export interface Asked<Request extends Fields = Fields> {
  readonly api: Api
  readonly apiVersion: number
  readonly clientId: string | null
  readonly body: DecodedFields<Request>
  /** Counts the connections of this broker. */
  readonly connection: number
}

/** Answered when a request is not to be answered at all, or in place of an answer: bytes as they are, or the connection's end. */
export const noAnswer = Symbol('no answer')
export const hangUp = Symbol('hang up')
type Said<Response extends Fields> = InputFields<Response> | Buffer | typeof noAnswer | typeof hangUp
/** A promise: later; what is answered behind it on the same connection waits. */
type SaidLater<Response extends Fields> = Said<Response> | Promise<Said<Response>>

export interface ScriptedBrokerOptions {
  readonly port?: number
  /** First and last version by API key; all that this project has when left out. */
  readonly offers?: ReadonlyMap<number, VersionRange>
  /** What it says to a version of ApiVersions that it does not have: its own range (KIP-511), or only that there is an error. */
  readonly tellsItsVersions?: boolean
}

interface Open {
  readonly connection: Connection
  readonly number: number
  /** The answer that a promise holds back, if there is one. */
  before: Promise<unknown> | undefined
}

export class ScriptedBroker {
  readonly name: string
  readonly host: SimHost
  readonly port: number
  /** Every request but ApiVersions, in the order of arrival. */
  readonly asked: Asked[] = []
  /** Connections that were accepted. */
  connections = 0
  /** How long an answer takes. */
  delayMs = 0
  readonly #options: ScriptedBrokerOptions
  readonly #answers = new Map<number, (asked: Asked) => SaidLater<Fields>>()
  readonly #open = new Set<Open>()
  readonly #sim: SimWorld
  #world!: World
  #isFrozen = false
  #held: (() => void)[] = []

  constructor(sim: SimWorld, name: string, options: ScriptedBrokerOptions = {}) {
    this.name = name
    this.host = sim.host(name)
    this.port = options.port ?? 9092
    this.#sim = sim
    this.#options = options
  }

  get address(): string {
    return `${this.name}:${this.port}`
  }

  /** Connections that are open. */
  get openConnections(): number {
    return this.#open.size
  }

  /** What is asked for an API is answered so from now on. */
  on<Request extends Fields, Response extends Fields>(
    api: Api<Request, Response>,
    answer: (asked: Asked<Request>) => SaidLater<Response>,
  ): this {
    this.#answers.set(api.key, answer as unknown as (asked: Asked) => SaidLater<Fields>)
    return this
  }

  /** The requests for an API so far. */
  askedFor<Request extends Fields>(api: Api<Request, Fields>): Asked<Request>[] {
    return this.asked.filter(asked => asked.api.key === api.key) as unknown as Asked<Request>[]
  }

  async start(): Promise<this> {
    this.#world = this.host.start()
    await this.#sim.complete(
      this.#world.net.listen({ host: this.name, port: this.port }, connection => this.#accept(connection)),
    )
    return this
  }

  /** kill -9. */
  kill(): void {
    this.host.crashProcess()
    this.#open.clear()
    this.#held = []
  }

  /** SIGSTOP: the operating system goes on to accept connections and bytes; what has come is answered after `thaw`. */
  freeze(): void {
    this.#isFrozen = true
  }

  thaw(): void {
    this.#isFrozen = false
    for (const act of this.#held.splice(0)) act()
  }

  /** Closes every connection. */
  hangUp(): void {
    for (const { connection } of this.#open) connection.destroy()
    this.#open.clear()
  }

  #accept(connection: Connection): void {
    const open: Open = { connection, number: ++this.connections, before: undefined }
    const frames = new FrameCutter(1024 * 1024)
    this.#open.add(open)
    connection.listen({
      data: chunk => {
        frames.push(chunk)
        for (let frame = frames.next(); frame; frame = frames.next()) this.#receive(open, frame)
      },
      drain: () => {},
      end: () => connection.end(),
      close: () => this.#open.delete(open),
    })
  }

  #receive(open: Open, frame: Buffer): void {
    const act = () => this.#handle(open, frame)
    if (this.#isFrozen) this.#held.push(act)
    else act()
  }

  #handle(open: Open, frame: Buffer): void {
    const { api, apiVersion, correlationId, clientId, reader } = readRequestFrame(frame)
    if (api.key === apiVersions.key) {
      this.#tellVersions(open, apiVersion, correlationId)
      return
    }
    const range = this.#offered.get(api.key)
    if (range === undefined || apiVersion < range[0] || apiVersion > range[1])
      throw new Error(`${this.name} was asked ${api.name} in version ${apiVersion}, which it does not offer`)
    const body = api.request.read(apiVersion, reader)
    const asked: Asked = { api, apiVersion, clientId, body, connection: open.number }
    this.asked.push(asked)
    const answer = this.#answers.get(api.key)
    if (answer === undefined) throw new Error(`${this.name} was asked ${api.name}: the test says no answer to it`)
    const say = (said: Said<Fields>) => {
      if (said === noAnswer) return
      this.#afterDelay(() => {
        if (said === hangUp) open.connection.end()
        else if (Buffer.isBuffer(said)) open.connection.send([said])
        else open.connection.send(writeResponseFrame(api, apiVersion, correlationId, said as object) as SendPart[])
      })
    }
    this.#inOrder(open, answer(asked), say)
  }

  #inOrder(open: Open, said: SaidLater<Fields>, say: (said: Said<Fields>) => void): void {
    const { before } = open
    if (before === undefined && !(said instanceof Promise)) {
      say(said)
      return
    }
    const turn = Promise.all([said, before]).then(([now]) => {
      say(now as Said<Fields>)
      if (open.before === turn) open.before = undefined
    })
    open.before = turn
  }

  get #offered(): ReadonlyMap<number, VersionRange> {
    return this.#options.offers ?? new Map([...apiByKey.values()].map(({ key, versions }) => [key, versions]))
  }

  #tellVersions(open: Open, asked: number, correlationId: number): void {
    const [first, last] = this.#offered.get(apiVersions.key) ?? [0, 0]
    const isKnown = asked >= first && asked <= last
    const tells = isKnown || this.#options.tellsItsVersions !== false
    const keys = isKnown ? [...this.#offered] : tells ? [[apiVersions.key, [first, last]] as const] : []
    const body = {
      errorCode: isKnown ? errors.NONE.code : errors.UNSUPPORTED_VERSION.code,
      apiKeys: keys.map(([apiKey, [minVersion, maxVersion]]) => ({ apiKey, minVersion, maxVersion })),
    }
    const frame = writeResponseFrame(apiVersions, isKnown ? asked : 0, correlationId, body)
    this.#afterDelay(() => open.connection.send(frame as SendPart[]))
  }

  #afterDelay(act: () => void): void {
    if (this.delayMs === 0) act()
    else this.#world.clock.after(this.delayMs, act)
  }
}
