// Holds a conversation with one registry: asks step after step, and says answers with names in place of ids.

import type { Step } from './step.ts'

export interface Answered {
  readonly status: number
  readonly contentType: string
  /** JSON where it is some, else the text. Of ids the names are told. */
  readonly body: unknown
}

const registryType = 'application/vnd.schemaregistry.v1+json'
/** Apicurio's server has been seen not to answer a request at all: the comparison ends with an error then. */
const answerMsMax = 20_000
/** An id that nobody has: for a name whose step was refused. */
const idUnknown = 999_999

/** Sends one request. */
export type Ask = (
  request: Request,
) => Promise<{ readonly status: number; readonly contentType: string; readonly text: string }>

export interface Request {
  readonly method: string
  readonly path: string
  readonly text: string | undefined
  readonly contentType: string
}

/** Asks whoever listens there. */
export const askAt =
  (url: string): Ask =>
  async ({ method, path, text, contentType }) => {
    const headers: Record<string, string> = text === undefined ? {} : { 'content-type': contentType }
    const signal = AbortSignal.timeout(answerMsMax)
    const answer = await fetch(url + path, { method, headers, signal, ...(text !== undefined && { body: text }) })
    return { status: answer.status, contentType: answer.headers.get('content-type') ?? '', text: await answer.text() }
  }

export class Conversation {
  readonly #ask: Ask
  readonly #ids = new Map<string, number>()
  readonly #names = new Map<number, string>()

  constructor(ask: Ask) {
    this.#ask = ask
  }

  async ask({ method, path: named, body, contentType = registryType, keeps }: Step): Promise<Answered> {
    const path = named.replace(/\{#(\w+)\}/g, (_, name) => String(this.#ids.get(name) ?? idUnknown))
    const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body)
    const answer = await this.#ask({ method, path, text, contentType })
    const read = jsonOr(answer.text)
    if (keeps !== undefined) this.#keep(keeps, read)
    return {
      status: answer.status,
      contentType: answer.contentType.replace(/;.*/, ''),
      body: this.#named(read, path.endsWith('/referencedby') ? 'ids' : undefined),
    }
  }

  #keep(name: string, body: unknown): void {
    const { id } = (body ?? {}) as { id?: unknown }
    if (typeof id !== 'number') return
    this.#ids.set(name, id)
    if (!this.#names.has(id)) this.#names.set(id, name)
  }

  #named(value: unknown, key?: string): unknown {
    if (Array.isArray(value)) return value.map(item => this.#named(item, key === 'ids' ? 'id' : undefined))
    if (typeof value === 'object' && value !== null)
      return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, this.#named(item, name)]))
    return key === 'id' && typeof value === 'number' ? `#${this.#names.get(value) ?? '?'}` : value
  }
}

function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
