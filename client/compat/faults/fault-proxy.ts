// A proxy between clients and the brokers of a cluster that does what networks and brokers do on their bad days: it holds bytes back,
// loses them, delays or garbles answers, answers in a broker's place, changes what is asked or answered. On any Net: between real
// processes as in the simulated world.
//
// For each broker there is a listener, and where answers name brokers (Metadata, FindCoordinator, nodeEndpoints) they name the
// listeners, so that clients cannot get past it. Invariant: answers leave in the order of the requests, as a broker's do, also those that
// the proxy makes itself. Left out: requests without an answer (Produce with acks=0), TLS.

import type { Connection, Listener, Net, SendPart } from '../../../io/net.ts'
import { FrameCutter } from '../../../protocol/frame-cutter.ts'
import {
  readRequestFrame,
  readResponseFrame,
  writeRequestFrame,
  writeResponseFrame,
} from '../../../protocol/framing.ts'
import type { Fields } from '../../../protocol/wire/field.ts'
import type { Api, Message, MessageInput } from '../../../protocol/wire/schema.ts'
import type { ClientWorld } from '../../client-world.ts'
import { type Address, withAddresses } from './named-addresses.ts'

/** Which listener a client came by. */
export interface Door {
  readonly name: string
  readonly port: number
  readonly upstream: Address
}

type Request<Q extends Fields> = Message<Api<Q, Fields>['request']>
type Answer<R extends Fields> = Message<Api<Fields, R>['response']>
type AnyEdit = (body: object, door: Door, apiVersion: number) => object | undefined

const frameBytesMax = 256 * 1024 * 1024
const garbageBytes = 40

/** A connection of a client, and the one that was made for it. */
interface Pair {
  readonly door: Door
  readonly client: Connection
  upstream: Connection | undefined
  /** Nothing of it gets through any more, in either direction. */
  isLost: boolean
  /** Requests that are not answered yet, in order. */
  readonly asked: Asked[]
  /** Sent once there is a connection to the broker. */
  unsent: SendPart[]
}

interface Asked {
  readonly api: Api
  readonly apiVersion: number
  readonly correlationId: number
  /** What is to be sent to the client, once it is there. */
  answer: readonly SendPart[] | undefined
}

export class FaultProxy {
  /** Answers come so much later. */
  delayMs = 0
  readonly #world: ClientWorld
  readonly #net: Net
  readonly #doors = new Map<string, Promise<Door>>()
  readonly #listeners: Listener[] = []
  readonly #pairs = new Set<Pair>()
  readonly #standingIn = new Map<number, AnyEdit>()
  readonly #requestEdits = new Map<number, AnyEdit>()
  readonly #answerEdits = new Map<number, AnyEdit>()
  #bootstrap = ''
  #held: (() => void)[] | undefined
  #isBlackhole = false
  #garbled = 0
  #garbledKind = 0

  private constructor(world: ClientWorld) {
    this.#world = world
    this.#net = world.net
  }

  /** In front of the brokers of that bootstrap, "host:port" with commas. */
  static async start(world: ClientWorld, bootstrap: string): Promise<FaultProxy> {
    const proxy = new FaultProxy(world)
    const addresses = bootstrap.split(',').map(text => {
      const colon = text.lastIndexOf(':')
      return { host: text.slice(0, colon), port: Number(text.slice(colon + 1)) }
    })
    const doors = await Promise.all(addresses.map(address => proxy.doorTo(address)))
    proxy.#bootstrap = doors.map(({ port }) => `127.0.0.1:${port}`).join(',')
    return proxy
  }

  get bootstrap(): string {
    return this.#bootstrap
  }

  /** The listener for that broker; one more for the same broker under another name. */
  doorTo(upstream: Address, name = `${upstream.host}:${upstream.port}`): Promise<Door> {
    let door = this.#doors.get(name)
    if (door === undefined) {
      door = this.#open(name, upstream)
      this.#doors.set(name, door)
    }
    return door
  }

  // Faults

  /** As a broker does that was stopped (SIGSTOP): connections are accepted, bytes taken, and nothing happens until `release`. */
  hold(): void {
    this.#held ??= []
  }
  release(): void {
    const held = this.#held ?? []
    this.#held = undefined
    for (const act of held) act()
  }

