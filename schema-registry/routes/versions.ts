// /subjects/{subject}/versions and what is below it. Confluent: SubjectVersionsResource.

import { errors } from '../errors.ts'
import type { Registry } from '../registry.ts'
import { findVersions, referencingIds } from '../store/queries.ts'
import { isValidSubject } from '../store/subject-name.ts'
import { integerAnswer, lists } from './answer-schemas.ts'
import { formattedText, registeredAnswer, versionAnswer } from './answers.ts'
import { existingVersion } from './existing-version.ts'
import { flag, limit, offset, page, subject, subjectNamed, text, texts, version } from './parameters.ts'
import { schemaBody } from './register-request.ts'
import { RawText, type RouteDefinition, route } from './route.ts'
import { isNormalized } from './subjects.ts'
import { taggedDraft } from './tags.ts'

const tag = 'Subjects'
const format = text('Format of the schema in the answer, such as `resolved`.')
const deleted = flag('Whether a deleted version is answered too.')

const listVersions = route({
  method: 'GET',
  path: '/subjects/{subject}/versions',
  operation: 'getAllVersions',
  summary: 'Lists the versions of a subject.',
  tag,
  parameters: {
    subject,
    deleted: flag('Whether deleted ones are in it too.'),
    deletedOnly: flag('Whether only deleted ones are in it.'),
    deletedAsNegative: flag('Whether deleted ones are in it as negative numbers.'),
    offset,
    limit,
  },
  answer: lists.integers,
  refusals: [40401],
  handle: (registry, asked) => {
    const name = subjectNamed(registry, asked.subject)
    if (!registry.state.hasSubjects(name, asked.deleted || asked.deletedOnly)) throw errors.subjectNotFound(name)
    const filter = asked.deletedAsNegative ? 'all' : asked.deletedOnly ? 'deleted' : asked.deleted ? 'all' : 'live'
    const versions = page(findVersions(registry.state, name, filter), asked, Number.POSITIVE_INFINITY)
    return versions.map(one => (asked.deletedAsNegative && one.isDeleted ? -one.version : one.version))
  },
})

const registerSchema = route({
  method: 'POST',
  path: '/subjects/{subject}/versions',
  operation: 'registerSchema',
  summary: 'Registers a schema under a subject; one that the subject has already is answered as it is.',
  tag,
  parameters: {
    subject,
    normalize: flag('Whether the schema is normalized first.'),
    format,
    force: flag('Whether it is registered also when it does not agree with earlier versions.'),
  },
  body: schemaBody,
  answer: 'RegisterSchemaResponse',
  refusals: [40901, 42201, 42205, 42208, 42209, 42210, 50001, 50002],
  isWrite: true,
  answerHere: (registry, asked, request) => {
    if (request.tagsToAdd.length + request.tagsToRemove.length > 0 || request.propagatesTags) return undefined
    const name = validSubject(registry, asked.subject)
    const options = { normalize: isNormalized(registry, name, asked.normalize), force: asked.force }
    const registered = registry.registeredAlready({ ...request, subject: name }, options)
    return registered && registeredAnswer(registry, registered, name, asked.format)
  },
  handle: async (registry, asked, request) => {
    const name = validSubject(registry, asked.subject)
    const options = { normalize: isNormalized(registry, name, asked.normalize), force: asked.force }
    const registered = await registry.register(taggedDraft(registry, name, request), options)
    return registeredAnswer(registry, registered, name, asked.format)
  },
})

function validSubject(registry: Registry, name: string): string {
  const meant = subjectNamed(registry, name)
  if (!isValidSubject(meant)) throw errors.invalidSubject(meant)
  return meant
}

const getVersion = route({
  method: 'GET',
  path: '/subjects/{subject}/versions/{version}',
  operation: 'getSchemaByVersion',
  summary: 'A version of a subject.',
  tag,
  parameters: {
    subject,
    version,
    format,
    referenceFormat: text('`qualified`: references name their contexts too.'),
    deleted,
    findTags: texts('Tags whose records and fields are to be listed; `*` for all.'),
  },
  answer: 'Schema',
  refusals: [40401, 40402, 42201, 42202],
  handle: (registry, asked) =>
    versionAnswer(
      registry,
      existingVersion(registry, subjectNamed(registry, asked.subject), asked.version, asked.deleted),
      asked,
    ),
})

const getVersionText = route({
  method: 'GET',
  path: '/subjects/{subject}/versions/{version}/schema',
  operation: 'getVersionSchemaOnly',
  summary: 'The text of a version, and nothing else.',
  tag,
  parameters: { subject, version, format, deleted },
  answer: {},
  refusals: [40401, 40402, 42201, 42202],
  handle: (registry, asked) => {
    const found = existingVersion(registry, subjectNamed(registry, asked.subject), asked.version, asked.deleted)
    return new RawText(formattedText(registry, found, asked.format))
  },
})

const getReferencedBy = route({
  method: 'GET',
  path: '/subjects/{subject}/versions/{version}/referencedby',
  operation: 'getReferencedBy',
  summary: 'Ids of the schemas that refer to a version.',
  tag,
  parameters: { subject, version, deleted: flag('Whether deleted schemas count.'), offset, limit },
  answer: lists.integers,
  refusals: [40401, 40402, 42202],
  handle: (registry, asked) => {
    const found = existingVersion(registry, subjectNamed(registry, asked.subject), asked.version, true)
    return page(referencingIds(registry.state, found, asked.deleted), asked, registry.limits.schemasPerAnswerMax)
  },
})

const deleteVersion = route({
  method: 'DELETE',
  path: '/subjects/{subject}/versions/{version}',
  operation: 'deleteSchemaVersion',
  summary:
    'Deletes a version: softly, and then, asked again with `permanent`, for good. Its id stays readable until then.',
  tag,
  parameters: { subject, version, permanent: flag('Whether it is for good.') },
  answer: integerAnswer,
  refusals: [40401, 40402, 40406, 40407, 42202, 42205, 42206],
  isWrite: true,
  handle: (registry, asked) =>
    registry.deleteVersion(subjectNamed(registry, asked.subject), asked.version, asked.permanent),
})

export const versionRoutes: readonly RouteDefinition[] = [
  listVersions,
  registerSchema,
  getVersion,
  getVersionText,
  getReferencedBy,
  deleteVersion,
]
