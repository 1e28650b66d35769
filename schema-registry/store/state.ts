// All that the registry knows, made of the records of `_schemas` and of nothing else: `apply` is the only way it changes, and reading
// the topic from its start makes the same state again. What is decided is decided elsewhere (decide-*.ts) by reading this.
//
// Memory: a content is kept once, whoever has it; texts are not parsed here. A record that cannot be read, and a schema that takes an
// id which stands for another one, are passed over, as Confluent's KafkaStoreMessageHandler does, and counted.

import { ContextIndex } from './context-index.ts'
import type { Config, Mode, SchemaContent, SchemaVersion } from './entities.ts'
import { FieldError } from './field-reader.ts'
import type { RecordKey } from './record-keys.ts'
import { readConfigValue, readDeletedVersion, readKey, readModeValue, readSchemaValue } from './record-reader.ts'
import { type ContextId, References } from './references.ts'
import { guidOf } from './schema-guid.ts'
import type { SchemasRecord, SchemasSink } from './schemas-log.ts'
import { contextOf, isContext, isWithin, normalizeSubject } from './subject-name.ts'

export interface StateOptions {
  /** Told of records that are passed over, with the reason. */
  readonly onIgnored?: (record: SchemasRecord, offset: bigint, reason: string) => void
}

interface SharedContent {
  readonly content: SchemaContent
  uses: number
}

export class RegistryState implements SchemasSink {
  readonly #options: StateOptions
  /** By subject, versions rising. */
  readonly #subjects = new Map<string, SchemaVersion[]>()
  readonly #contexts = new Map<string, ContextIndex>()
  readonly #contents = new Map<string, SharedContent>()
  readonly #references = new References()
  readonly #configs = new Map<string, Config>()
  readonly #modes = new Map<string, Mode>()
  readonly #declaredContexts = new Set<string>()
  #sortedSubjects: readonly string[] | undefined
  #ignoredCount = 0
  #removalCount = 0

  constructor(options: StateOptions = {}) {
    this.#options = options
  }

  /** Records passed over so far. */
  get ignoredCount(): number {
    return this.#ignoredCount
  }

  /** Rises whenever a schema goes: what was parsed with it as a reference no longer holds. */
  get removalCount(): number {
    return this.#removalCount
  }

  get subjectCount(): number {
    return this.#subjects.size
  }

  /** Different contents, deleted ones included. */
  get contentCount(): number {
    return this.#contents.size
  }

  apply(record: SchemasRecord, offset: bigint): void {
    try {
      this.#applyKey(readKey(record.key), record, offset)
    } catch (error) {
      if (!(error instanceof FieldError)) throw error
      this.#ignore(record, offset, error.message)
    }
  }

  // ---- what is asked

  version(subject: string, version: number): SchemaVersion | undefined {
    const versions = this.#subjects.get(subject)
    return versions?.[positionOf(versions, version)]
  }

  /** All versions, rising, deleted ones included. */
  versionsOf(subject: string): readonly SchemaVersion[] {
    return this.#subjects.get(subject) ?? []
  }

  /** The highest version that is not deleted. */
  latestOf(subject: string): SchemaVersion | undefined {
    return this.versionsOf(subject).findLast(({ isDeleted }) => !isDeleted)
  }

  /** All subjects in the order of code units, those of which all is deleted included. */
  subjects(): readonly string[] {
    this.#sortedSubjects ??= [...this.#subjects.keys()].sort()
    return this.#sortedSubjects
  }

