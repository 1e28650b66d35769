// A topic in memory, for tests of what stands on a log: records are applied at once, or fail as a test wants.

import type { SchemasLog, SchemasRecord, SchemasSink } from '../store/schemas-log.ts'

export class MemoryLog implements SchemasLog {
  /** All that was appended. */
  readonly records: SchemasRecord[] = []
  /** Called before records are appended; what it throws is the answer. */
  beforeAppend: () => void | Promise<void> = () => undefined
  readToEndCount = 0
  readonly #sink: SchemasSink
  readonly #now: () => number

  /** @param now time of records, in milliseconds since 1970 */
  constructor(sink: SchemasSink, now: () => number = () => 1_700_000_000_000) {
    this.#sink = sink
    this.#now = now
  }

  get appliedOffset(): bigint {
    return BigInt(this.records.length)
  }

  async append(records: readonly SchemasRecord[]): Promise<bigint> {
    await this.beforeAppend()
    for (const record of records) this.put(record)
    return this.appliedOffset - 1n
  }

  async readToEnd(): Promise<void> {
    this.readToEndCount++
  }

  /** Appends as another writer would. */
  put(record: SchemasRecord): void {
    this.records.push(record)
    this.#sink.apply({ ...record, timestampMs: this.#now() }, this.appliedOffset - 1n)
  }
}
