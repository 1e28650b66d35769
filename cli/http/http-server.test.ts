// The pages over real sockets: what is answered, and that whatever else comes ends soon and costs little.

import { createConnection, type Socket } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import type { Health } from '../../broker/metrics/health.ts'
import { counter, metric } from '../../broker/metrics/metric.ts'
import { httpAddressOf } from './http-address.ts'
import { type HttpLimits, HttpServer, httpLimits } from './http-server.ts'
import { MetricsPage } from './metrics-page.ts'

const loopback = { host: '127.0.0.1', port: 0 }
const ok: Health = { status: 'ok', reasons: [] }
const open: HttpServer[] = []
afterEach(async () => {
  for (const server of open.splice(0)) await server.close()
})

async function serve(
  pages: { health?: Health; metrics?: () => Promise<string> } = {},
  limits: Partial<HttpLimits> = {},
) {
  const { health = ok, metrics = async () => 'up 1\n' } = pages
  const httpPages = { metricsType: 'text/plain; version=0.0.4', metrics, health: () => health }
  const server = await HttpServer.listen(loopback, httpPages, { ...httpLimits, ...limits })
  open.push(server)
  const { port } = server.address
  return { server, port, url: `http://127.0.0.1:${port}` }
}

/** A client without manners: what it got when the connection ended. */
class Raw {
  readonly socket: Socket
  received = ''
  readonly ended: Promise<string>

  constructor(port: number) {
    this.socket = createConnection({ port, host: '127.0.0.1' })
    this.socket.on('data', chunk => (this.received += chunk))
    this.socket.on('error', () => {})
    this.ended = new Promise(resolve => this.socket.once('close', () => resolve(this.received)))
  }
}

