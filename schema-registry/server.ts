// The registry as an HTTP server: fastify, made of the routes' definitions. What all requests have in common is here: who asks, how often,
// which content type, who has to decide, and how a refusal is said.

import Fastify, {
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type preHandlerAsyncHookHandler,
} from 'fastify'
import type { Clock } from '../io/clock.ts'
import type { Logger } from '../io/logger.ts'
import type { Credentials, Principal } from './credentials.ts'
import { errors, RegistryError } from './errors.ts'
import { RegistryMetrics } from './metrics.ts'
import { openApiOf } from './openapi.ts'
import { RateLimit } from './rate-limit.ts'
import type { Registry } from './registry.ts'
import { readBody } from './request-body.ts'
import { allRoutes } from './routes/all-routes.ts'
import { answerTypeFor, answerTypes, bodyTypes, isBodyType } from './routes/content-types.ts'
import { withoutContextPath } from './routes/context-path.ts'
import type { Parameters } from './routes/route.ts'
import { RawText, type RouteDefinition } from './routes/route.ts'
import { absent, type ServerMetadata } from './routes/server-metadata.ts'
import { writeJson } from './store/java-json.ts'

export interface RegistryServerOptions extends ServerMetadata {
  readonly registry: Registry
  readonly clock: Clock
  readonly logger: Logger
  /**
   * Sends a write on to the leader and answers with what it said (`reply.send`), where this instance does not lead. Called before the
   * write's own handler, with the body as it came (a Buffer). Without it a write is refused here with 50003 or 50004.
   */
  readonly forward?: preHandlerAsyncHookHandler
  /** What keeps this instance from reading or writing at present, in sentences: for /health. */
  readonly troubles?: () => readonly string[]
  /** Who may ask; everybody when it is missing. */
  readonly credentials?: Credentials
  /** PEM texts: then it is HTTPS. */
  readonly tls?: { readonly key: string; readonly cert: string }
}

/** How far `_schemas` has been read: the offset after the last record. */
export const appliedOffsetHeader = 'millrace-applied-offset'

const invalidContextPath = '/invalid-context'

/** Makes the server; `listen({ host, port })` starts it, `close()` stops it, and `inject` asks it without a socket. */
export function registryServer(options: RegistryServerOptions): FastifyInstance {
  const { registry, logger } = options
  const app = Fastify(fastifyOptions(options)) as unknown as FastifyInstance
  app.server.maxConnections = registry.limits.connectionsMax
  const metrics = new RegistryMetrics(registry)
  app.setErrorHandler((error, _request, reply) => refuse(reply, refusalOf(error, logger, registry)))
  readBodiesAsBytes(app, registry)
  measure(app, options.clock, metrics)
  limitRates(app, options.clock, registry)
  authenticate(app, options.credentials)
  const routes = allRoutes(options)
  for (const route of routes) addRoute(app, options, route)
  addPages(app, options, metrics, openApiOf(routes, options.version))
  refuseOtherMethods(app, routes)
  refuseTheRest(app)
  return app
}

function fastifyOptions({ registry, tls }: RegistryServerOptions) {
  const { limits } = registry
  return {
    bodyLimit: limits.bodyBytesMax,
    requestTimeout: limits.requestArrivalMsMax,
    forceCloseConnections: true,
    exposeHeadRoutes: true,
    routerOptions: { maxParamLength: limits.pathPartLengthMax, ignoreTrailingSlash: true },
    rewriteUrl: ({ url = '/' }: { url?: string }) => withoutContextPath(url) ?? invalidContextPath,
    // A path that cannot be decoded has no route, and gets no hooks.
    frameworkErrors: (error: { code?: string; message: string }, _request: FastifyRequest, reply: FastifyReply) =>
      refuse(reply, pathRefusal(error, limits.pathPartLengthMax)),
    ...(tls ? { https: tls } : {}),
  }
}

function pathRefusal({ code, message }: { code?: string; message: string }, lengthMax: number): RegistryError {
  if (code === 'FST_ERR_MAX_PARAM_LENGTH') return errors.uriTooLong(lengthMax)
  return errors.badRequest(`The path cannot be read: ${message}`)
}

function refuse(reply: FastifyReply, { status, code, message }: RegistryError): FastifyReply {
  const type = answerTypeFor(reply.request.headers.accept) ?? answerTypes[0]
  return send(reply.code(status), type, writeJson({ error_code: code, message }))
}

