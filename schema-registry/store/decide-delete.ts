// Deleting versions, subjects and contexts: first softly (they can still be read, and come back when registered again), then for good.
// Confluent: KafkaSchemaRegistry.deleteSchemaVersion, deleteSubject, deleteContext.

import { errors } from '../errors.ts'
import { type Decision, type DecisionContext, keyOf } from './draft.ts'
import { isReadOnly, type SchemaVersion } from './entities.ts'
import { contextKey, subjectKey } from './record-keys.ts'
import { deleteSubjectValue, schemaValue } from './record-values.ts'
import { modeInScope } from './scope.ts'
import type { RegistryState } from './state.ts'
import { contextOf, contextPrefix } from './subject-name.ts'

/**
 * Deletes one version. @param version -1: the latest
 * @throws RegistryError 40401, 40402, 40406, 40407, 42205, 42206
 */
export function decideDeleteVersion(
  { state }: DecisionContext,
  subject: string,
  version: number,
  isPermanent: boolean,
): Decision<number> {
  const target = version === -1 ? state.latestOf(subject) : state.version(subject, version)
  if (target?.isDeleted && !isPermanent) throw errors.versionSoftDeleted(subject, version)
  if (target === undefined) {
    throw state.hasSubjects(subject, true) ? errors.versionNotFound(version) : errors.subjectNotFound(subject)
  }
  checkWritable(state, subject)
  if (hasReferrers(state, target, { includeDeleted: isPermanent })) throw errors.referenceExists(target)
  if (!isPermanent) {
    return {
      records: [{ key: keyOf(target), value: schemaValue({ ...target, isDeleted: true }) }],
      result: target.version,
    }
  }
  if (!target.isDeleted) throw errors.versionNotSoftDeleted(subject, target.version)
  const isLast = state.versionsOf(subject).length === 1
  const records = [{ key: keyOf(target), value: null }, ...(isLast ? settingsTombstones(state, subject) : [])]
  return { records, result: target.version }
}

/**
 * Deletes all of a subject; answers its versions.
 * @throws RegistryError 40401, 40404, 40405, 42205, 42206
 */
export function decideDeleteSubject(
  { state }: DecisionContext,
  subject: string,
  isPermanent: boolean,
): Decision<number[]> {
  if (!state.hasSubjects(subject, true)) throw errors.subjectNotFound(subject)
  if (!isPermanent && !state.hasSubjects(subject, false)) throw errors.subjectSoftDeleted(subject)
  checkWritable(state, subject)
  const targets = state.versionsOf(subject).filter(({ isDeleted }) => isPermanent || !isDeleted)
  for (const target of targets) {
    if (hasReferrers(state, target, { includeDeleted: isPermanent, except: subject }))
      throw errors.referenceExists(target)
    if (isPermanent && !target.isDeleted) throw errors.subjectNotSoftDeleted(subject)
  }
  const versions = targets.map(({ version }) => version)
  if (isPermanent) {
    // From the newest, so that what refers to others of the subject goes before them.
    const tombstones = targets.map(target => ({ key: keyOf(target), value: null })).reverse()
    return { records: [...tombstones, ...settingsTombstones(state, subject)], result: versions }
  }
  const value = deleteSubjectValue(subject, versions.at(-1) ?? 0)
  return { records: [{ key: subjectKey('DELETE_SUBJECT', subject), value }], result: versions }
}

/** Forgets an empty context. @throws RegistryError 42211 */
export function decideDeleteContext({ state }: DecisionContext, scope: string): Decision<void> {
  if (state.hasSubjects(scope, true)) throw errors.contextNotEmpty(scope)
  return { records: [{ key: contextKey(contextOf(scope)), value: null }], result: undefined }
}

export function checkWritable(state: RegistryState, subject: string | undefined): void {
  if (!isReadOnly(modeInScope(state, subject))) return
  const context = contextPrefix(contextOf(subject ?? ''))
  throw errors.operationNotPermitted(`Subject ${subject ?? null} in context ${context} is in read-only mode`)
}

/** Whether schemas refer to the version: any, or only such that are not deleted themselves; those of one subject may be left out. */
export function hasReferrers(
  state: RegistryState,
  { subject, version }: SchemaVersion,
  { includeDeleted, except }: { readonly includeDeleted: boolean; readonly except?: string },
): boolean {
  return state.referrersOf(subject, version).some(({ context, id }) => {
    const holders = [...(state.versionsWithId(context, id) ?? [])]
    return holders.some(
      ([holder, at]) => holder !== except && (includeDeleted || state.version(holder, at)?.isDeleted === false),
    )
  })
}

// What was configured for the subject goes with its last version.
function settingsTombstones(state: RegistryState, subject: string) {
  const mode = state.mode(subject) === undefined ? [] : [{ key: subjectKey('MODE', subject), value: null }]
  const config = state.config(subject) === undefined ? [] : [{ key: subjectKey('CONFIG', subject), value: null }]
  return [...mode, ...config]
}
