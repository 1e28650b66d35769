// /subjects/{subject}/versions/{version}/tags: a new version that is the old one with other tags, metadata and rules; and tags that come
// with a registration. Confluent: SubjectVersionsResource.modifyTags, AbstractSchemaRegistry.modifySchemaTags and toSchemaWithTags.

import { errors } from '../errors.ts'
import type { Registry } from '../registry.ts'
import { type Draft, hasText } from '../store/draft.ts'
import type { Rule, RuleSet, SchemaVersion } from '../store/entities.ts'
import { checkRuleSet, mergedRuleSets, withVersion } from '../store/metadata.ts'
import { findTags, type TagChanges, withTags } from '../store/schema-tags.ts'
import { isValidSubject } from '../store/subject-name.ts'
import { registeredAnswer } from './answers.ts'
import { existingVersion } from './existing-version.ts'
import { subject, subjectNamed, version } from './parameters.ts'
import { type SchemaRequest, type TagRequest, tagBody } from './register-request.ts'
import { type RouteDefinition, route } from './route.ts'

/** A registration's draft with the tags that it asks for in its text. */
export function taggedDraft(registry: Registry, name: string, request: SchemaRequest): Draft {
  const latest = request.propagatesTags ? registry.state.latestOf(name) : undefined
  const inherited = latest ? findTags(latest.content, ['*']) : []
  const isTagged = request.tagsToAdd.length + request.tagsToRemove.length > 0
  const draft = { ...request, subject: name }
  if (!hasText(draft) || (!isTagged && inherited.length === 0)) return draft
  const text = retagged(registry, draft, { added: request.tagsToAdd, removed: request.tagsToRemove, inherited })
  // With tags the version is told in the metadata: -1 is the latest.
  return { ...draft, text, version: isTagged && draft.version === 0 ? -1 : draft.version }
}

function retagged(registry: Registry, draft: Draft, changes: TagChanges): string {
  const { schema } = registry.context.parsed.parse({ ...draft, text: draft.text! }, { isNew: false })
  if (draft.type !== 'AVRO') {
    throw errors.invalidSchema(`Tags inside of ${draft.type} schemas are not known; register the text with them`)
  }
  return withTags(schema.canonicalText, changes)
}

const modifyTags = route({
  method: 'POST',
  path: '/subjects/{subject}/versions/{version}/tags',
  operation: 'modifySchemaTags',
  summary: 'Registers a version again with other tags, metadata or rules.',
  tag: 'Subjects',
  parameters: { subject, version },
  body: tagBody,
  answer: 'RegisterSchemaResponse',
  refusals: [40401, 40402, 40901, 42201, 42202, 42205, 42208, 42209, 42210],
  isWrite: true,
  handle: async (registry, asked, request) => {
    const name = subjectNamed(registry, asked.subject)
    if (!isValidSubject(name)) throw errors.invalidSubject(name)
    const found = existingVersion(registry, name, asked.version, false)
    checkRules(request)
    const registered = await registry.register(modifiedDraft(registry, found, request), {
      normalize: false,
      force: false,
    })
    return registeredAnswer(registry, registered, name, '')
  },
})

function checkRules({ ruleSet, rulesToMerge, rulesToRemove }: TagRequest): void {
  if ((rulesToMerge || rulesToRemove) && ruleSet) {
    throw errors.invalidRuleSet('ruleSet should be omitted if specifying rulesToMerge or rulesToRemove')
  }
  checkRuleSet(rulesToMerge)
  checkRuleSet(ruleSet)
}

function modifiedDraft(registry: Registry, found: SchemaVersion, request: TagRequest): Draft {
  const { type, text, references, metadata } = found.content
  const newVersion = request.newVersion ?? 0
  const draft = {
    subject: found.subject,
    type,
    text,
    references,
    metadata: withVersion(request.metadata ?? metadata, newVersion),
    ruleSet: modifiedRules(registry, found, request),
    unknown: found.unknown,
    id: -1,
    version: newVersion,
  }
  return { ...draft, text: retagged(registry, draft, { added: request.tagsToAdd, removed: request.tagsToRemove }) }
}

function modifiedRules(registry: Registry, found: SchemaVersion, request: TagRequest): RuleSet | undefined {
  if (!request.rulesToMerge && !request.rulesToRemove) return request.ruleSet
  const before =
    request.newVersion === undefined ? undefined : registry.state.version(found.subject, request.newVersion - 1)
  const old = before ?? registry.state.latestOf(found.subject)
  const merged = mergedRuleSets(old?.content.ruleSet, request.rulesToMerge)
  const removed = new Set(request.rulesToRemove)
  const without = (rules: readonly Rule[]) => rules.filter(({ name }) => name === undefined || !removed.has(name))
  return (
    merged && {
      ...merged,
      migrationRules: without(merged.migrationRules),
      domainRules: without(merged.domainRules),
      encodingRules: without(merged.encodingRules),
    }
  )
}

export const tagRoutes: readonly RouteDefinition[] = [modifyTags]