/** What is told of an error. Of one that nobody foresaw only the log tells. */
function refusalOf(error: unknown, logger: Logger, { limits }: Registry): RegistryError {
  const { statusCode, code, message } = error as { statusCode?: number; code?: string; message?: string }
  if (error instanceof RegistryError) {
    if (error.status >= 500) logger.warn({ err: error }, `registry: ${error.message}`)
    return error
  }
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return errors.tooLarge(limits.bodyBytesMax)
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return errors.unsupportedMediaType(bodyTypes)
  if (statusCode !== undefined && statusCode < 500) return new RegistryError(statusCode, message ?? 'Refused')
  logger.error({ err: error }, 'registry: a request failed in a way that nobody foresaw')
  return new RegistryError(500, 'Internal Server Error: the log of the registry says more')
}

// The route reads them: so an instance that sends a write on does it with the bytes that came.
function readBodiesAsBytes(app: FastifyInstance, { limits }: Registry): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: limits.bodyBytesMax }, (request, body, done) => {
    if (isBodyType(request.headers['content-type'])) done(null, body)
    else done(errors.unsupportedMediaType(bodyTypes), undefined)
  })
}

function limitRates(app: FastifyInstance, clock: Clock, { limits }: Registry): void {
  const rates = new RateLimit(clock, limits)
  app.addHook('onRequest', async (request, reply) => {
    const waitMs = rates.waitMs(request.ip)
    if (waitMs === undefined) return
    reply.header('retry-after', String(Math.ceil(waitMs / 1000)))
    throw errors.tooManyRequests(
      `More than ${limits.requestsPerWindowMax} requests within ${limits.rateWindowMs} ms; try again in ${Math.ceil(waitMs)} ms`,
    )
  })
}

function measure(app: FastifyInstance, clock: Clock, metrics: RegistryMetrics): void {
  app.decorateRequest('startedMs', 0)
  app.addHook('onRequest', async request => {
    request.startedMs = clock.monotonicMs()
  })
  app.addHook('onResponse', async (request, reply) => {
    const { operation = 'none' } = request.routeOptions.config
    metrics.answered(operation, reply.statusCode, clock.monotonicMs() - request.startedMs)
  })
}

declare module 'fastify' {
  interface FastifyRequest {
    startedMs: number
  }
  interface FastifyContextConfig {
    /** The route's name in OpenAPI. */
    readonly operation?: string
    /** Asked also without credentials. */
    readonly isOpen?: boolean
  }
}

function authenticate(app: FastifyInstance, credentials: Credentials | undefined): void {
  if (credentials === undefined) return
  app.addHook('onRequest', async (request, reply) => {
    if (request.routeOptions.config?.isOpen) return
    const principal = credentials.recognize(request.headers.authorization)
    if (principal === undefined) {
      reply.header('www-authenticate', 'Basic realm="schema-registry"')
      throw errors.unauthorized()
    }
    if (principal.role === 'read' && !isRead(request)) throw forbidden(principal)
  })
}

const forbidden = ({ name }: Principal) => errors.forbidden(name)

// Lookups and comparisons are posted, and change nothing.
function isRead({ method, routeOptions }: FastifyRequest): boolean {
  return method === 'GET' || method === 'HEAD' || routeOptions.config?.operation?.startsWith('test') === true ||
    routeOptions.config?.operation === 'lookUpSchemaUnderSubject' // biome-ignore format: one thought
}

function addRoute(app: FastifyInstance, options: RegistryServerOptions, route: RouteDefinition): void {
  app.route({
    method: route.method,
    url: route.path.replaceAll(/\{(\w+)\}/g, ':$1'),
    config: { operation: route.operation },
    preHandler: route.isWrite ? writePreHandlers(options, route) : [],
    handler: async (request, reply) => {
      const { values, body } = inputOf(options.registry, route, request)
      return answer(options.registry, request, reply, await route.handle(options.registry, values, body))
    },
    onRequest: async request => {
      if (answerTypeFor(request.headers.accept) === undefined) throw errors.notAcceptable(answerTypes)
    },
  })
}