  /** Whether the scope (a subject, a context, undefined for all) has any schema. */
  hasSubjects(scope: string | undefined, includeDeleted: boolean): boolean {
    const counts = (subject: string) => this.versionsOf(subject).some(({ isDeleted }) => includeDeleted || !isDeleted)
    if (scope !== undefined && !isContext(scope)) return counts(scope)
    for (const subject of this.#subjects.keys()) if (isWithin(subject, scope) && counts(subject)) return true
    return false
  }

  /** Contexts that something was registered in, the default one left out, in the order of code units. */
  contexts(): string[] {
    return [...this.#declaredContexts].sort()
  }

  hasContext(context: string): boolean {
    return this.#declaredContexts.has(context)
  }

  /** Which subjects have the id, and as which version. */
  versionsWithId(context: string, id: number): ReadonlyMap<string, number> | undefined {
    return this.#contexts.get(context)?.versionsOf(id)
  }

  idOf(context: string, guid: string): number | undefined {
    return this.#contexts.get(context)?.idOf(guid)
  }

  /** The highest id of the context so far; 0 where there was none. */
  idMax(context: string): number {
    return this.#contexts.get(context)?.idMax ?? 0
  }

  /** Ids of the schemas that refer to a version, deleted ones included. */
  referrersOf(subject: string, version: number): ContextId[] {
    return this.#references.to(subject, version)
  }

  /** What is configured for exactly this: a subject, a context, or (undefined) everything. */
  config(subject: string | undefined): Config | undefined {
    return this.#configs.get(subject ?? '')
  }

  /** Subjects and contexts that have a configuration of their own. */
  configuredSubjects(): string[] {
    return [...this.#configs.keys()].filter(subject => subject !== '').sort()
  }

  mode(subject: string | undefined): Mode | undefined {
    return this.#modes.get(subject ?? '')
  }

  subjectsWithMode(): string[] {
    return [...this.#modes.keys()].filter(subject => subject !== '').sort()
  }

  // ---- how it changes

  #applyKey(key: RecordKey, record: SchemasRecord, offset: bigint): void {
    if (record.value === null) this.#applyTombstone(key)
    else this.#applyValue(key, { ...record, value: record.value }, offset)
  }

  // That of a deletion is only the cleaner's: what was deleted stays so.
  #applyTombstone(key: RecordKey): void {
    if (key.type === 'SCHEMA') this.#removeVersion(key.subject, key.version)
    else if (key.type === 'CONFIG') this.#configs.delete(key.subject ?? '')
    else if (key.type === 'MODE') this.#modes.delete(key.subject ?? '')
    else if (key.type === 'CONTEXT') this.#declaredContexts.delete(key.context)
  }

  #applyValue(key: RecordKey, record: SchemasRecord & { readonly value: string }, offset: bigint): void {
    if (key.type === 'SCHEMA') this.#put(key, record, offset)
    else if (key.type === 'CONFIG') this.#configs.set(key.subject ?? '', readConfigValue(record.value))
    else if (key.type === 'MODE') setOrDelete(this.#modes, key.subject ?? '', readModeValue(record.value))
    else if (key.type === 'CONTEXT') this.#declaredContexts.add(key.context)
    else if (key.type === 'DELETE_SUBJECT') this.#deleteUpTo(key.subject, readDeletedVersion(record.value))
    else if (key.type === 'CLEAR_SUBJECT') this.#clear(key.subject)
  }

  #put(
    key: { readonly subject: string; readonly version: number },
    record: SchemasRecord & { readonly value: string },
    offset: bigint,
  ): void {
    const read = readSchemaValue(record.value, key)
    const context = contextOf(key.subject)
    const holder = this.#anyWithId(context, read.id)
    if (holder && holder.content.text !== read.content.text) {
      this.#ignore(record, offset, `id ${read.id} of context ${context} already stands for another schema`)
      return
    }
    const guid = read.guid ?? guidOf(read.content)
    const added = { ...read, guid, content: this.#share(guid, read.content), timestampMs: record.timestampMs }
    const old = this.version(key.subject, key.version)
    if (old) this.#replace(old, added)
    else this.#insert(added)
    this.#indexOf(context).add(added)
    this.#references.add(added)
  }

  #insert(added: SchemaVersion): void {
    const versions = this.#subjects.get(added.subject)
    if (versions === undefined) {
      this.#subjects.set(added.subject, [added])
      this.#sortedSubjects = undefined
    } else {
      const after = versions.findLastIndex(({ version }) => version < added.version)
      versions.splice(after + 1, 0, added)
    }
  }

  // Mostly the same schema, now deleted: it keeps its place among those that have its id.
  #replace(old: SchemaVersion, added: SchemaVersion): void {
    const versions = this.#subjects.get(old.subject)!
    versions[positionOf(versions, old.version)] = added
    if (old.id !== added.id) this.#indexOf(contextOf(old.subject)).remove(old)
    if (old.guid !== added.guid) this.#removalCount++
    this.#references.remove(old)
    this.#release(old)
  }

  #removeVersion(subject: string, version: number): void {
    const versions = this.#subjects.get(subject)
    const position = versions ? positionOf(versions, version) : -1
    if (versions === undefined || position < 0) return
    const [removed] = versions.splice(position, 1)
    if (versions.length === 0) {
      this.#subjects.delete(subject)
      this.#sortedSubjects = undefined
    }
    this.#indexOf(contextOf(subject)).remove(removed!)
    this.#references.remove(removed!)
    this.#release(removed!)
    this.#removalCount++
  }

  #deleteUpTo(subject: string, version: number): void {
    const versions = this.#subjects.get(subject)
    versions?.forEach((one, position) => {
      if (one.version <= version && !one.isDeleted) versions[position] = { ...one, isDeleted: true }
    })
  }

  /** Forgets what is deleted within the scope. */
  #clear(scope: string | undefined): void {
    const named = scope && normalizeSubject(scope)
    const isOne = named !== undefined && !isContext(named)
    const within = isOne ? [named] : [...this.#subjects.keys()].filter(subject => isWithin(subject, named))
    for (const subject of within) {
      const deleted = this.versionsOf(subject).filter(({ isDeleted }) => isDeleted)
      for (const { version } of deleted) this.#removeVersion(subject, version)
    }
  }

  #anyWithId(context: string, id: number): SchemaVersion | undefined {
    for (const [subject, version] of this.versionsWithId(context, id) ?? []) return this.version(subject, version)
    return undefined
  }

  #indexOf(context: string): ContextIndex {
    let index = this.#contexts.get(context)
    if (index === undefined) this.#contexts.set(context, (index = new ContextIndex()))
    return index
  }

  #share(guid: string, content: SchemaContent): SchemaContent {
    const name = contentName(guid, content)
    const known = this.#contents.get(name)
    if (known) known.uses++
    else this.#contents.set(name, { content, uses: 1 })
    return known?.content ?? content
  }

  #release({ guid, content }: SchemaVersion): void {
    const name = contentName(guid, content)
    const known = this.#contents.get(name)
    if (known && --known.uses === 0) this.#contents.delete(name)
  }

  #ignore(record: SchemasRecord, offset: bigint, reason: string): void {
    this.#ignoredCount++
    this.#options.onIgnored?.(record, offset, reason)
  }
}

// A GUID does not tell types apart. Nearly all are Avro: theirs is the name itself, which is kept anyway.
const contentName = (guid: string, { type }: SchemaContent) => (type === 'AVRO' ? guid : `${type} ${guid}`)

function positionOf(versions: readonly SchemaVersion[], version: number): number {
  // Nearly always versions are 1, 2, 3 … without a gap.
  if (versions[version - 1]?.version === version) return version - 1
  return versions.findIndex(one => one.version === version)
}

function setOrDelete<T>(map: Map<string, T>, key: string, value: T | undefined): void {
  if (value === undefined) map.delete(key)
  else map.set(key, value)
}
