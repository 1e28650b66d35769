// Asking a registry over HTTP: which of its addresses, how often, how long. An address that answers is asked again; one that fails
// hands over to the next one. Waits and retries are those of client/resilience.
//
// Invariants: a request that must not be carried out twice is repeated only when it cannot have been carried out; no answer of
// more than `answerBytesMax` is held in memory; no address that is told to anybody holds a password.

import { Backoff } from '../../client/resilience/backoff.ts'
import { RetryBudget } from '../../client/resilience/retry-budget.ts'
import { type Retrying, retrying } from '../../client/resilience/retrying.ts'
import { wait } from '../../client/resilience/wait.ts'
import { realClock } from '../../io/real-clock.ts'
import { realRandom } from '../../io/real-random.ts'
import { RegistryError, refusal } from './registry-error.ts'
import {
  basic,
  type FetchedAnswer,
  parseAddresses,
  type RegistryAddress,
  type RegistryAuth,
  type RegistryOptions,
  type RegistryWorld,
  registryDefaults,
} from './registry-options.ts'

/** Beyond, an answer is refused: the largest schemas have a tenth of it. A list of all schemas is asked for in pages. */
export const answerBytesMax = 64 * 1024 * 1024

/** As Confluent's clients send it. */
const contentType = 'application/vnd.schemaregistry.v1+json'

const backoffOptions = { initialMs: 100, maxMs: 2000 }
/** Of a body that is no JSON, for the message. */
const excerptCharsMax = 200

export interface RegistryRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Encoded, from the root of the registry: "/subjects/orders-value/versions". */
  readonly path: string
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>> | undefined
  readonly body?: unknown
  /** Whether doing it twice is the same as doing it once. */
  readonly isRepeatable: boolean
  /** For messages: "register a schema under orders-value". */
  readonly what: string
}

export class RegistryTransport {
  readonly #addresses: readonly RegistryAddress[]
  readonly #auth: RegistryAuth | undefined
  readonly #headers: Readonly<Record<string, string>>
  readonly #world: RegistryWorld
  readonly #retrying: Retrying
  readonly #closing = new AbortController()
  readonly #timeoutMs: number
  readonly #attemptTimeoutMs: number
  /** The address that answered last. */
  #current = 0

  constructor(options: RegistryOptions) {
    const { auth, headers = {}, world = {} } = options
    this.#addresses = parseAddresses(options.url)
    this.#auth = auth
    this.#headers = headers
    this.#world = {
      clock: world.clock ?? realClock(),
      random: world.random ?? realRandom(),
      fetch: world.fetch ?? globalThis.fetch,
    }
    this.#timeoutMs = options.timeoutMs ?? registryDefaults.timeoutMs
    this.#attemptTimeoutMs = options.attemptTimeoutMs ?? registryDefaults.attemptTimeoutMs
    const { clock, random } = this.#world
    const backoff = new Backoff(backoffOptions, random)
    this.#retrying = { clock, backoff, budget: new RetryBudget(clock), closing: this.#closing.signal }
  }

  /** All addresses, for messages. */
  get url(): string {
    return this.#addresses.map(({ url }) => url).join(',')
  }

  /**
   * What the registry answers, as a JSON value; undefined for an empty answer. Rejects with a RegistryError, or with the
   * ClientErrors DEADLINE_EXCEEDED (its cause is the last failure), ABORTED, CLOSED.
   */
  ask(request: RegistryRequest, signal?: AbortSignal): Promise<unknown> {
    const { what, isRepeatable } = request
    const isWorthAnother = (error: unknown) =>
      error instanceof RegistryError && error.retriable && (isRepeatable || wasNotCarriedOut(error))
    const options = { what, timeoutMs: this.#timeoutMs, signal, retriable: isWorthAnother }
    return retrying(this.#retrying, options, leftMs => this.#attempt(request, leftMs, signal))
  }

  /** Ends what is under way with CLOSED. */
  close(): void {
    this.#closing.abort(new RegistryError('CLOSED', 'the client of the registry was closed'))
  }

  async #attempt(request: RegistryRequest, leftMs: number, signal: AbortSignal | undefined): Promise<unknown> {
    const at = this.#current
    const address = this.#addresses[at]!
    try {
      return await this.#askAt(address, request, Math.min(leftMs, this.#attemptTimeoutMs), signal)
    } catch (error) {
      const isThere = error instanceof RegistryError && !error.retriable
      // Calls that failed at the same address together move on by one, not by one each.
      if (!isThere && this.#current === at) this.#current = (at + 1) % this.#addresses.length
      throw error
    }
  }

  async #askAt(
    address: RegistryAddress,
    request: RegistryRequest,
    timeoutMs: number,
    signal: AbortSignal | undefined,
  ): Promise<unknown> {
    const { clock } = this.#world
    const ending = new AbortController()
    const cancel = clock.after(timeoutMs, () => ending.abort('late'))
    const signals = [ending.signal, this.#closing.signal, ...(signal === undefined ? [] : [signal])]
    try {
      const headers = await this.#headersFor(address, request)
      const answer = await this.#world
        .fetch(`${address.url}${request.path}${queryText(request.query)}`, {
          method: request.method,
          headers,
          ...(request.body !== undefined && { body: JSON.stringify(request.body) }),
          signal: AbortSignal.any(signals),
        })
        .catch(cause => {
          throw unreachable(address, cause, ending.signal.aborted ? timeoutMs : undefined)
        })
      const text = await textOf(answer, address).catch(cause => {
        if (cause instanceof RegistryError) throw cause
        throw unreachable(address, cause, ending.signal.aborted ? timeoutMs : undefined)
      })
      return await this.#valueOf(answer, text, address, signal)
    } finally {
      cancel()
    }
  }

  async #headersFor({ authorization }: RegistryAddress, { body }: RegistryRequest): Promise<Record<string, string>> {
    const own = this.#auth === undefined ? authorization : await authorizationOf(this.#auth)
    return {
      accept: `${contentType}, application/json`,
      ...(body !== undefined && { 'content-type': contentType }),
      ...(own !== undefined && { authorization: own }),
      ...this.#headers,
    }
  }

  async #valueOf(
    answer: FetchedAnswer,
    text: string,
    address: RegistryAddress,
    signal: AbortSignal | undefined,
  ): Promise<unknown> {
    const value = jsonOf(text)
    if (answer.status >= 200 && answer.status < 300) {
      if (value !== notJson) return value
      throw new RegistryError('BROKEN_ANSWER', `the answer is no JSON: ${excerpt(text)}`, {
        status: answer.status,
        url: address.url,
        retriable: false,
        help: 'check that the address is a registry’s, and its path',
      })
    }
    if (answer.status === 429) await this.#rest(answer.headers.get('retry-after'), signal)
    const { error_code: errorCode, message } = (value === notJson ? {} : (value ?? {})) as Record<string, unknown>
    const code = typeof errorCode === 'number' ? errorCode : undefined
    const why = typeof message === 'string' ? message : `HTTP ${answer.status} ${excerpt(text)}`.trim()
    throw refusal(answer.status, code, why, address.url)
  }

  /** As long as the registry asks for; the call's own time ends it. */
  async #rest(retryAfter: string | null, signal: AbortSignal | undefined): Promise<void> {
    const seconds = Number(retryAfter ?? 0)
    if (seconds > 0) await wait(this.#world.clock, seconds * 1000, signal, this.#closing.signal)
  }
}

