// /schemas: all schemas, and those with an id or a GUID. Confluent: SchemasResource.

import { errors } from '../errors.ts'
import type { Registry } from '../registry.ts'
import type { SchemaVersion } from '../store/entities.ts'
import { findByGuid, findById, findIdsByGuid, findSchemas, findVersionsById } from '../store/queries.ts'
import { contextOf } from '../store/subject-name.ts'
import { lists } from './answer-schemas.ts'
import { formattedText, schemaStringAnswer, versionAnswer } from './answers.ts'
import { flag, guid, id, limit, offset, page, subjectNamed, text, texts } from './parameters.ts'
import { RawText, type RouteDefinition, route } from './route.ts'

const tag = 'Schemas'
const format = text('Format of the schema in the answer, such as `resolved`.')
const subject = text('Subject, or `:.context:`, that the id is meant in.')
const deleted = flag('Whether deleted versions count.')

const getSchemas = route({
  method: 'GET',
  path: '/schemas',
  operation: 'getSchemas',
  summary: 'Lists schemas by subject and version, by default those of the default context.',
  tag,
  parameters: {
    subjectPrefix: text('What the names of their subjects start with; `:*:` stands for any context.'),
    aliases: flag('Whether those that subjects with the prefix are aliases of are in it too.'),
    deleted,
    latestOnly: flag('Whether only the latest version of each subject is in it.'),
    ruleType: text('Only those with a rule of this type.'),
    resourceType: text('Associations are not kept here: with this, nothing is found.'),
    associationType: texts('Associations are not kept here: with this, nothing is found.'),
    lifecycle: texts('Associations are not kept here: only `NONE` finds something.'),
    offset,
    limit,
  },
  answer: lists.of('ExtendedSchema'),
  refusals: [],
  handle: (registry, asked) => {
    if (isAskedByAssociation(asked)) return []
    const found = findSchemas(registry.state, {
      prefix: asked.subjectPrefix,
      withAliases: asked.aliases,
      includeDeleted: asked.deleted,
      latestOnly: asked.latestOnly,
      ruleType: asked.ruleType,
    })
    return page(found, asked, registry.limits.schemasPerAnswerMax).map(({ version, aliases }) => {
      const shown = versionAnswer(registry, version)
      return aliases.length > 0 ? { ...shown, aliases } : shown
    })
  },
})

function isAskedByAssociation(asked: {
  readonly resourceType: string
  readonly associationType: readonly string[]
  readonly lifecycle: readonly string[]
}): boolean {
  if (asked.lifecycle.includes('NONE')) return false
  return asked.resourceType !== '' || asked.associationType.length > 0 || asked.lifecycle.length > 0
}

/** @throws RegistryError 40403 */
function existing(registry: Registry, wanted: number, scope: string): SchemaVersion {
  const found = findById(registry.state, wanted, scope === '' ? '' : subjectNamed(registry, scope))
  if (found === undefined) throw errors.schemaNotFound(wanted)
  return found
}

const getById = route({
  method: 'GET',
  path: '/schemas/ids/{id}',
  operation: 'getSchemaById',
  summary: 'The schema with an id.',
  tag,
  parameters: {
    id,
    subject,
    format,
    referenceFormat: text('`qualified`: references name their contexts too.'),
    findTags: texts('Tags whose records and fields are to be listed; `*` for all.'),
    fetchMaxId: flag('Whether the highest id of the context is answered too.'),
  },
  answer: 'SchemaString',
  refusals: [40403, 42201],
  handle: (registry, asked) => {
    const found = existing(registry, asked.id, asked.subject)
    const idMax = asked.fetchMaxId ? Math.max(1, registry.state.idMax(contextOf(found.subject))) : undefined
    // Named one by one: V8 makes a hidden class for each object that is spread from one with names computed, each linked to the last, and
    // what a request leaves behind stays until the whole heap is marked: 10 MB a second at 27,000 requests/s.
    const { format, referenceFormat, findTags } = asked
    return schemaStringAnswer(registry, found, { format, referenceFormat, findTags, hasSubject: true, idMax })
  },
})

const getTextById = route({
  method: 'GET',
  path: '/schemas/ids/{id}/schema',
  operation: 'getOnlySchemaById',
  summary: 'The text of the schema with an id, and nothing else.',
  tag,
  parameters: { id, subject, format },
  answer: {},
  refusals: [40403, 42201],
  handle: (registry, asked) =>
    new RawText(formattedText(registry, existing(registry, asked.id, asked.subject), asked.format)),
})

const getSubjectsById = route({
  method: 'GET',
  path: '/schemas/ids/{id}/subjects',
  operation: 'getAllSubjectsById',
  summary: 'The subjects that have the schema with an id.',
  tag,
  parameters: { id, subject, deleted, offset, limit },
  answer: lists.texts,
  refusals: [40403],
  handle: (registry, asked) => {
    const subjects = new Set(holders(registry, asked).map(one => one.subject))
    return page([...subjects], asked, Number.POSITIVE_INFINITY)
  },
})

const getVersionsById = route({
  method: 'GET',
  path: '/schemas/ids/{id}/versions',
  operation: 'getAllVersionsById',
  summary: 'The subjects that have the schema with an id, and as which version.',
  tag,
  parameters: { id, subject, deleted, offset, limit },
  answer: lists.of('SubjectVersion'),
  refusals: [40403],
  handle: (registry, asked) => page(holders(registry, asked), asked, Number.POSITIVE_INFINITY),
})

function holders(
  registry: Registry,
  asked: { readonly id: number; readonly subject: string; readonly deleted: boolean },
) {
  const scope = asked.subject === '' ? '' : subjectNamed(registry, asked.subject)
  const found = findVersionsById(registry.state, asked.id, scope, asked.deleted)
  if (found === undefined) throw errors.schemaNotFound()
  return found
}

const getByGuid = route({
  method: 'GET',
  path: '/schemas/guids/{guid}',
  operation: 'getSchemaByGuid',
  summary: 'The schema with a GUID.',
  tag,
  parameters: { guid, format },
  answer: 'SchemaString',
  refusals: [40403, 42201],
  handle: (registry, asked) => {
    const found = findByGuid(registry.state, asked.guid)
    if (found === undefined) throw errors.schemaNotFound(asked.guid)
    return schemaStringAnswer(registry, found, { format: asked.format, hasSubject: false })
  },
})

const getIdsByGuid = route({
  method: 'GET',
  path: '/schemas/guids/{guid}/ids',
  operation: 'getAllIdsByGuid',
  summary: 'The ids of the schema with a GUID, one for each context that has it.',
  tag,
  parameters: { guid },
  answer: lists.of('ContextId'),
  refusals: [],
  handle: (registry, asked) => findIdsByGuid(registry.state, asked.guid),
})

const getTypes = route({
  method: 'GET',
  path: '/schemas/types',
  operation: 'getSchemaTypes',
  summary: 'The types of schemas that can be registered.',
  tag,
  parameters: {},
  answer: lists.texts,
  refusals: [],
  handle: registry => registry.context.parsed.typeNames,
})

export const schemaRoutes: readonly RouteDefinition[] = [
  getSchemas,
  getById,
  getTextById,
  getSubjectsById,
  getVersionsById,
  getByGuid,
  getIdsByGuid,
  getTypes,
]
