// GET /schemas/ids/N of one registry after the other id, by autocannon:
//   node by-id.mjs AUTOCANNON URL IDS SECONDS CONNECTIONS
// IDS: a file with a JSON list. Prints { requestsPerSecond, p99Ms, failures }.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const [folder, url, idsPath, seconds, connections] = process.argv.slice(2)
const autocannon = createRequire(import.meta.url)(folder)
const ids = JSON.parse(readFileSync(idsPath, 'utf8'))
const { pathname } = new URL(url)
// Far apart, so that no two in a row are of one subject; prime to most counts, so that all are asked for.
const stride = 7919
let asked = 0
const next = request => {
  asked++
  request.path = `${pathname === '/' ? '' : pathname}/schemas/ids/${ids[(asked * stride) % ids.length]}`
  return request
}
const result = await autocannon({
  url,
  duration: Number(seconds),
  connections: Number(connections),
  requests: [{ method: 'GET', setupRequest: next }],
})
const { requests, latency, non2xx, errors, timeouts } = result
console.log(
  JSON.stringify({ requestsPerSecond: requests.average, p99Ms: latency.p99, failures: non2xx + errors + timeouts }),
)
