// /config: what is configured for everything, a context, a subject. Confluent: ConfigResource.

import { errors } from '../errors.ts'
import type { Registry } from '../registry.ts'
import { type ConfigUpdate, readConfigUpdate } from '../store/config-update.ts'
import type { Config } from '../store/entities.ts'
import { configFields } from '../store/entity-json.ts'
import { objectOf } from '../store/java-json.ts'
import { configInScope, ownConfig } from '../store/scope.ts'
import { isDefaultContext, isValidSubject, normalizeSubject } from '../store/subject-name.ts'
import { flag, subject } from './parameters.ts'
import { type BodyDefinition, type RouteDefinition, route } from './route.ts'

const tag = 'Config'
const defaultToGlobal = flag('Whether what holds from a wider scope is answered where nothing is configured.')
const body: BodyDefinition<ConfigUpdate> = { schema: 'ConfigUpdateRequest', read: readConfigUpdate }

/** What a path's subject or context is; undefined for the default context, which is everything. */
export const scopeNamed = (name: string): string | undefined =>
  isDefaultContext(name) ? undefined : normalizeSubject(name)

const answer = (config: Config) => objectOf(configFields(config))
const echo = (config: Config) => objectOf(configFields(config, 'compatibility'))

function get(registry: Registry, scope: string | undefined, asksWider: boolean): object {
  const config = asksWider ? configInScope(registry.state, scope) : ownConfig(registry.state, scope)
  if (config === undefined) throw errors.subjectCompatibilityNotConfigured(scope!)
  return answer(config)
}

async function update(registry: Registry, scope: string | undefined, change: ConfigUpdate): Promise<object> {
  if (scope !== undefined && !isValidSubject(scope, { isConfigOrMode: true })) throw errors.invalidSubject(scope)
  return echo(await registry.updateConfig(scope, change))
}

const getGlobal = route({
  method: 'GET',
  path: '/config',
  operation: 'getGlobalConfig',
  summary: 'What is configured for everything.',
  tag,
  parameters: { defaultToGlobal },
  answer: 'Config',
  refusals: [],
  handle: (registry, asked) => get(registry, undefined, asked.defaultToGlobal),
})

const updateGlobal = route({
  method: 'PUT',
  path: '/config',
  operation: 'updateGlobalConfig',
  summary: 'Configures everything: fields that are sent replace, null removes.',
  tag,
  parameters: {},
  body,
  answer: 'ConfigUpdateRequest',
  refusals: [42203, 42205, 42210],
  isWrite: true,
  handle: (registry, _asked, change) => update(registry, undefined, change),
})

const deleteGlobal = route({
  method: 'DELETE',
  path: '/config',
  operation: 'deleteGlobalConfig',
  summary: 'Goes back to the defaults; answers what was configured.',
  tag,
  parameters: {},
  answer: 'Config',
  refusals: [42205],
  isWrite: true,
  handle: async registry => answer(await registry.deleteConfig(undefined)),
})

const getSubject = route({
  method: 'GET',
  path: '/config/{subject}',
  operation: 'getSubjectConfig',
  summary: 'What is configured for a subject or a context.',
  tag,
  parameters: { subject, defaultToGlobal },
  answer: 'Config',
  refusals: [40408],
  handle: (registry, asked) => get(registry, scopeNamed(asked.subject), asked.defaultToGlobal),
})

const updateSubject = route({
  method: 'PUT',
  path: '/config/{subject}',
  operation: 'updateSubjectConfig',
  summary: 'Configures a subject or a context: fields that are sent replace, null removes.',
  tag,
  parameters: { subject },
  body,
  answer: 'ConfigUpdateRequest',
  refusals: [42203, 42205, 42208, 42210],
  isWrite: true,
  handle: (registry, asked, change) => update(registry, scopeNamed(asked.subject), change),
})

const deleteSubject = route({
  method: 'DELETE',
  path: '/config/{subject}',
  operation: 'deleteSubjectConfig',
  summary: 'Takes a subject’s or context’s configuration away; answers what it was.',
  tag,
  parameters: { subject },
  answer: 'Config',
  refusals: [40401, 42205],
  isWrite: true,
  handle: async (registry, asked) => answer(await registry.deleteConfig(scopeNamed(asked.subject))),
})

export const configRoutes: readonly RouteDefinition[] = [
  getGlobal,
  updateGlobal,
  deleteGlobal,
  getSubject,
  updateSubject,
  deleteSubject,
]