function writePreHandlers(
  { registry, forward }: RegistryServerOptions,
  route: RouteDefinition,
): preHandlerAsyncHookHandler[] {
  const answerHere: preHandlerAsyncHookHandler = async (request, reply) => {
    if (registry.leadership.isLeader || route.answerHere === undefined) return
    const { values, body } = inputOf(registry, route, request)
    const known = route.answerHere(registry, values, body)
    if (known !== undefined) return answer(registry, request, reply, known)
  }
  return forward ? [answerHere, forwardUnlessLeading(registry, forward)] : [answerHere]
}

function forwardUnlessLeading(
  { leadership }: Registry,
  forward: preHandlerAsyncHookHandler,
): preHandlerAsyncHookHandler {
  return async function (request, reply) {
    if (!leadership.isLeader) return forward.call(this, request, reply)
  }
}

function inputOf(registry: Registry, route: RouteDefinition, request: FastifyRequest) {
  const sources = { path: request.params, query: request.query } as Record<
    'path' | 'query',
    Record<string, string | string[]>
  >
  const values = readValues(route.parameters, (name, place) => sources[place][name])
  const body = route.body && readBody(request.body, registry.limits.jsonDepthMax, route.body.read)
  return { values, body }
}

function readValues(
  parameters: Parameters,
  raw: (name: string, place: 'path' | 'query') => string | string[] | undefined,
) {
  return Object.fromEntries(Object.entries(parameters).map(([name, { place, read }]) => [name, read(raw(name, place))]))
}

function answer(registry: Registry, request: FastifyRequest, reply: FastifyReply, result: unknown): FastifyReply {
  reply.header(appliedOffsetHeader, String(registry.log.appliedOffset))
  if (result === null) return reply.code(204).send()
  return send(
    reply,
    answerTypeFor(request.headers.accept)!,
    result instanceof RawText ? result.text : writeJson(result),
  )
}

// As bytes: to a text fastify would add a charset, which Confluent's types do not have.
function send(reply: FastifyReply, type: string, text: string): FastifyReply {
  return reply.header('content-type', type).send(Buffer.from(text, 'utf8'))
}

function addPages(
  app: FastifyInstance,
  { registry, troubles = () => [] }: RegistryServerOptions,
  metrics: RegistryMetrics,
  openApi: object,
): void {
  const document = JSON.stringify(openApi)
  app.get('/openapi.json', { config: { operation: 'openapi', isOpen: true } }, async (_request, reply) =>
    reply.type('application/json').send(document),
  )
  app.get('/health', { config: { operation: 'health', isOpen: true } }, async (_request, reply) =>
    reply.type('application/json').send(JSON.stringify(healthOf(registry, troubles()))),
  )
  app.get('/metrics', { config: { operation: 'metrics' } }, async (_request, reply) =>
    reply.type(metrics.contentType).send(await metrics.write()),
  )
}

function healthOf({ log, leadership, state }: Registry, reasons: readonly string[]): object {
  return {
    status: reasons.length === 0 ? 'ok' : 'degraded',
    reasons,
    leader: leadership.isLeader,
    leaderUrl: leadership.leaderUrl ?? null,
    appliedOffset: String(log.appliedOffset),
    subjects: state.subjectCount,
    schemas: state.contentCount,
    ignoredRecords: state.ignoredCount,
  }
}

const methods = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH'] as const

function refuseOtherMethods(app: FastifyInstance, routes: readonly RouteDefinition[]): void {
  for (const path of new Set(routes.map(route => route.path))) {
    const allowed = routes.filter(route => route.path === path).map(({ method }) => method)
    const others = methods.filter(method => !allowed.some(one => one === method))
    app.route({
      method: [...others],
      url: path.replaceAll(/\{(\w+)\}/g, ':$1'),
      handler: async (_request, reply) => {
        reply.header('allow', allowed.join(', '))
        throw errors.methodNotAllowed(allowed)
      },
    })
  }
}

function refuseTheRest(app: FastifyInstance): void {
  for (const { path, what } of absent) {
    for (const url of [path, `${path}/*`]) {
      app.all(url, async () => {
        throw errors.notOffered(what)
      })
    }
  }
  app.all(invalidContextPath, async () => {
    throw errors.badRequest('A context name cannot contain a colon')
  })
  app.setNotFoundHandler((_request, reply) => refuse(reply, errors.notFound()))
}
