// /compatibility: whether a schema could be registered, without registering it. Confluent: CompatibilityResource.

import { errors, RegistryError } from '../errors.ts'
import type { Registry } from '../registry.ts'
import { incompatibilities } from '../store/compatibility-level.ts'
import { readDraft } from '../store/draft.ts'
import type { SchemaVersion } from '../store/entities.ts'
import { findVersion, findVersions } from '../store/queries.ts'
import { configInScope } from '../store/scope.ts'
import { flag, subject, subjectNamed, version } from './parameters.ts'
import { type SchemaRequest, schemaBody } from './register-request.ts'
import { type RouteDefinition, route } from './route.ts'
import { draftOf, isNormalized } from './subjects.ts'

const tag = 'Compatibility'
const normalize = flag('Whether the schema is normalized first.')
const verbose = flag('Whether the answer says why not.')

interface Asked {
  readonly normalize: boolean
  readonly verbose: boolean
}

function check(
  registry: Registry,
  name: string,
  asked: Asked,
  request: SchemaRequest,
  versions: readonly SchemaVersion[],
) {
  const messages = messagesOf(registry, name, asked, request, versions)
  return { is_compatible: messages.length === 0, ...(asked.verbose ? { messages } : {}) }
}

// Asked verbosely, also a schema that cannot be read is an answer.
function messagesOf(
  registry: Registry,
  name: string,
  asked: Asked,
  request: SchemaRequest,
  versions: readonly SchemaVersion[],
): string[] {
  try {
    return compared(registry, name, asked, request, versions)
  } catch (error) {
    if (asked.verbose && error instanceof RegistryError && error.code === 42201) return [error.message]
    throw error
  }
}

function compared(
  registry: Registry,
  name: string,
  asked: Asked,
  request: SchemaRequest,
  versions: readonly SchemaVersion[],
) {
  const config = configInScope(registry.state, name)
  const options = {
    isNew: config.validateNewSchemas !== false,
    normalize: isNormalized(registry, name, asked.normalize),
  }
  const read = readDraft(registry.context, draftOf(name, request), options)
  if (read === undefined) throw errors.invalidSchema('Empty schema')
  const predecessors = versions.map(one => ({
    version: one.version,
    metadata: one.content.metadata,
    read: () => registry.context.parsed.ofVersion(one),
  }))
  return incompatibilities(config, read, predecessors)
}

const testVersion = route({
  method: 'POST',
  path: '/compatibility/subjects/{subject}/versions/{version}',
  operation: 'testVersionCompatibility',
  summary: 'Whether a schema agrees with one version of a subject, as the configured level asks for.',
  tag,
  parameters: { subject, version, normalize, verbose },
  body: schemaBody,
  answer: 'CompatibilityCheckResponse',
  refusals: [40402, 42201, 42202],
  handle: (registry, asked, request) => {
    const name = subjectNamed(registry, asked.subject)
    const found = findVersion(registry.state, name, asked.version, false)
    if (found === undefined && asked.version !== -1) throw errors.versionNotFound(asked.version)
    return check(registry, name, asked, request, found ? [found] : [])
  },
})

const testSubject = route({
  method: 'POST',
  path: '/compatibility/subjects/{subject}/versions',
  operation: 'testSubjectCompatibility',
  summary:
    'Whether a schema agrees with the versions of a subject that the configured level asks for, as on registration.',
  tag,
  parameters: { subject, normalize, verbose },
  body: schemaBody,
  answer: 'CompatibilityCheckResponse',
  refusals: [42201],
  handle: (registry, asked, request) => {
    const name = subjectNamed(registry, asked.subject)
    return check(registry, name, asked, request, findVersions(registry.state, name, 'live'))
  },
})

export const compatibilityRoutes: readonly RouteDefinition[] = [testVersion, testSubject]
