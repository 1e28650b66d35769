// Registering a schema under a subject. Confluent: KafkaSchemaRegistry.register and registerOrForward, step by step in their order,
// since which refusal comes first is seen by clients.

import { errors } from '../errors.ts'
import { incompatibilities } from './compatibility-level.ts'
import {
  type Decision,
  type DecisionContext,
  type Draft,
  hasText,
  keyOf,
  type ReadDraft,
  readDraft,
  recordBytes,
} from './draft.ts'
import { isImportOrForward, isReadOnly, type Mode, type SchemaContent, type SchemaVersion } from './entities.ts'
import { type Found, lookUpAsItIs, meansTheSame, versionWithContent } from './lookup.ts'
import { annotationsFor, versionIn, withVersion } from './metadata.ts'
import { contextKey, contextValue, schemaKey } from './record-keys.ts'
import { schemaValue } from './record-values.ts'
import { configInScope, modeInScope, type WholeConfig } from './scope.ts'
import { contextOf, contextPrefix, defaultContext } from './subject-name.ts'

export interface RegisterOptions {
  readonly normalize: boolean
  /** Registers also what does not agree with earlier versions. */
  readonly force: boolean
}

/** What a registration answers. */
export interface Registered {
  readonly id: number
  readonly version: number
  readonly guid: string
  readonly content: SchemaContent
}

/**
 * The registration's answer when nothing has to be written for it, found in what has been read so far: also an instance that does not
 * lead gives it. Undefined: somebody has to decide.
 */
export function registeredAlready(
  context: DecisionContext,
  draft: Draft,
  options: RegisterOptions,
): Registered | undefined {
  const config = configInScope(context.state, draft.subject)
  const hasRules = config.defaultMetadata || config.overrideMetadata || config.defaultRuleSet || config.overrideRuleSet
  if (hasRules) return undefined
  const isLatest = draft.version === -1
  const found = lookUpAsItIs(context, draft, { ...options, includeDeleted: false, latestOnly: isLatest })
  if (found === undefined) return undefined
  if (draft.version === 0 || isLatest) return draft.id < 0 || draft.id === found.id ? registeredAs(found) : undefined
  return found.id === draft.id ? importedAlready(context, draft, found) : undefined
}

// One schema may have been imported as several versions of a subject.
function importedAlready({ state }: DecisionContext, draft: Draft, found: Found): Registered | undefined {
  if (found.version === draft.version) return registeredAs(found)
  const asked = state.version(draft.subject, draft.version)
  const isSame = asked && !asked.isDeleted && asked.id === found.id && asked.guid === found.guid
  return isSame ? registeredAs(asked) : undefined
}

const registeredAs = ({ id, version, guid, content }: SchemaVersion): Registered => ({ id, version, guid, content })

/**
 * Decides a registration: the records of a new version, or none when the subject has the schema.
 * @throws RegistryError 42201, 42205, 42209, 40901
 */
export function decideRegister(context: DecisionContext, draft: Draft, options: RegisterOptions): Decision<Registered> {
  const { state } = context
  const { subject } = draft
  const mode = modeInScope(state, subject)
  checkMode(draft, mode)
  const versions = state.versionsOf(subject)
  const versionNext = (versions.at(-1)?.version ?? 0) + 1
  const config = configInScope(state, subject)
  const whole = isImportOrForward(mode) ? draft : completed(config, draft, state.latestOf(subject), versionNext)
  const isNew = whole.id < 0 && config.validateNewSchemas !== false
  const read = readDraft(context, whole, { isNew, normalize: options.normalize })
  if (read === undefined) throw errors.invalidSchema('Empty schema')
  const known = knownAs(context, read)
  if (known?.version) return { records: [], result: registeredAs(known.version) }
  const id = known?.id ?? read.id
  const same = read.version === 0 && liveVersionMeaning(context, read, id)
  if (same) return { records: [], result: registeredAs(same) }
  if (!isImportOrForward(mode) && !options.force) checkCompatible(context, config, read)
  return newVersion(context, read, { id, versionNext, mode })
}

function checkMode({ subject, id }: Draft, mode: Mode): void {
  const where = `Subject ${subject} in context ${contextPrefix(contextOf(subject))}`
  if (isReadOnly(mode)) throw errors.operationNotPermitted(`${where} is in read-only mode`)
  if (id >= 0 && !isImportOrForward(mode)) throw errors.operationNotPermitted(`${where} is not in import mode`)
  if (id < 0 && mode !== 'READWRITE') throw errors.operationNotPermitted(`${where} is not in read-write mode`)
}

