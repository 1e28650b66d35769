// Which requests are spoken: a handler for the API, and a version that it has. The one place that decides it, for sessions
// as for the ApiVersions answer.

import type { Api, VersionRange } from '../../protocol/wire/schema.ts'
import type { Handler } from './handler.ts'

export class HandlerTable {
  readonly #byKey: ReadonlyMap<number, Handler>
  readonly #unstableEnabled: boolean

  /** `unstableEnabled`: `unstable.api.versions.enable`, which offers last versions that Kafka may still change. */
  constructor(handlers: readonly Handler[], unstableEnabled: boolean) {
    this.#byKey = new Map(handlers.map(row => [row.api.key, row]))
    if (this.#byKey.size !== handlers.length) throw new Error('two handlers for one API')
    this.#unstableEnabled = unstableEnabled
  }

  /** Undefined: no handler, or not in this version. */
  find(api: Api, apiVersion: number): Handler | undefined {
    const row = this.#byKey.get(api.key)
    if (row === undefined) return undefined
    const [first, last] = this.versionsOf(api)
    return apiVersion >= first && apiVersion <= last ? row : undefined
  }

  versionsOf(api: Api): VersionRange {
    const [first, last] = api.versions
    return api.latestUnstable && !this.#unstableEnabled ? [first, last - 1] : [first, last]
  }

  /** By key, rising. */
  get apis(): readonly Api[] {
    return [...this.#byKey.values()].map(row => row.api).sort((a, b) => a.key - b.key)
  }
}
