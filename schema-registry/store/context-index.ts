// The ids of one context: which schema each stands for, and under which subjects. An id means one text; one content has one id.
// Confluent: InMemoryCache's guidToSubjectVersions and hashToGuid.
//
// Nearly every id has one subject and one GUID: that is kept without a map or a set of its own, which 100,000 times would be most of the
// memory.

import type { SchemaVersion } from './entities.ts'

interface Holder {
  readonly subject: string
  readonly version: number
}

export class ContextIndex {
  /** The version that got the id last under each subject. */
  readonly #holders = new Map<number, Holder | Map<string, number>>()
  readonly #idByGuid = new Map<string, number>()
  /** All GUIDs of ids that have had several: one text with different metadata, imported under one id. */
  readonly #guids = new Map<number, Set<string>>()
  #idMax = 0

  /** The highest id seen; it never falls, so that an id is not given twice. */
  get idMax(): number {
    return this.#idMax
  }

  /** Subjects and versions that have the id, in the order in which they got it. */
  versionsOf(id: number): ReadonlyMap<string, number> | undefined {
    const holders = this.#holders.get(id)
    return holders === undefined || holders instanceof Map ? holders : new Map([[holders.subject, holders.version]])
  }

  idOf(guid: string): number | undefined {
    return this.#idByGuid.get(guid)
  }

  add({ id, subject, version, guid }: SchemaVersion): void {
    this.#idMax = Math.max(this.#idMax, id)
    const known = this.#holders.get(id)
    if (known === undefined) this.#holders.set(id, { subject, version })
    else if (known instanceof Map) known.set(subject, version)
    else this.#holders.set(id, new Map([[known.subject, known.version]]).set(subject, version))
    if (known && this.#idByGuid.get(guid) !== id) this.#guidsOf(id).add(guid)
    this.#idByGuid.set(guid, id)
  }

  /** Forgets that a subject has the id by this version. The id itself goes with the last. */
  remove({ id, subject, version, guid }: SchemaVersion): void {
    const known = this.#holders.get(id)
    if (known instanceof Map) {
      if (known.get(subject) === version) known.delete(subject)
      if (known.size > 0) return
    } else if (known?.subject !== subject || known.version !== version) return
    this.#holders.delete(id)
    for (const one of this.#guids.get(id) ?? [guid]) if (this.#idByGuid.get(one) === id) this.#idByGuid.delete(one)
    this.#guids.delete(id)
  }

  #guidsOf(id: number): Set<string> {
    let guids = this.#guids.get(id)
    if (guids === undefined) {
      guids = new Set([...this.#idByGuid].filter(([, other]) => other === id).map(([guid]) => guid))
      this.#guids.set(id, guids)
    }
    return guids
  }
}
