// A registry's HTTP side that does what a test says: answers, silence and refused connections, with a list of what it was asked.

import type { Fetch, FetchedAnswer, FetchRequest } from '../registry-client/registry-options.ts'

export interface Asked {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: unknown
}

/** `status` and a JSON value, or text as it is; `silent`: never answered; `refused`: nobody listens; `reset`: lost on the way. */
export type Answer =
  | { readonly status?: number; readonly json: unknown; readonly headers?: Readonly<Record<string, string>> }
  | { readonly status?: number; readonly text: string }
  | 'silent'
  | 'refused'
  | 'reset'

export interface ScriptedFetch {
  readonly fetch: Fetch
  readonly asked: Asked[]
}

export function scriptedFetch(answerTo: (asked: Asked, number: number) => Answer | Promise<Answer>): ScriptedFetch {
  const asked: Asked[] = []
  const fetch: Fetch = async (url, request) => {
    const { method, headers, body } = request
    asked.push({ method, url, headers, body: body === undefined ? undefined : JSON.parse(body) })
    const answer = await answerTo(asked.at(-1)!, asked.length)
    if (answer === 'silent') return silence(request)
    if (answer === 'refused') throw fetchFailed('ECONNREFUSED', 'connect ECONNREFUSED 127.0.0.1:8081')
    if (answer === 'reset') throw fetchFailed('ECONNRESET', 'read ECONNRESET')
    return answered(answer)
  }
  return { fetch, asked }
}

/** As Node's fetch rejects. */
function fetchFailed(code: string, message: string): Error {
  return new TypeError('fetch failed', { cause: Object.assign(new Error(message), { code }) })
}

function silence({ signal }: FetchRequest): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}

function answered(answer: Exclude<Answer, string>): FetchedAnswer {
  const text = 'text' in answer ? answer.text : JSON.stringify(answer.json)
  const headers = new Map(Object.entries('headers' in answer ? (answer.headers ?? {}) : {}))
  return {
    status: answer.status ?? 200,
    headers: { get: name => headers.get(name) ?? null },
    body: chunksOf(Buffer.from(text)),
  }
}

/** In two pieces, so that who reads only the first one is noticed. */
async function* chunksOf(bytes: Buffer): AsyncGenerator<Uint8Array> {
  const middle = Math.floor(bytes.length / 2)
  yield bytes.subarray(0, middle)
  yield bytes.subarray(middle)
}