describe('pages', () => {
  test('GET /metrics is text for Prometheus, GET /health is JSON', async () => {
    const { url } = await serve()
    const metrics = await fetch(`${url}/metrics?x=1`)
    expect([metrics.status, metrics.headers.get('content-type')]).toEqual([200, 'text/plain; version=0.0.4'])
    expect(await metrics.text()).toBe('up 1\n')
    const health = await fetch(`${url}/health`)
    expect([health.status, await health.json()]).toEqual([200, ok])
  })

  test.each([
    ['degraded', 200],
    ['unavailable', 503],
  ] as const)('%s is %i, with the reasons', async (status, code) => {
    const health = { status, reasons: ['log directory /data is in trouble'] }
    const { url } = await serve({ health })
    const response = await fetch(`${url}/health`)
    expect([response.status, await response.json()]).toEqual([code, health])
  })

  test.each(['/', '/metric', '/metrics/', '/../etc/passwd', '/%00', '*'])(
    '%s is not there, in a sentence',
    async path => {
      const { port } = await serve()
      const raw = new Raw(port)
      raw.socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`)
      expect(await raw.ended).toMatch(/^HTTP\/1\.1 404 [\s\S]*There is no .* here: there are \/metrics/)
    },
  )

  test.each(['POST', 'HEAD', 'DELETE', 'OPTIONS'])('%s is not answered, and told what is', async method => {
    const { url } = await serve()
    const response = await fetch(`${url}/metrics`, { method, ...(method === 'POST' && { body: 'x'.repeat(100_000) }) })
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET'])
  })

  test('a reading that fails is a 500 that says so, and the next one works', async () => {
    let isBroken = true
    const metrics = async () => {
      if (isBroken) throw new Error('no such log')
      return 'up 1\n'
    }
    const { url } = await serve({ metrics })
    const response = await fetch(`${url}/metrics`)
    expect([response.status, await response.text()]).toEqual([500, 'The metrics cannot be read: no such log\n'])
    isBroken = false
    expect((await fetch(`${url}/metrics`)).status).toBe(200)
  })
})

describe('bad input', () => {
  test('huge headers are refused', async () => {
    const { port } = await serve()
    const raw = new Raw(port)
    raw.socket.write(`GET /metrics HTTP/1.1\r\nhost: x\r\ncookie: ${'x'.repeat(20_000)}\r\n\r\n`)
    expect(await raw.ended).toMatch(/^HTTP\/1\.1 431 /)
  })

  test.each([
    ['garbage', 'garbage\r\n\r\n'],
    ['a Kafka request', Buffer.from('0000001000120003', 'hex')],
  ])('%s is refused', async (_, bytes) => {
    const { port } = await serve()
    const raw = new Raw(port)
    raw.socket.write(bytes)
    expect(await raw.ended).toMatch(/^HTTP\/1\.1 400 /)
  })

  test('a body is not taken for the next request: the connection ends with the answer', async () => {
    const { port } = await serve()
    const raw = new Raw(port)
    const inner = 'GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n'
    raw.socket.write(`GET /health HTTP/1.1\r\nhost: x\r\ncontent-length: ${inner.length}\r\n\r\n${inner}`)
    expect((await raw.ended).match(/^HTTP\/1\.1 /gm)).toHaveLength(1)
  })

  test('a request that does not come to its end is cut off', async () => {
    const { port } = await serve({}, { requestMs: 30 })
    const raw = new Raw(port)
    raw.socket.write('GET /metrics HTTP/1.1\r\nhost:')
    expect(await raw.ended).toMatch(/^HTTP\/1\.1 408 /)
  })

  test('a connection that asks nothing, and a client that does not take its answer, are cut off', async () => {
    const page = 'x'.repeat(64 * 1024 * 1024)
    const { port } = await serve({ metrics: async () => page }, { silenceMs: 30, connectionsMax: 1 })
    const silent = new Raw(port)
    expect(await silent.ended).toBe('')
    const slow = new Raw(port)
    slow.socket.pause()
    slow.socket.write('GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n')
    // It holds the only place until it is cut off.
    let answer = ''
    while (answer === '') {
      const other = new Raw(port)
      other.socket.write('GET /health HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n')
      answer = await other.ended
    }
    expect(answer).toContain('"status":"ok"')
    slow.socket.resume()
    expect((await slow.ended).length).toBeLessThan(page.length)
  })

  test('connections are few: one more is closed at once, and there is room again when one goes', async () => {
    const { port, url } = await serve({}, { connectionsMax: 2 })
    const [first, second] = [new Raw(port), new Raw(port)]
    for (const raw of [first, second]) raw.socket.write('GET /health HTTP/1.1\r\nhost: x\r\n\r\n')
    for (const raw of [first, second]) await new Promise(resolve => raw.socket.once('data', resolve))
    expect(await new Raw(port).ended).toBe('')
    first.socket.end()
    second.socket.end()
    await Promise.all([first.ended, second.ended])
    expect((await fetch(`${url}/health`)).status).toBe(200)
  })

  test('a port in use names the flag', async () => {
    const { server } = await serve()
    const again = HttpServer.listen(server.address, { metricsType: '', metrics: async () => '', health: () => ok })
    await expect(again).rejects.toThrow(
      `--http: cannot listen on 127.0.0.1:${server.address.port}: the port is in use. Choose another one`,
    )
  })
})

describe('the option', () => {
  test.each([
    ['9464', { host: '127.0.0.1', port: 9464 }],
    ['0', { host: '127.0.0.1', port: 0 }],
    ['0.0.0.0:9464', { host: '0.0.0.0', port: 9464 }],
    ['metrics.internal:80', { host: 'metrics.internal', port: 80 }],
    ['[::1]:9464', { host: '::1', port: 9464 }],
  ])('%s', (text, address) => expect(httpAddressOf(text)).toEqual(address))

  test.each(['', 'x', '65536', '-1', '1.5', ':9464', '::1:9464', 'host:', '[::1]', 'a b:1 '])('%j is refused', text => {
    expect(() => httpAddressOf(text)).toThrow(`--http ${text}: a port is a whole number`)
  })
})

describe('the text', () => {
  test('has help, type, labels as they are, and the parts of a histogram', async () => {
    const page = new MetricsPage()
    const samples = [
      { suffix: '_bucket', labels: { le: 0.5 }, value: 1 },
      { suffix: '_bucket', labels: { le: '+Inf' }, value: 2 },
      { suffix: '_sum', value: 3.5 },
      { suffix: '_count', value: 2 },
    ]
    page.add([
      counter({ name: 'millrace_a_total', help: 'Of "a".', labels: ['directory'] }, () => [
        { labels: { directory: 'C:\\x "y"\n' }, value: 7 },
      ]),
      metric('histogram', { name: 'millrace_b_seconds', help: 'Of b.' }, () => samples),
    ])
    const text = await page.write()
    expect(text).toContain(
      '# HELP millrace_a_total Of "a".\n# TYPE millrace_a_total counter\nmillrace_a_total{directory="C:\\\\x \\"y\\"\\n"} 7\n',
    )
    expect(text).toContain(
      '# TYPE millrace_b_seconds histogram\nmillrace_b_seconds_bucket{le="0.5"} 1\nmillrace_b_seconds_bucket{le="+Inf"} 2\nmillrace_b_seconds_sum 3.5\nmillrace_b_seconds_count 2\n',
    )
    expect(text).toMatch(/^process_cpu_seconds_total \d/m)
    expect(text).not.toContain('nodejs_eventloop_lag')
  })
})