/** With the latest version's text where none was sent, and with the metadata and rules that come from it and the configuration. */
function completed(config: WholeConfig, draft: Draft, latest: SchemaVersion | undefined, versionNext: number): Draft {
  if (!hasText(draft) && latest === undefined) throw errors.invalidSchema('Empty schema')
  const { type, text, references } = hasText(draft) ? draft : latest!.content
  const { metadata, ruleSet } = annotationsFor(config, draft, latest?.content)
  const isVersionTold = draft.version !== 0 || versionIn(metadata) !== undefined
  const told = isVersionTold ? withVersion(metadata, versionNext) : metadata
  return { ...draft, type, text, references, metadata: told, ruleSet }
}

/** The id that the content has in this context, and the version if this subject has it. */
function knownAs(context: DecisionContext, read: ReadDraft) {
  const id = context.state.idOf(contextOf(read.subject), read.guid)
  if (id === undefined || (read.id >= 0 && read.id !== id)) return undefined
  const version = versionWithContent(context, read)
  return { id, version: read.version === 0 && version && !version.isDeleted ? version : undefined }
}

function liveVersionMeaning(context: DecisionContext, read: ReadDraft, id: number): SchemaVersion | undefined {
  return context.state
    .versionsOf(read.subject)
    .findLast(version => !version.isDeleted && (id < 0 || id === version.id) && meansTheSame(context, read, version))
}

function checkCompatible({ state, parsed }: DecisionContext, config: WholeConfig, read: ReadDraft): void {
  const live = state.versionsOf(read.subject).filter(({ isDeleted }) => !isDeleted)
  const predecessors = live.map(one => ({
    version: one.version,
    metadata: one.content.metadata,
    read: () => parsed.ofVersion(one),
  }))
  const messages = incompatibilities(config, read, predecessors)
  if (messages.length > 0) throw errors.incompatibleSchema(read.subject, messages)
}

function newVersion(
  context: DecisionContext,
  read: ReadDraft,
  { id, versionNext, mode }: { readonly id: number; readonly versionNext: number; readonly mode: Mode },
): Decision<Registered> {
  if (read.version > 0 && read.version !== versionNext && !isImportOrForward(mode)) {
    throw errors.invalidSchema('Version is not one more than previous version')
  }
  const version = read.version > 0 ? read.version : versionNext
  if (id >= 0) checkIdIsFree(context, read, id)
  const { type, text, references, metadata, ruleSet } = read
  const content = { type, text, references, metadata, ruleSet }
  const added = { ...read, version, content, id: id >= 0 ? id : nextId(context, read.subject), isDeleted: false }
  const record = { key: schemaKey(read.subject, version), value: schemaValue(added) }
  const { recordBytesMax } = context.limits
  if (recordBytes(record) > recordBytesMax) throw errors.schemaTooLarge(recordBytesMax)
  const records = [...contextRecords(context, read.subject), ...tombstones(context, added), record]
  const holds = () => {
    const applied = context.state.version(added.subject, version)
    return applied?.id === added.id && applied.guid === added.guid
  }
  return { records, result: registeredAs({ ...added, timestampMs: undefined }), holds }
}

function contextRecords({ state }: DecisionContext, subject: string) {
  const context = contextOf(subject)
  if (context === defaultContext || state.hasContext(context)) return []
  return [{ key: contextKey(context), value: contextValue(context) }]
}

// A deleted version with the same id would stand beside the new one. It stays when somebody refers to it, since references name versions.
function tombstones(
  { state }: DecisionContext,
  added: { readonly subject: string; readonly version: number; readonly id: number },
) {
  return state
    .versionsOf(added.subject)
    .filter(({ isDeleted, id, version }) => isDeleted && id === added.id && version < added.version)
    .filter(({ subject, version }) => state.referrersOf(subject, version).length === 0)
    .map(version => ({ key: keyOf(version), value: null }))
    .reverse()
}

function nextId({ state }: DecisionContext, subject: string): number {
  const context = contextOf(subject)
  // Confluent: IncrementalIdGenerator. No schema has the next id, since the highest never falls.
  return state.idMax(context) + 1
}

// Confluent: checkIfSchemaWithIdExist.
function checkIdIsFree({ state }: DecisionContext, read: ReadDraft, id: number): void {
  const context = contextOf(read.subject)
  const [holder] = state.versionsWithId(context, id) ?? []
  const existing = holder && state.version(...holder)
  if (existing === undefined || existing.guid === read.guid) return
  throw errors.operationNotPermitted(
    `Overwrite new schema with id ${id} in context ${contextPrefix(context)} is not permitted.`,
  )
}
