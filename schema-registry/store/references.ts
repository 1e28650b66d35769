// Who refers to which version of a subject. A schema's references name subjects as its own context means them.

import type { SchemaVersion } from './entities.ts'
import { contextOf, relativeTo } from './subject-name.ts'

/** A schema by its id, which means something in its context only. */
export interface ContextId {
  readonly context: string
  readonly id: number
}

export class References {
  /** By target, the referring schemas: how many versions with that context and id refer to it. */
  readonly #referrers = new Map<string, Map<string, ContextId & { count: number }>>()

  /** Ids of schemas that refer to this version, by context and id. */
  to(subject: string, version: number): ContextId[] {
    const found = [...(this.#referrers.get(targetOf(subject, version))?.values() ?? [])]
    return found
      .sort((a, b) => (a.context === b.context ? a.id - b.id : a.context < b.context ? -1 : 1))
      .map(({ context, id }) => ({ context, id }))
  }

  add(referrer: SchemaVersion): void {
    const context = contextOf(referrer.subject)
    for (const target of targetsOf(referrer)) {
      const referrers = this.#referrers.get(target) ?? new Map()
      const known = referrers.get(`${context}:${referrer.id}`)
      if (known) known.count++
      else referrers.set(`${context}:${referrer.id}`, { context, id: referrer.id, count: 1 })
      this.#referrers.set(target, referrers)
    }
  }

  remove(referrer: SchemaVersion): void {
    const name = `${contextOf(referrer.subject)}:${referrer.id}`
    for (const target of targetsOf(referrer)) {
      const referrers = this.#referrers.get(target)
      const known = referrers?.get(name)
      if (!known || --known.count > 0) continue
      referrers!.delete(name)
      if (referrers!.size === 0) this.#referrers.delete(target)
    }
  }
}

function targetsOf({ subject, content }: SchemaVersion): Set<string> {
  return new Set(content.references.map(to => targetOf(relativeTo(subject, to.subject), to.version)))
}

const targetOf = (subject: string, version: number) => `${version} ${subject}`