async function authorizationOf(auth: RegistryAuth): Promise<string> {
  if ('username' in auth) return basic(auth.username, auth.password)
  return `Bearer ${typeof auth.bearer === 'string' ? auth.bearer : await auth.bearer()}`
}

function queryText(query: RegistryRequest['query'] = {}): string {
  const given = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined) given.append(name, String(value))
  return given.size === 0 ? '' : `?${given}`
}

async function textOf({ body, status }: FetchedAnswer, { url }: RegistryAddress): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body ?? []) {
    bytes += chunk.length
    if (bytes > answerBytesMax) {
      throw new RegistryError('BROKEN_ANSWER', `the answer has more than ${answerBytesMax} bytes`, {
        status,
        url,
        retriable: false,
        help: 'ask for less at once (`offset`, `limit`)',
      })
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

const notJson = Symbol('not JSON')

function jsonOf(text: string): unknown {
  if (text === '') return undefined
  try {
    return JSON.parse(text)
  } catch {
    return notJson
  }
}

function excerpt(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim()
  return line.length > excerptCharsMax ? `${line.slice(0, excerptCharsMax)} ...` : line
}

/** `lateMs`: the attempt's time, when that is what ended it. */
function unreachable({ url }: RegistryAddress, cause: unknown, lateMs: number | undefined): RegistryError {
  const why = lateMs === undefined ? reasonOf(cause) : `no answer within ${lateMs} ms`
  return new RegistryError('REGISTRY_UNREACHABLE', why, {
    url,
    retriable: true,
    cause,
    help: 'check that the registry runs (`millrace registry`, or `npm start`), and its address',
  })
}

/** fetch says "fetch failed", and why only in the cause. */
function reasonOf(cause: unknown): string {
  const inner = (cause as { cause?: unknown } | undefined)?.cause
  const error = inner instanceof Error ? inner : cause
  if (!(error instanceof Error)) return String(error)
  const code = (error as { code?: unknown }).code
  return error.message === '' && typeof code === 'string' ? code : error.message
}

/** What failed before anything was sent. */
const beforeSending: readonly string[] = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']

function wasNotCarriedOut(error: RegistryError): boolean {
  // Refused because there were too many; nothing was done.
  if (error.status !== undefined) return error.status === 429
  const cause = (error.cause as { cause?: { code?: unknown } } | undefined)?.cause
  return beforeSending.includes(String(cause?.code))
}
