// GET /metrics and GET /health over HTTP, beside the broker and in its process.
//
// Invariant: whatever a client sends, it costs little and ends soon: few connections, small headers, no bodies, and time limits
// for asking, for taking the answer and for saying nothing. An answer never waits for a disk.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Health } from '../../broker/metrics/health.ts'
import { NetError } from '../../io/net.ts'
import type { HttpAddress } from './http-address.ts'

export interface HttpLimits {
  /** Beyond, a connection is closed at once. */
  readonly connectionsMax: number
  readonly headerBytesMax: number
  /** From the first byte of a request to its last one. */
  readonly requestMs: number
  /** Without a byte in either direction: a client that does not take its answer, or keeps a connection and asks nothing. */
  readonly silenceMs: number
}

export const httpLimits: HttpLimits = {
  connectionsMax: 64,
  headerBytesMax: 8 * 1024,
  requestMs: 5000,
  silenceMs: 15_000,
}

export interface HttpPages {
  readonly metricsType: string
  metrics(): Promise<string>
  health(): Health
}

const pages = 'there are /metrics (Prometheus text) and /health (JSON)'

export class HttpServer {
  readonly #server: Server
  readonly #pages: HttpPages

  private constructor(httpPages: HttpPages, limits: HttpLimits) {
    this.#pages = httpPages
    const { headerBytesMax: maxHeaderSize, requestMs } = limits
    const connectionsCheckingInterval = Math.min(1000, requestMs)
    const times = { headersTimeout: requestMs, requestTimeout: requestMs, connectionsCheckingInterval }
    this.#server = createServer(
      { maxHeaderSize, ...times },
      (request, response) => void this.#answer(request, response),
    )
    this.#server.maxConnections = limits.connectionsMax
    this.#server.keepAliveTimeout = limits.silenceMs
    this.#server.setTimeout(limits.silenceMs)
  }

  /** Rejects with a NetError that names host and port. */
  static async listen(address: HttpAddress, httpPages: HttpPages, limits = httpLimits): Promise<HttpServer> {
    const http = new HttpServer(httpPages, limits)
    await new Promise<void>((resolve, reject) => {
      http.#server.once('error', cause => reject(asNetError(address, cause)))
      http.#server.listen(address.port, address.host, resolve)
    })
    return http
  }

  get address(): HttpAddress {
    const { address: host, port } = this.#server.address() as { address: string; port: number }
    return { host, port }
  }

  /** Closes at once, whoever is still reading. */
  close(): Promise<void> {
    return new Promise(resolve => {
      this.#server.close(() => resolve())
      this.#server.closeAllConnections()
    })
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '').split('?', 1)[0]!
    // Nobody reads a body: the connection ends with the answer, instead of taking the body for the next request.
    if (request.headers['content-length'] !== undefined || request.headers['transfer-encoding'] !== undefined) {
      response.setHeader('connection', 'close')
    }
    if (path !== '/metrics' && path !== '/health') send(response, 404, `There is no ${path} here: ${pages}.\n`)
    else if (request.method !== 'GET') {
      response.setHeader('allow', 'GET')
      send(response, 405, `${request.method} is not answered here, only GET: ${pages}.\n`)
    } else if (path === '/health') this.#answerHealth(response)
    else await this.#answerMetrics(response)
  }

  #answerHealth(response: ServerResponse): void {
    const health = this.#pages.health()
    const statusCode = health.status === 'unavailable' ? 503 : 200
    send(response, statusCode, `${JSON.stringify(health)}\n`, 'application/json; charset=utf-8')
  }

  async #answerMetrics(response: ServerResponse): Promise<void> {
    try {
      send(response, 200, await this.#pages.metrics(), this.#pages.metricsType)
    } catch (error) {
      send(response, 500, `The metrics cannot be read: ${(error as Error).message}\n`)
    }
  }
}

function send(response: ServerResponse, statusCode: number, body: string, type = 'text/plain; charset=utf-8'): void {
  response.writeHead(statusCode, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  })
  response.end(body)
}

function asNetError({ host, port }: HttpAddress, cause: Error): NetError {
  const isInUse = (cause as NodeJS.ErrnoException).code === 'EADDRINUSE'
  const reason = isInUse ? 'the port is in use' : cause.message
  return new NetError(
    isInUse ? 'ADDRESS_IN_USE' : 'FAILED',
    `--http: cannot listen on ${host}:${port}: ${reason}. Choose another one with --http [HOST:]PORT, or leave --http out.`,
    { cause },
  )
}
