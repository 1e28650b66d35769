// A registry on a topic in memory, with its server, to be asked without a socket.

import type { FastifyInstance } from 'fastify'
import { silentLogger } from '../../io/logger.ts'
import { ManualClock } from '../../io/sim/clock.ts'
import { avroType } from '../avro/avro-type.ts'
import type { RegistryLimits } from '../limits.ts'
import { Registry } from '../registry.ts'
import { type RegistryServerOptions, registryServer } from '../server.ts'
import type { Leadership } from '../store/schemas-log.ts'
import { RegistryState } from '../store/state.ts'
import { MemoryLog } from './memory-log.ts'

export interface TestRegistryOptions
  extends Partial<Pick<RegistryServerOptions, 'credentials' | 'forward' | 'tls' | 'logger'>> {
  readonly limits?: Partial<RegistryLimits>
  readonly leadership?: Leadership
}

export interface TestRegistry {
  readonly state: RegistryState
  readonly log: MemoryLog
  readonly registry: Registry
  readonly app: FastifyInstance
  /** Asks, with a JSON body or one as it is; answers the status and the body, read as JSON where it is. */
  ask(method: string, url: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>
}

export interface Answer {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it
  readonly body: any
  readonly text: string
  readonly headers: Readonly<Record<string, unknown>>
}

export async function testRegistry(options: TestRegistryOptions = {}): Promise<TestRegistry> {
  const state = new RegistryState()
  const log = new MemoryLog(state)
  const leadership = options.leadership ?? { isLeader: true, leaderUrl: 'http://127.0.0.1:8081', epoch: 1 }
  const registry = new Registry({ state, log, leadership, types: [avroType], limits: options.limits })
  const app = registryServer({
    registry,
    clock: new ManualClock(),
    logger: silentLogger,
    version: '0.0.0',
    kafkaClusterId: () => '5L6g3nShT-eMCtK--X86sw',
    groupId: 'schema-registry',
    ...options,
  })
  return { state, log, registry, app, ask: (...request) => ask(app, ...request) }
}

async function ask(
  app: FastifyInstance,
  method: string,
  url: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const isRaw = typeof body === 'string' || Buffer.isBuffer(body)
  const payload = body === undefined || isRaw ? body : JSON.stringify(body)
  const type = body === undefined ? {} : { 'content-type': 'application/vnd.schemaregistry.v1+json' }
  const response = await app.inject({
    method: method as 'GET',
    url,
    payload: payload as string,
    headers: { ...type, ...headers },
  })
  return {
    status: response.statusCode,
    body: readAnswer(response.body),
    text: response.body,
    headers: response.headers,
  }
}

function readAnswer(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
