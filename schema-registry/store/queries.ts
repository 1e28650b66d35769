// What reads find, over the state alone. Confluent: the reading half of AbstractSchemaRegistry and InMemoryCache.

import type { SchemaVersion } from './entities.ts'
import type { ContextId } from './references.ts'
import { parseGuid } from './schema-guid.ts'
import type { RegistryState } from './state.ts'
import {
  contextOf,
  contextPrefix,
  defaultContext,
  formatSubject,
  normalizeSubject,
  parseSubject,
  relativeTo,
} from './subject-name.ts'

/** Which versions count: those that are not deleted, all, or only deleted ones. */
export type DeletedFilter = 'live' | 'all' | 'deleted'

const counts = (filter: DeletedFilter, isDeleted: boolean) => filter === 'all' || isDeleted === (filter === 'deleted')

/** @param version -1: the latest that is not deleted */
export function findVersion(
  state: RegistryState,
  subject: string,
  version: number,
  includeDeleted: boolean,
): SchemaVersion | undefined {
  if (version === -1) return state.latestOf(subject)
  const found = state.version(subject, version)
  return found && (includeDeleted || !found.isDeleted) ? found : undefined
}

/** As `findVersion`; a subject of the default context is also looked for in the others, in their order. */
export function findVersionInContexts(
  state: RegistryState,
  subject: string,
  version: number,
  includeDeleted: boolean,
): SchemaVersion | undefined {
  const found = findVersion(state, subject, version, includeDeleted)
  if (found || contextOf(subject) !== defaultContext) return found
  for (const context of state.contexts()) {
    const elsewhere = findVersion(
      state,
      contextPrefix(context) + parseSubject(subject).subject,
      version,
      includeDeleted,
    )
    if (elsewhere) return elsewhere
  }
  return undefined
}

/**
 * A version that has the id: under the subject where one is named, in its context when it is only a context. An id that a subject of the
 * default context does not have is also looked for under that subject in the other contexts, and then under any subject.
 */
export function findById(state: RegistryState, id: number, scope: string): SchemaVersion | undefined {
  const { context, subject } = parseSubject(scope)
  if (subject === '') return anyWithId(state, context, id)
  const found = underSubject(state, context, id, subject)
  if (found || context !== defaultContext) return found
  for (const other of state.contexts()) {
    const elsewhere = underSubject(state, other, id, subject)
    if (elsewhere) return elsewhere
  }
  return anyWithId(state, context, id)
}

function anyWithId(state: RegistryState, context: string, id: number): SchemaVersion | undefined {
  for (const [subject, version] of state.versionsWithId(context, id) ?? []) return state.version(subject, version)
  return undefined
}

function underSubject(state: RegistryState, context: string, id: number, subject: string): SchemaVersion | undefined {
  const name = formatSubject({ context, subject })
  const version = state.versionsWithId(context, id)?.get(name)
  return version === undefined ? undefined : state.version(name, version)
}

/** All subjects with the id that `findById` finds, as which version; undefined when nobody has it. */
export function findVersionsById(
  state: RegistryState,
  id: number,
  scope: string,
  includeDeleted: boolean,
): Array<{ readonly subject: string; readonly version: number }> | undefined {
  const found = findById(state, id, scope)
  if (found === undefined) return undefined
  const holders = [...(state.versionsWithId(contextOf(found.subject), id) ?? [])]
  return holders
    .filter(([subject, version]) => includeDeleted || state.version(subject, version)?.isDeleted === false)
    .map(([subject, version]) => ({ subject, version }))
}

/** The ids that a GUID has, one for each context that has the schema. */
export function findIdsByGuid(state: RegistryState, guidText: string): ContextId[] {
  const guid = parseGuid(guidText)
  if (guid === undefined) return []
  return [defaultContext, ...state.contexts()].flatMap(context => {
    const id = state.idOf(context, guid)
    return id === undefined ? [] : [{ context, id }]
  })
}

