// For tests: replays what clients asked a real Kafka 4.3.0, in order, and compares what our broker answers.

import { apiByKey } from '../../../protocol/messages/index.ts'
import type { Fields, InputFields } from '../../../protocol/wire/field.ts'
import { type Difference, differences, MadeIds, withOurIds } from './compare.ts'
import type { SimBroker, SimClient } from './sim-broker.ts'

/** A request, and what Kafka answered, both as decoding answers them. */
export interface Exchange {
  readonly n: number
  readonly conn: number
  readonly name: string
  readonly apiKey: number
  readonly version: number
  readonly clientId: string
  readonly request: Record<string, unknown>
  /** Undefined where there was no answer. */
  readonly response: Record<string, unknown> | undefined
}

export interface Differing extends Difference {
  readonly n: number
  readonly api: string
  readonly version: number
}

/** How long an answer is waited for before the next request goes out: longer than any fetch of the captures parks. */
const answerMsMax = 700

/** Everything in which our answers differ. `ids` carries over from capture to capture on the same broker. */
export async function replay(
  sim: SimBroker,
  exchanges: readonly Exchange[],
  ids = new MadeIds(),
): Promise<Differing[]> {
  const clients = new Map<number, SimClient>()
  const found: Differing[] = []
  const unanswered = new Set<Exchange>()
  for (const exchange of exchanges) {
    let client = clients.get(exchange.conn)
    if (client === undefined) {
      client = await sim.connect(exchange.clientId, `client-${exchange.conn}`)
      clients.set(exchange.conn, client)
    }
    const api = apiByKey.get(exchange.apiKey)!
    const request = withOurIds(exchange.request, ids)
    const { response } = exchange
    const expectsAnswer = response !== undefined
    let isDone = !expectsAnswer
    if (expectsAnswer) unanswered.add(exchange)
    void client.send(api, exchange.version, request as InputFields<Fields>).then(answer => {
      isDone = true
      unanswered.delete(exchange)
      if (!expectsAnswer) {
        found.push({ ...differing(exchange), path: 'answer', kafka: undefined, ours: answer })
        return
      }
      for (const each of differences(response, answer, ids)) found.push({ ...differing(exchange), ...each })
    })
    await sim.world.run({ until: () => isDone, untilMs: sim.world.nowMs + answerMsMax })
    if (client.isClosed) found.push({ ...differing(exchange), path: 'connection', kafka: 'open', ours: 'closed' })
  }
  await sim.world.runFor(answerMsMax)
  for (const each of unanswered)
    found.push({ ...differing(each), path: 'answer', kafka: each.response, ours: undefined })
  for (const client of clients.values()) client.destroy()
  return found
}

const differing = ({ n, name, version }: Exchange) => ({ n, api: name, version })

/** A difference that is meant to be, and why. */
export interface AllowedDifference {
  readonly api: string
  readonly path: RegExp
  /** Only in these exchanges. */
  readonly in?: readonly number[]
  readonly why: string
}

/** Those that nobody meant, and the allowances that nothing needed. */
export function judge(found: readonly Differing[], allowed: readonly AllowedDifference[]) {
  const used = new Set<AllowedDifference>()
  const unexpected = found.filter(({ n, api, path }) => {
    const reason = allowed.find(each => each.api === api && each.path.test(path) && (each.in?.includes(n) ?? true))
    if (reason !== undefined) used.add(reason)
    return reason === undefined
  })
  return { unexpected: unexpected.map(inWords), unused: allowed.filter(each => !used.has(each)).map(({ why }) => why) }
}

function inWords({ n, api, version, path, kafka, ours }: Differing): string {
  const short = (value: unknown) => (JSON.stringify(value) ?? 'nothing').slice(0, 200)
  return `${n} ${api} v${version} ${path}: Kafka ${short(kafka)}, ours ${short(ours)}`
}
