// How every call of an Admin is carried out: items are routed to brokers, one request goes to each broker, and the items that
// failed for a passing reason are routed and asked for again, until each has an outcome or the call's time is over.
// Invariant: a call ends within its time, with an outcome for each of its items, whatever brokers do.
// Source: AdminApiDriver and KafkaAdminClient.Call, Kafka 4.3.0.

import { EncodeError } from '../../protocol/wire/encode-error.ts'
import { ClientError, clientErrors } from '../client-error.ts'
import type { Broker } from '../cluster/broker.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { retrying } from '../resilience/retrying.ts'
import { only, same } from './answers.ts'
import type { AdminSettings, Attempt, CallOptions } from './call-options.ts'
import { Outcomes } from './outcomes.ts'
import { controllerRoute } from './routing/controller-route.ts'
import type { Route, RouteAttempt } from './routing/route.ts'
import { within } from './within.ts'

export interface Call<Item, Value> {
  /** For messages: "create topics". */
  readonly what: string
  readonly items: ReadonlyMap<string, Item>
  readonly route: Route<NoInfer<Item>>
  /** One request to one broker; what it rejects with holds for all of its items. */
  readonly ask: (
    broker: Broker,
    items: ReadonlyMap<string, Item>,
    attempt: Attempt,
  ) => Promise<ReadonlyMap<string, Value | ClientError>>
}

/** Failures after which nobody knows whether the request was carried out. */
const doubtful = new Set(['CONNECTION_CLOSED', 'REQUEST_TIMED_OUT_LOCALLY', 'BROKEN_ANSWER'])
const doubt = 'an earlier attempt was not answered, and may be what did it'

export class AdminCalls {
  readonly cluster: Cluster
  /** For a call that is not told another. */
  readonly apiTimeoutMs: number
  readonly #unknownWaitMs: number

  constructor(cluster: Cluster, settings: AdminSettings) {
    this.cluster = cluster
    this.apiTimeoutMs = settings.apiTimeoutMs
    this.#unknownWaitMs = settings.unknownWaitMs
  }

  /** An outcome for each item. Rejects with ABORTED, CLOSED, or INVALID_ARGUMENT for an item that has no name. */
  async run<Item, Value>(call: Call<Item, Value>, options: CallOptions = {}): Promise<Outcomes<string, Value>> {
    if (this.cluster.isClosed) throw new ClientError('CLOSED', 'the Admin was closed')
    checkNames(call)
    const { timeoutMs = this.apiTimeoutMs, signal } = options
    const unknownWaitMs = this.#unknownWaitMs
    const progress = new Progress(call)
    let isFirst = true
    try {
      await retrying(this.cluster.retrying, { what: call.what, timeoutMs, signal }, async leftMs => {
        if (progress.isDone) return
        const requestMs = Math.max(1, Math.min(leftMs, this.cluster.settings.requestTimeoutMs))
        const round = this.#round(call, progress, { timeoutMs: requestMs, signal, isFirst, unknownWaitMs })
        isFirst = false
        await within(this.cluster.world.clock, Math.max(1, leftMs), round)
        progress.throwIfPending()
      })
    } catch (error) {
      if (!(error instanceof ClientError) || error.code === 'ABORTED' || this.cluster.isClosed) throw error
      progress.giveUp(error)
    }
    return progress.end()
  }

  /** One request for one thing: its value, or a rejection with what went wrong. */
  async one<Value>(
    what: string,
    ask: (broker: Broker, attempt: Attempt) => Promise<Value>,
    options: CallOptions = {},
    route: Route<undefined> = controllerRoute(this.cluster),
    key = '',
  ): Promise<Value> {
    const items = new Map([[key, undefined]])
    const call: Call<undefined, Value> = {
      what,
      items,
      route,
      ask: async (broker, _, attempt) => new Map([[key, await ask(broker, attempt)]]),
    }
    return only(await this.run(call, options))
  }

  async #round<Item, Value>(
    call: Call<Item, Value>,
    progress: Progress<Item, Value>,
    attempt: RouteAttempt,
  ): Promise<void> {
    const pending = new Map(progress.pending)
    let routed: Map<string, Broker | ClientError>
    try {
      routed = await call.route.find(pending, attempt)
    } catch (error) {
      progress.note(same(pending.keys(), asClientError(error)))
      return
    }
    const requests = new Map<Broker, Map<string, Item>>()
    for (const [key, item] of pending) {
      const broker = routed.get(key)!
      if (broker instanceof ClientError) progress.note(new Map([[key, broker]]), { isRouting: true })
      else requests.set(broker, (requests.get(broker) ?? new Map<string, Item>()).set(key, item))
    }
    const { timeoutMs, signal } = attempt
    const answers = [...requests].map(async ([broker, items]) => {
      try {
        progress.note(complete(items, await call.ask(broker, items, { timeoutMs, signal }), broker))
      } catch (error) {
        progress.note(same(items.keys(), asClientError(error)))
      }
    })
    await Promise.all(answers)
  }
}