  /** What is sent is lost, and nobody is told; connections of that time never work again. */
  blackhole(): void {
    this.#isBlackhole = true
    for (const pair of this.#pairs) this.#lose(pair)
  }
  heal(): void {
    this.#isBlackhole = false
  }

  /** So many answers are garbage: of the right length or not, with the right correlation id or not. */
  garble(answers: number): void {
    this.#garbled = answers
  }

  /** The proxy answers such requests itself, unless `answer` says undefined; until it is undefined. */
  answer<Q extends Fields, R extends Fields>(
    api: Api<Q, R>,
    answer:
      | ((body: Request<Q>, door: Door, apiVersion: number) => MessageInput<Api<Q, R>['response']> | undefined)
      | undefined,
  ): void {
    note(this.#standingIn, api.key, answer as AnyEdit | undefined)
  }

  editRequests<Q extends Fields, R extends Fields>(
    api: Api<Q, R>,
    edit: ((body: Request<Q>, door: Door) => MessageInput<Api<Q, R>['request']>) | undefined,
  ): void {
    note(this.#requestEdits, api.key, edit as AnyEdit | undefined)
  }

  /** Addresses in it are those of the proxy already. */
  editAnswers<Q extends Fields, R extends Fields>(
    api: Api<Q, R>,
    edit: ((body: Answer<R>, door: Door) => MessageInput<Api<Q, R>['response']>) | undefined,
  ): void {
    note(this.#answerEdits, api.key, edit as AnyEdit | undefined)
  }

  async close(): Promise<void> {
    await Promise.all(this.#listeners.map(listener => listener.close()))
    for (const pair of this.#pairs) this.#end(pair)
  }

  // Connections

  async #open(name: string, upstream: Address): Promise<Door> {
    let door: Door | undefined
    const listener = await this.#net.listen({ host: '127.0.0.1', port: 0 }, client => this.#accept(door!, client))
    this.#listeners.push(listener)
    door = { name, port: listener.port, upstream }
    return door
  }

  #accept(door: Door, client: Connection): void {
    const pair: Pair = { door, client, upstream: undefined, isLost: false, asked: [], unsent: [] }
    this.#pairs.add(pair)
    const frames = new FrameCutter(frameBytesMax)
    client.listen({
      data: chunk => {
        frames.push(chunk)
        for (let frame = frames.next(); frame; frame = frames.next()) {
          const bytes = frame
          this.#act(pair, () => this.#onRequest(pair, bytes))
        }
      },
      drain: () => {},
      // Of a process that stands still the operating system has taken what was sent before: it will be read.
      end: () => this.#act(pair, () => this.#end(pair)),
      close: () => this.#act(pair, () => this.#end(pair)),
    })
    if (this.#isBlackhole) this.#lose(pair)
    else this.#act(pair, () => void this.#connect(pair))
  }

  async #connect(pair: Pair): Promise<void> {
    let upstream: Connection
    try {
      upstream = await this.#net.connect(pair.door.upstream)
    } catch {
      this.#act(pair, () => this.#end(pair))
      return
    }
    const frames = new FrameCutter(frameBytesMax)
    upstream.listen({
      data: chunk => {
        frames.push(chunk)
        for (let frame = frames.next(); frame; frame = frames.next()) {
          const bytes = frame
          this.#act(pair, () => this.#onAnswer(pair, bytes))
        }
      },
      drain: () => {},
      end: () => this.#act(pair, () => this.#end(pair)),
      close: () => this.#act(pair, () => this.#end(pair)),
    })
    pair.upstream = upstream
    if (pair.isLost) upstream.destroy()
    else if (pair.unsent.length > 0) upstream.send(pair.unsent)
    pair.unsent = []
    if (!this.#pairs.has(pair)) upstream.end()
  }

  #act(pair: Pair, act: () => void): void {
    const actIfThere = () => {
      if (!pair.isLost) act()
    }
    if (this.#held !== undefined) this.#held.push(actIfThere)
    else actIfThere()
  }

  #lose(pair: Pair): void {
    pair.isLost = true
    pair.upstream?.destroy()
  }

  #end(pair: Pair): void {
    if (!this.#pairs.delete(pair)) return
    pair.client.destroy()
    pair.upstream?.end()
  }

  // Requests and answers

  #onRequest(pair: Pair, frame: Buffer): void {
    const { api, apiVersion, correlationId, clientId, reader } = readRequestFrame(frame)
    const asked: Asked = { api, apiVersion, correlationId, answer: undefined }
    pair.asked.push(asked)
    const [standIn, edit] = [this.#standingIn.get(api.key), this.#requestEdits.get(api.key)]
    const body = standIn || edit ? api.request.read(apiVersion, reader) : undefined
    const said = standIn?.(body!, pair.door, apiVersion)
    if (said !== undefined) {
      this.#ready(pair, asked, writeResponseFrame(api, apiVersion, correlationId, said) as SendPart[])
      return
    }
    const header = { correlationId, clientId }
    const edited = edit?.(body!, pair.door, apiVersion)
    const parts = edited && (writeRequestFrame(api, apiVersion, header, edited) as SendPart[])
    this.#toBroker(pair, parts ?? framed(frame))
  }

  #toBroker(pair: Pair, parts: readonly SendPart[]): void {
    if (pair.upstream === undefined) pair.unsent.push(...parts)
    else pair.upstream.send(parts)
  }

  #onAnswer(pair: Pair, frame: Buffer): void {
    const asked = pair.asked.find(each => each.correlationId === frame.readInt32BE(0) && each.answer === undefined)
    if (asked === undefined) return
    if (this.#garbled > 0) {
      this.#garbled -= 1
      this.#ready(pair, asked, this.#garbage(asked.correlationId))
      return
    }
    void this.#edited(asked, pair.door, frame).then(parts => this.#act(pair, () => this.#ready(pair, asked, parts)))
  }

  async #edited({ api, apiVersion, correlationId }: Asked, door: Door, frame: Buffer): Promise<readonly SendPart[]> {
    const edit = this.#answerEdits.get(api.key)
    const names = withAddresses.get(api.key)
    if (edit === undefined && names === undefined) return framed(frame)
    const { reader } = readResponseFrame(api, apiVersion, frame)
    const body = api.response.read(apiVersion, reader)
    const named = names === undefined ? body : await names(body, async address => this.#doorAddress(address))
    const changed = edit?.(named, door, apiVersion) ?? named
    return writeResponseFrame(api, apiVersion, correlationId, changed) as SendPart[]
  }

  async #doorAddress(address: Address): Promise<Address> {
    const { port } = await this.doorTo({ host: address.host, port: address.port })
    return { host: '127.0.0.1', port }
  }

  /** Four kinds, in turn. */
  #garbage(correlationId: number): SendPart[] {
    const bytes = Buffer.from(this.#world.random.bytes(garbageBytes))
    const kind = this.#garbledKind++ % 4
    // A length below zero, a length and noise, what no answer can be behind the right correlation id, an answer that ends early.
    if (kind === 2) bytes.fill(0xff)
    if (kind === 0) bytes.writeInt32BE(-5, 0)
    if (kind === 1) bytes.writeInt32BE(garbageBytes - 4, 0)
    if (kind === 2) bytes.writeInt32BE(garbageBytes - 4, 0)
    if (kind === 2) bytes.writeInt32BE(correlationId, 4)
    if (kind !== 3) return [bytes]
    bytes.writeInt32BE(5, 0)
    bytes.writeInt32BE(correlationId, 4)
    return [bytes.subarray(0, 9)]
  }

  #ready(pair: Pair, asked: Asked, parts: readonly SendPart[]): void {
    const { delayMs } = this
    const ready = () => {
      asked.answer = parts
      while (pair.asked[0]?.answer !== undefined) pair.client.send(pair.asked.shift()!.answer!)
    }
    if (delayMs === 0) ready()
    else this.#world.clock.after(delayMs, () => this.#act(pair, ready))
  }
}

function note(edits: Map<number, AnyEdit>, key: number, edit: AnyEdit | undefined): void {
  if (edit === undefined) edits.delete(key)
  else edits.set(key, edit)
}

function framed(frame: Buffer): SendPart[] {
  const length = Buffer.alloc(4)
  length.writeInt32BE(frame.length)
  return [length, frame]
}
