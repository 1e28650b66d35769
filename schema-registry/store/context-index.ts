// The ids of one context: which schema each stands for, under which subjects, and who refers to what. An id means one content; one
// content has one id. Confluent: InMemoryCache's guidToSubjectVersions, hashToGuid and referencedBy.

import type { SchemaVersion } from './entities.ts'

export class ContextIndex {
  /** The version that got the id last under each subject. */
  readonly #versionsById = new Map<number, Map<string, number>>()
  readonly #idByGuid = new Map<string, number>()
  readonly #guidsById = new Map<number, Set<string>>()
  #idMax = 0

  /** The highest id seen; it never falls, so that an id is not given twice. */
  get idMax(): number {
    return this.#idMax
  }

  /** Subjects and versions that have the id, in the order in which they got it. */
  versionsOf(id: number): ReadonlyMap<string, number> | undefined {
    return this.#versionsById.get(id)
  }

  idOf(guid: string): number | undefined {
    return this.#idByGuid.get(guid)
  }

  get idCount(): number {
    return this.#versionsById.size
  }

  add({ id, subject, version, guid }: SchemaVersion): void {
    this.#idMax = Math.max(this.#idMax, id)
    const versions = this.#versionsById.get(id)
    if (versions) versions.set(subject, version)
    else this.#versionsById.set(id, new Map([[subject, version]]))
    this.#idByGuid.set(guid, id)
    const guids = this.#guidsById.get(id)
    if (guids) guids.add(guid)
    else this.#guidsById.set(id, new Set([guid]))
  }

  /** Forgets that a subject has the id by this version. The id itself goes with the last. */
  remove({ id, subject, version }: SchemaVersion): void {
    const versions = this.#versionsById.get(id)
    if (versions?.get(subject) === version) versions.delete(subject)
    if (versions?.size !== 0) return
    this.#versionsById.delete(id)
    for (const guid of this.#guidsById.get(id) ?? []) if (this.#idByGuid.get(guid) === id) this.#idByGuid.delete(guid)
    this.#guidsById.delete(id)
  }
}
