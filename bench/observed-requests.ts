// What does it cost to be observed? Memory and CPU of this process for each request of a client's connection, with nobody who listens to
// its channels, with a subscriber, and with metrics. The network is a function call, so that it is the client that is measured.
//   node scripts/run.mjs bench/observed-requests.ts [requests] [rounds]
// Bytes are what the heap has grown by while the collector had nothing to do; CPU is the median of the rounds, in turns.

import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { Registry } from 'prom-client'
import { BrokerConnection } from '../client/connection.ts'
import { onChannel } from '../client/observability/channels.ts'
import { observe } from '../client/observability/prometheus.ts'
import type { Connection, ConnectionEvents, Net } from '../io/net.ts'
import { realClock } from '../io/real-clock.ts'
import { writeResponseFrame } from '../protocol/framing.ts'
import { heartbeat } from '../protocol/messages/heartbeat.ts'

const version = 4
const body = { groupId: 'billing', generationId: 3, memberId: 'member-1' }
/** A heap in which nothing is collected while a round lasts. */
const heapFlags = ['--expose-gc', '--max-semi-space-size=1024', '--min-semi-space-size=1024']

/** Answers each request at the end of the turn. */
class Echo {
  readonly net: Net
  #events!: ConnectionEvents
  #correlationId = 0

  constructor() {
    const connection = {
      ...{ remoteHost: 'b', remotePort: 1, localHost: 'a', localPort: 2, pendingBytes: 0 },
      listen: (events: ConnectionEvents) => {
        this.#events = events
      },
      send: () => true,
      ...{ pause() {}, resume() {}, end() {}, destroy() {} },
    } satisfies Connection
    this.net = { connect: () => Promise.resolve(connection), listen: () => Promise.reject(new Error('only connects')) }
  }

  answer(): void {
    this.#correlationId += 1
    const parts = writeResponseFrame(heartbeat, version, this.#correlationId, { throttleTimeMs: 0, errorCode: 0 })
    this.#events.data(Buffer.concat(parts as Uint8Array[]))
  }
}

interface Cost {
  readonly bytes: number
  readonly cpuMicros: number
}

async function ask(echo: Echo, connection: BrokerConnection, requests: number): Promise<void> {
  for (let count = 0; count < requests; count++) {
    const answer = connection.request(heartbeat, version, body, 30_000)
    echo.answer()
    await answer
  }
}

async function measured(requests: number): Promise<Cost> {
  const echo = new Echo()
  const options = { host: 'b', port: 1, clientId: 'bench', clock: realClock(), lane: 'group' }
  const connection = await BrokerConnection.open(echo.net, options)
  await ask(echo, connection, 2000)
  globalThis.gc!()
  const heapBefore = process.memoryUsage().heapUsed
  const cpuBefore = process.cpuUsage()
  await ask(echo, connection, requests)
  const { user, system } = process.cpuUsage(cpuBefore)
  const bytes = process.memoryUsage().heapUsed - heapBefore
  connection.close()
  return { bytes: bytes / requests, cpuMicros: (user + system) / requests }
}

const observers: Readonly<Record<string, () => () => void>> = {
  nobody: () => () => {},
  'a subscriber': () => onChannel('millrace:client:request:answered', () => {}),
  metrics: () => {
    const observation = observe(new Registry())
    return () => observation.close()
  },
}

const median = (numbers: readonly number[]) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]!

async function compare(requests: number, rounds: number): Promise<void> {
  const costs = new Map(Object.keys(observers).map(name => [name, [] as Cost[]]))
  for (let round = 0; round < rounds; round++) {
    for (const [name, start] of Object.entries(observers)) {
      const stop = start()
      costs.get(name)!.push(await measured(requests))
      stop()
    }
  }
  for (const [name, all] of costs) {
    const bytes = median(all.map(cost => cost.bytes))
    const cpuMicros = median(all.map(cost => cost.cpuMicros))
    console.log(
      `${name.padEnd(14)} ${bytes.toFixed(0).padStart(6)} bytes ${cpuMicros.toFixed(2).padStart(7)} us a request`,
    )
  }
}

const [requests = '20000', rounds = '5'] = process.argv.slice(2)
if (globalThis.gc === undefined) {
  const { status } = spawnSync(process.execPath, [...heapFlags, fileURLToPath(import.meta.url), requests, rounds], {
    stdio: 'inherit',
  })
  process.exit(status ?? 1)
}
await compare(Number(requests), Number(rounds))
