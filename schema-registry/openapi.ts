// The OpenAPI document, made of the routes' own definitions and served at /openapi.json.

import { answerSchemas, type JsonSchema, refTo } from './routes/answer-schemas.ts'
import { answerTypes, bodyTypes } from './routes/content-types.ts'
import type { AnswerSchema, RouteDefinition } from './routes/route.ts'

/** What any route may answer besides its own refusals: not understood, not let in, nothing there, too much, out of order. */
const refusalsOfAll = [400, 401, 403, 404, 406, 414, 429, 500]
const refusalsOfBodies = [408, 413, 415, 422]
const refusalsOfWrites = [50001, 50002, 50003, 50004]

export function openApiOf(routes: readonly RouteDefinition[], version: string): object {
  const paths: Record<string, Record<string, object>> = {}
  for (const route of routes) (paths[route.path] ??= {})[route.method.toLowerCase()] = operationOf(route)
  return {
    openapi: '3.0.3',
    info: {
      title: 'Millrace schema registry',
      version,
      description:
        'The HTTP interface of Confluent’s schema registry. Each path may also be asked within a context: /contexts/{context}/…',
      license: { name: 'Apache-2.0' },
    },
    paths,
    components: {
      schemas: answerSchemas,
      securitySchemes: { basic: { type: 'http', scheme: 'basic' }, bearer: { type: 'http', scheme: 'bearer' } },
    },
    security: [{}, { basic: [] }, { bearer: [] }],
  }
}

function operationOf(route: RouteDefinition): object {
  return {
    operationId: route.operation,
    summary: route.summary,
    tags: [route.tag],
    parameters: Object.entries(route.parameters).map(([name, { place, description, schema }]) => ({
      name,
      in: place,
      description,
      ...(place === 'path' ? { required: true } : {}),
      schema,
    })),
    ...(route.body ? { requestBody: { required: true, content: contentOf(bodyTypes, refTo(route.body.schema)) } } : {}),
    responses: { ...answerOf(route.answer), ...refusalsOf(route) },
  }
}

function answerOf(answer: AnswerSchema): Record<string, object> {
  if (answer === null) return { 204: { description: 'Done; there is nothing to say.' } }
  const schema = typeof answer === 'string' ? refTo(answer) : answer
  return { 200: { description: 'The answer.', content: contentOf(answerTypes, schema) } }
}

function refusalsOf(route: RouteDefinition): Record<string, object> {
  const codes = [
    ...route.refusals,
    ...refusalsOfAll,
    ...(route.body ? refusalsOfBodies : []),
    ...(route.isWrite ? refusalsOfWrites : []),
    ...('offset' in route.parameters ? [422] : []),
  ]
  const statuses = [...new Set(codes.map(statusOf))].sort()
  return Object.fromEntries(statuses.map(status => [status, refusalOf(status, codes)]))
}

function refusalOf(status: number, codes: readonly number[]): object {
  const special = [...new Set(codes)].filter(code => code >= 1000 && statusOf(code) === status).sort()
  const description = special.length > 0 ? `Refused; error codes ${special.join(', ')}.` : 'Refused.'
  return { description, content: contentOf(answerTypes, refTo('Error')) }
}

const statusOf = (code: number) => (code < 1000 ? code : Math.floor(code / 100))

const contentOf = (types: readonly string[], schema: JsonSchema) =>
  Object.fromEntries(types.map(type => [type, { schema }]))
