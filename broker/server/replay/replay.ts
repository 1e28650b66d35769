// For tests: replays what clients asked a real Kafka 4.3.0, in order, and compares what our broker answers.

import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { apiByKey } from '../../../protocol/messages/index.ts'
import type { Fields, InputFields } from '../../../protocol/wire/field.ts'
import { goldenValue } from '../../../testing/golden/value.ts'
import { repositoryPath } from '../../../testing/repository-path.ts'
import { type Difference, differences, MadeIds, withOurIds } from './compare.ts'
import type { SimBroker, SimClient } from './sim-broker.ts'

export interface Exchange {
  readonly n: number
  readonly conn: number
  readonly name: string
  readonly apiKey: number
  readonly version: number
  readonly requestHeader: { readonly clientId: string | null }
  readonly request: Record<string, unknown>
  readonly response: Record<string, unknown> | null
}

export interface Differing extends Difference {
  readonly n: number
  readonly api: string
  readonly version: number
}

/** How long an answer is waited for before the next request goes out: longer than any fetch of the captures parks. */
const answerMsMax = 700

export function capture(name: string): Exchange[] {
  const file = repositoryPath(`broker/server/testdata/${name}.jsonl.gz`)
  const lines = gunzipSync(readFileSync(file)).toString('utf8').split('\n')
  return lines.filter(line => line !== '').map(line => JSON.parse(line) as Exchange)
}

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
      client = await sim.connect(exchange.requestHeader.clientId ?? '', `client-${exchange.conn}`)
      clients.set(exchange.conn, client)
    }
    const api = apiByKey.get(exchange.apiKey)!
    const request = withOurIds(goldenValue(api.request.fields, exchange.request, []), ids)
    let isDone = exchange.response === null
    if (exchange.response !== null) unanswered.add(exchange)
    void client.send(api, exchange.version, request as InputFields<Fields>).then(answer => {
      isDone = true
      unanswered.delete(exchange)
      if (exchange.response === null) {
        found.push({ ...differing(exchange), path: 'answer', kafka: undefined, ours: answer })
        return
      }
      const kafka = goldenValue(api.response.fields, exchange.response, [])
      for (const each of differences(kafka, answer, ids)) found.push({ ...differing(exchange), ...each })
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
  readonly why: string
}

/** Those that nobody meant, and the allowances that nothing needed. */
export function judge(found: readonly Differing[], allowed: readonly AllowedDifference[]) {
  const used = new Set<AllowedDifference>()
  const unexpected = found.filter(({ api, path }) => {
    const reason = allowed.find(each => each.api === api && each.path.test(path))
    if (reason !== undefined) used.add(reason)
    return reason === undefined
  })
  return { unexpected, unused: allowed.filter(each => !used.has(each)) }
}
