// Replays a conversation that a client had with Kafka against our handlers, and puts both brokers' answers side by side.
//
// What may differ is taken out: the random part of member ids (ours are named as Kafka's were), and the order of lists that
// Kafka keeps in hash maps.

import type { ManualClock } from '../../../io/sim/clock.ts'
import { readRequestFrame, readResponseFrame } from '../../../protocol/framing.ts'
import { decode, encode } from '../../../protocol/wire/schema.ts'
import type { Handler, RequestContext } from '../../server/handler.ts'

/** One line of a capture. */
export interface Exchange {
  readonly n: number
  readonly name: string
  readonly version: number
  readonly requestHex: string
  readonly responseHex?: string
}

export interface Replayed {
  readonly title: string
  readonly kafka: unknown
  readonly ours: unknown
}

export interface ReplayOptions {
  readonly handlers: ReadonlyMap<string, Handler>
  readonly contextOf: (apiVersion: number, clientId: string | null) => RequestContext
  readonly clock: ManualClock
  /** Milliseconds that pass after each request. */
  readonly stepMs: number
}

type Json = Record<string, unknown>

export class CaptureReplay {
  readonly #options: ReplayOptions
  /** Kafka's member id to ours. */
  readonly #ours = new Map<string, string>()
  readonly #kafkas = new Map<string, string>()
  readonly #pending: Promise<void>[] = []
  readonly results: Replayed[] = []

  constructor(options: ReplayOptions) {
    this.#options = options
  }

  /** Sends a request as soon as time has passed for the one before; answers come when they come. */
  async send(exchange: Exchange): Promise<void> {
    const handler = this.#options.handlers.get(exchange.name)
    if (handler === undefined || exchange.responseHex === undefined) return
    const { clock, stepMs } = this.#options
    this.#pending.push(this.#exchange(handler, exchange, this.results.length))
    this.results.push({
      title: `${exchange.n} ${exchange.name} v${exchange.version}`,
      kafka: undefined,
      ours: 'no answer',
    })
    await clock.run(stepMs)
  }

  /** All that have been answered by the time everything is quiet. */
  async settle(): Promise<readonly Replayed[]> {
    await this.#options.clock.run(1)
    await Promise.all(this.#pending)
    return this.results
  }

  async #exchange(handler: Handler, exchange: Exchange, place: number): Promise<void> {
    const { api, apiVersion, clientId, reader } = readRequestFrame(Buffer.from(exchange.requestHex, 'hex').subarray(4))
    const request = renamed(api.request.read(apiVersion, reader), this.#ours)
    const kafka = api.response.read(apiVersion, this.#responseOf(exchange, handler))
    const context = this.#options.contextOf(apiVersion, clientId)
    const answer = await handler.handle(context, request as never)
    const ours = decode(api.response, apiVersion, encode(api.response, apiVersion, answer!))
    this.#learn(kafka as Json, ours as Json)
    const title = this.results[place]!.title
    this.results[place] = { title, kafka: sorted(kafka), ours: sorted(renamed(ours, this.#kafkas)) }
  }

  #responseOf({ responseHex, version }: Exchange, { api }: Handler) {
    return readResponseFrame(api, version, Buffer.from(responseHex!, 'hex').subarray(4)).reader
  }

  /** A JoinGroup tells a member who it is. */
  #learn(kafka: Json, ours: Json): void {
    const { memberId: kafkaId } = kafka
    const { memberId: ourId } = ours
    if (typeof kafkaId !== 'string' || typeof ourId !== 'string' || kafkaId === '' || this.#ours.has(kafkaId)) return
    const isUuid = kafkaId.length === uuidLength && ourId.length === uuidLength
    if (!isUuid && ourId.slice(0, -36) !== kafkaId.slice(0, -36)) return
    this.#ours.set(kafkaId, ourId)
    this.#kafkas.set(ourId, kafkaId)
  }
}

/** The value with each string that is a name replaced. */
function renamed(value: unknown, names: ReadonlyMap<string, string>): unknown {
  if (typeof value === 'string') return names.get(value) ?? value
  if (Array.isArray(value)) return value.map(item => renamed(item, names))
  if (value === null || typeof value !== 'object' || Buffer.isBuffer(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, renamed(item, names)]))
}

const uuidLength = 22
const unordered: Record<string, string> = { groups: 'groupId', results: 'groupId', members: 'memberId' }

/** The value with lists in order that Kafka keeps in a hash map; bytes as hex. */
function sorted(value: unknown, name = ''): unknown {
  if (Buffer.isBuffer(value)) return value.toString('hex')
  if (Array.isArray(value)) {
    const items = value.map(item => sorted(item))
    const key = name === 'partitions' ? 'partitionIndex' : unordered[name]
    return key === undefined ? items : items.sort((one, other) => compare(one as Json, other as Json, key))
  }
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, sorted(item, key)]))
}

function compare(one: Json, other: Json, key: string): number {
  const [a, b] = [one[key] as string | number, other[key] as string | number]
  return a < b ? -1 : a > b ? 1 : 0
}
