// Changing configurations and modes. Confluent: KafkaSchemaRegistry.updateConfig, deleteSubjectConfig, setMode, deleteSubjectMode.

import { errors } from '../errors.ts'
import { type ConfigUpdate, updatedConfig } from './config-update.ts'
import { checkWritable } from './decide-delete.ts'
import { type Decision, type DecisionContext, keyOf, recordBytes } from './draft.ts'
import type { Config, Mode, SchemaVersion } from './entities.ts'
import { subjectKey } from './record-keys.ts'
import { clearSubjectValue, configValue, modeValue } from './record-values.ts'
import { modeInScope, ownConfig, ownMode, type WholeConfig } from './scope.ts'
import type { RegistryState } from './state.ts'
import { contextOf, contextPrefix, defaultContext, isContext, isWithin } from './subject-name.ts'

/** @param scope a subject or a context in normal form; undefined for everything. @throws RegistryError 422, 42205 */
export function decideUpdateConfig(
  { state, limits }: DecisionContext,
  scope: string | undefined,
  update: ConfigUpdate,
): Decision<Config> {
  checkWritable(state, scope)
  const config = updatedConfig(state.config(scope), update)
  const record = { key: subjectKey('CONFIG', scope), value: configValue(scope, config) }
  if (recordBytes(record) > limits.recordBytesMax) throw errors.configTooLarge(limits.recordBytesMax)
  return { records: [record], result: config }
}

/** Answers what was configured. @throws RegistryError 40401, 42205 */
export function decideDeleteConfig({ state }: DecisionContext, scope: string | undefined): Decision<WholeConfig> {
  const config = ownConfig(state, scope)
  if (config === undefined) throw errors.subjectNotFound(scope!)
  checkWritable(state, scope)
  return { records: [{ key: subjectKey('CONFIG', scope), value: null }], result: config }
}

/**
 * Sets a mode, or with undefined takes it away. IMPORT, where ids are given by who writes, needs a scope without schemas, unless forced;
 * what was deleted softly there goes for good, so that its ids are free.
 * @throws RegistryError 42205, 42206
 */
export function decideSetMode(
  { state }: DecisionContext,
  scope: string | undefined,
  mode: Mode | undefined,
  isForced: boolean,
): Decision<void> {
  const isNewlyImport = mode === 'IMPORT' && modeInScope(state, scope) !== 'IMPORT'
  const cleared = isNewlyImport && !isForced ? clearedForImport(state, scope) : []
  const value = mode === undefined ? null : modeValue(scope, mode)
  return { records: [...cleared, { key: subjectKey('MODE', scope), value }], result: undefined }
}

function clearedForImport(state: RegistryState, scope: string | undefined) {
  if (state.hasSubjects(scope, false)) throw errors.operationNotPermitted('Cannot import since found existing subjects')
  const deleted: SchemaVersion[] = state
    .subjects()
    .filter(subject => isWithin(subject, scope))
    .flatMap(subject => state.versionsOf(subject))
  for (const { subject, version } of deleted) {
    if (state.referrersOf(subject, version).length > 0) throw errors.referenceExists({ subject, version })
  }
  const clear = { key: subjectKey('CLEAR_SUBJECT', scope), value: clearSubjectValue(scope) }
  return [...deleted.map(version => ({ key: keyOf(version), value: null })), clear]
}

/**
 * Takes a mode away, with `isRecursive` also those of a context's subjects; answers what it was.
 * @throws RegistryError 40401
 */
export function decideDeleteMode(
  { state }: DecisionContext,
  scope: string | undefined,
  isRecursive: boolean,
): Decision<Mode | undefined> {
  const mode = ownMode(state, scope)
  if (mode === undefined && !isRecursive) throw errors.subjectNotFound(scope!)
  const within = isRecursive && isContext(scope ?? '') ? subjectsWithModeIn(state, scope) : []
  const tombstones = [scope, ...within].map(name => ({ key: subjectKey('MODE', name), value: null }))
  return { records: tombstones, result: mode }
}

function subjectsWithModeIn(state: RegistryState, scope: string | undefined): string[] {
  const context = contextOf(scope ?? contextPrefix(defaultContext))
  return state.subjectsWithMode().filter(name => name !== scope && contextOf(name) === context)
}