/** Which items have their outcomes, and why the others have not. */
class Progress<Item, Value> {
  readonly pending: Map<string, Item>
  readonly #call: Call<Item, Value>
  readonly #outcomes = new Map<string, Value | ClientError>()
  readonly #reasons = new Map<string, ClientError>()
  readonly #doubtful = new Set<string>()
  #isOver = false

  constructor(call: Call<Item, Value>) {
    this.#call = call
    this.pending = new Map(call.items)
  }

  get isDone(): boolean {
    return this.pending.size === 0
  }

  /** What a broker answered, or why it did not. Comes too late when the call is over. */
  note(answers: ReadonlyMap<string, Value | ClientError>, { isRouting = false } = {}): void {
    if (this.#isOver) return
    for (const [key, answer] of answers) {
      if (!this.pending.has(key)) continue
      if (answer instanceof ClientError && this.#isWorthAsking(answer, isRouting)) this.#noteReason(key, answer)
      else this.#settle(key, answer)
    }
  }

  throwIfPending(): void {
    for (const key of this.pending.keys()) throw this.#reasons.get(key)!
  }

  /** The call's time is over. */
  giveUp(error: ClientError): void {
    for (const key of this.pending.keys()) {
      const reason = this.#reasons.get(key)
      const { broker, topic, partition, group, transactionalId } = reason ?? error
      const place = { broker, topic, partition, group, transactionalId }
      const text = `could not ${this.#call.what} in time (${(reason ?? error).message})`
      this.#settle(key, new ClientError(error.code, text, { ...place, cause: reason ?? error.cause }))
    }
  }

  /** The outcomes in the order of the items. */
  end(): Outcomes<string, Value> {
    this.#isOver = true
    return new Outcomes([...this.#call.items.keys()].map(key => [key, this.#outcomes.get(key) as Value | ClientError]))
  }

  #isWorthAsking(error: ClientError, isRouting: boolean): boolean {
    const isOwn = error.code in clientErrors
    return error.retriable && (isOwn || isRouting || this.#call.route.again.has(error.code))
  }

  #noteReason(key: string, error: ClientError): void {
    this.#reasons.set(key, error)
    if (doubtful.has(error.code)) this.#doubtful.add(key)
  }

  #settle(key: string, outcome: Value | ClientError): void {
    const isRefused = outcome instanceof ClientError && outcome.code !== 'DEADLINE_EXCEEDED'
    if (isRefused && this.#doubtful.has(key)) outcome.message += `; ${doubt}`
    this.#outcomes.set(key, outcome)
    this.pending.delete(key)
  }
}

/** Plain JavaScript may leave a name out, or misspell it: the broker would be asked for one without, and be blamed for its answer. */
function checkNames<Item, Value>({ what, items }: Call<Item, Value>): void {
  for (const key of items.keys() as Iterable<unknown>) {
    if (typeof key === 'string') continue
    const message = `cannot ${what}: where a name should be there is ${key}`
    throw new ClientError('INVALID_ARGUMENT', message, {
      help: 'look at the property names of what the call was given',
    })
  }
}

/** The answers, with an error for each item that the broker said nothing about. */
function complete<Item, Value>(
  items: ReadonlyMap<string, Item>,
  answers: ReadonlyMap<string, Value | ClientError>,
  broker: Broker,
): ReadonlyMap<string, Value | ClientError> {
  const missing = [...items.keys()].filter(key => !answers.has(key))
  if (missing.length === 0) return answers
  const errorFor = (key: string) =>
    new ClientError('BROKEN_ANSWER', `the answer says nothing of ${key}`, { broker: broker.name, retriable: false })
  return new Map([...answers, ...missing.map((key): [string, ClientError] => [key, errorFor(key)])])
}

function asClientError(error: unknown): ClientError {
  if (error instanceof ClientError) return error
  if (!(error instanceof EncodeError)) throw error
  const help = "correct the call, or leave out what the broker's version does not have"
  return new ClientError('INVALID_ARGUMENT', error.message, { help, cause: error })
}
