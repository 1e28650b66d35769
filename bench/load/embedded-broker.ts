// A program of its own for the question embedded-start: brokers of `millrace/testing` in one process, the first one and some more.
// Prints one line of JSON: milliseconds from the call to the first answered request, of the first broker and of the median one after
// it, and how much resident memory each of the later ones takes, in megabytes.

import { BrokerConnection } from '../../client/connection.ts'
import { realNet } from '../../io/real-net.ts'
import { apiVersions } from '../../protocol/messages/api-versions.ts'
import { startBroker, type TestBroker } from '../../testing/index.ts'

const laterBrokers = 20

async function timed(brokers: TestBroker[]): Promise<number> {
  const startMs = performance.now()
  const broker = await startBroker()
  const { host, port } = broker
  const connection = await BrokerConnection.open(realNet(), { host, port, clientId: 'bench' })
  await connection.request(apiVersions, 0, {})
  const ms = performance.now() - startMs
  connection.close()
  brokers.push(broker)
  return ms
}

const brokers: TestBroker[] = []
const firstMs = await timed(brokers)
const residentBefore = process.memoryUsage.rss()
const laterMs: number[] = []
for (let i = 0; i < laterBrokers; i++) laterMs.push(await timed(brokers))
const megabytesEach = (process.memoryUsage.rss() - residentBefore) / laterBrokers / 1e6
await Promise.all(brokers.map(broker => broker.close()))
const medianMs = laterMs.sort((a, b) => a - b)[laterBrokers / 2]
console.log(JSON.stringify({ firstMs, medianMs, megabytesEach }))