export function findByGuid(state: RegistryState, guidText: string): SchemaVersion | undefined {
  const [first] = findIdsByGuid(state, guidText)
  return first && anyWithId(state, first.context, first.id)
}

/** Ids of schemas that refer to a version. */
export function referencingIds(
  state: RegistryState,
  { subject, version }: SchemaVersion,
  includeDeleted: boolean,
): number[] {
  const isLive = ({ context, id }: ContextId) => {
    const holders = [...(state.versionsWithId(context, id) ?? [])]
    return holders.some(([holder, at]) => state.version(holder, at)?.isDeleted === false)
  }
  const referrers = state.referrersOf(subject, version)
  return referrers.filter(one => includeDeleted || isLive(one)).map(({ id }) => id)
}

/** Whether a subject starts with a prefix: `:*:` stands for any context, `:.st` for those that start so, else it is one context's. */
export function prefixMatcher(prefix: string): (subject: string) => boolean {
  if (prefix.startsWith(':.') && !prefix.includes(':', 2)) return name => contextOf(name).startsWith(prefix.slice(1))
  const wanted = parseSubject(prefix)
  return name => {
    const { context, subject } = parseSubject(name)
    return (wanted.context === '*' || wanted.context === context) && subject.startsWith(wanted.subject)
  }
}

/** Subjects with the prefix, in the order of code units. A subject is deleted when all its versions are. */
export function findSubjects(state: RegistryState, prefix: string, filter: DeletedFilter): string[] {
  const matches = prefixMatcher(prefix)
  return state
    .subjects()
    .filter(matches)
    .filter(subject => counts(filter, state.latestOf(subject) === undefined))
}

/** Versions of a subject, rising. */
export function findVersions(state: RegistryState, subject: string, filter: DeletedFilter): readonly SchemaVersion[] {
  return state.versionsOf(subject).filter(({ isDeleted }) => counts(filter, isDeleted))
}

export interface SchemaSearch {
  readonly prefix: string
  /** Also those that subjects with the prefix are aliases of. */
  readonly withAliases: boolean
  readonly includeDeleted: boolean
  readonly latestOnly: boolean
  /** Only schemas with a rule of this type; '' for all. */
  readonly ruleType: string
}

export interface FoundSchema {
  readonly version: SchemaVersion
  /** Subjects that stand for this one's. */
  readonly aliases: readonly string[]
}

/** Schemas by subject and version. */
export function findSchemas(state: RegistryState, search: SchemaSearch): FoundSchema[] {
  const aliases = search.withAliases ? aliasesOf(state, search.prefix) : new Map<string, string[]>()
  const matches = prefixMatcher(search.prefix)
  return state
    .subjects()
    .filter(subject => matches(subject) || aliases.has(subject))
    .flatMap(subject => {
      const versions = findVersions(state, subject, search.includeDeleted ? 'all' : 'live')
      const shown = search.latestOnly ? versions.slice(-1) : versions
      return shown.map(version => ({ version, aliases: aliases.get(subject) ?? [] }))
    })
    .filter(({ version }) => search.ruleType === '' || hasRuleOf(search.ruleType, version))
}

function hasRuleOf(type: string, { content }: SchemaVersion): boolean {
  const { migrationRules = [], domainRules = [], encodingRules = [] } = content.ruleSet ?? {}
  return [...migrationRules, ...domainRules, ...encodingRules].some(rule => rule.type === type)
}

function aliasesOf(state: RegistryState, prefix: string): Map<string, string[]> {
  const found = new Map<string, string[]>()
  for (const subject of state.configuredSubjects().filter(prefixMatcher(prefix))) {
    const alias = state.config(subject)?.alias
    if (!alias) continue
    const target = normalizeSubject(relativeTo(subject, alias))
    found.set(target, [...(found.get(target) ?? []), subject])
  }
  return found
}
