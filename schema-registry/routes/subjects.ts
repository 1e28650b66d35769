// /subjects and /subjects/{subject}: lists, lookups, deletion. Confluent: SubjectsResource.

import { errors } from '../errors.ts'
import type { Registry } from '../registry.ts'
import type { Draft } from '../store/draft.ts'
import type { SchemaVersion } from '../store/entities.ts'
import { lookUpInContexts } from '../store/lookup.ts'
import { findSubjects } from '../store/queries.ts'
import { configInScope } from '../store/scope.ts'
import { lists } from './answer-schemas.ts'
import { versionAnswer } from './answers.ts'
import { flag, limit, offset, page, subject, subjectNamed, text, texts } from './parameters.ts'
import { type SchemaRequest, schemaBody } from './register-request.ts'
import { type RouteDefinition, route } from './route.ts'

const tag = 'Subjects'

/** The request under its subject. */
export const draftOf = (name: string, request: SchemaRequest): Draft => ({ ...request, subject: name })

/** Whether a schema is normalized: because the request says so, or the configuration. */
export const isNormalized = (registry: Registry, name: string, asked: boolean): boolean =>
  asked || configInScope(registry.state, name).normalize === true

function notFound(registry: Registry, name: string, includeDeleted: boolean): Error {
  return registry.state.hasSubjects(name, includeDeleted) ? errors.schemaNotFound() : errors.subjectNotFound(name)
}

const listSubjects = route({
  method: 'GET',
  path: '/subjects',
  operation: 'getAllSubjects',
  summary: 'Lists subjects, by default those of all contexts.',
  tag,
  parameters: {
    subjectPrefix: text('What their names start with; `:*:` stands for any context.', ':*:'),
    offset,
    limit,
    deleted: flag('Whether those of which all versions are deleted are in it too.'),
    deletedOnly: flag('Whether only those are in it.'),
  },
  answer: lists.texts,
  refusals: [],
  handle: (registry, asked) => {
    const filter = asked.deletedOnly ? 'deleted' : asked.deleted ? 'all' : 'live'
    return page(findSubjects(registry.state, asked.subjectPrefix, filter), asked, Number.POSITIVE_INFINITY)
  },
})

const lookUpSchema = route({
  method: 'POST',
  path: '/subjects/{subject}',
  operation: 'lookUpSchemaUnderSubject',
  summary: 'Finds the version under which the subject has a schema.',
  tag,
  parameters: {
    subject,
    normalize: flag('Whether the schema is normalized first.'),
    format: text('Format of the schema in the answer, such as `resolved`.'),
    deleted: flag('Whether deleted versions count.'),
  },
  body: schemaBody,
  answer: 'Schema',
  refusals: [40401, 40403, 42201],
  handle: (registry, asked, request) => {
    const name = subjectNamed(registry, asked.subject)
    const options = { normalize: isNormalized(registry, name, asked.normalize), includeDeleted: asked.deleted }
    const found = lookUpInContexts(registry.context, draftOf(name, request), options)
    if (found === undefined) throw notFound(registry, name, asked.deleted)
    return versionAnswer(registry, found, asked)
  },
})

const getLatestWithMetadata = route({
  method: 'GET',
  path: '/subjects/{subject}/metadata',
  operation: 'getLatestWithMetadata',
  summary: 'The latest version whose metadata have the given properties.',
  tag,
  parameters: {
    subject,
    key: texts('Names of properties.'),
    value: texts('Their values, in the same order.'),
    format: text('Format of the schema in the answer, such as `resolved`.'),
    deleted: flag('Whether deleted versions count.'),
  },
  answer: 'Schema',
  refusals: [40401, 40403, 42201],
  handle: (registry, asked) => {
    const name = subjectNamed(registry, asked.subject)
    const wanted = asked.key.slice(0, asked.value.length).map((key, index) => [key, asked.value[index]] as const)
    const found = registry.state
      .versionsOf(name)
      .findLast(version => (asked.deleted || !version.isDeleted) && hasProperties(version, wanted))
    if (found === undefined) throw notFound(registry, name, asked.deleted)
    return versionAnswer(registry, found, asked)
  },
})

// A schema without metadata has not even no properties.
function hasProperties(
  { content }: SchemaVersion,
  wanted: ReadonlyArray<readonly [string, string | undefined]>,
): boolean {
  const { metadata } = content
  const last = new Map(wanted)
  return metadata !== undefined && [...last].every(([key, value]) => metadata.properties.get(key) === value)
}

const deleteSubject = route({
  method: 'DELETE',
  path: '/subjects/{subject}',
  operation: 'deleteSubject',
  summary: 'Deletes all versions of a subject: softly, and then, asked again with `permanent`, for good.',
  tag,
  parameters: { subject, permanent: flag('Whether it is for good.') },
  answer: lists.integers,
  refusals: [40401, 40404, 40405, 42205, 42206],
  isWrite: true,
  handle: (registry, asked) => registry.deleteSubject(subjectNamed(registry, asked.subject), asked.permanent),
})

export const subjectRoutes: readonly RouteDefinition[] = [
  listSubjects,
  lookUpSchema,
  getLatestWithMetadata,
  deleteSubject,
]
