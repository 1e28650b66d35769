// Faults planted into a registry's log, to see that a simulation finds them.

import type { KafkaSchemasLog } from '../../schema-registry/log/kafka-schemas-log.ts'
import type { TermBatch, TermWriter, Written } from '../../schema-registry/log/term-writer.ts'
import type { SchemasLog, SchemasRecord } from '../../schema-registry/store/schemas-log.ts'

/**
 * noTerms: batches carry no term, so that a partition takes those of a deposed leader. noReadToEnd: a leader decides from what it
 * happens to know, and claims its term afterwards. none: as it is.
 */
export type Plant = 'none' | 'noTerms' | 'noReadToEnd'

const noTerm = { producerId: -1, epoch: -1 }

export class WriterWithoutTerms implements TermWriter {
  readonly #writer: TermWriter

  constructor(writer: TermWriter) {
    this.#writer = writer
  }

  write({ records }: TermBatch, timeoutMs: number): Promise<Written> {
    return this.#writer.write({ term: noTerm, sequence: -1, records }, timeoutMs)
  }
}

export class HastyLog implements SchemasLog {
  readonly #log: KafkaSchemasLog

  constructor(log: KafkaSchemasLog) {
    this.#log = log
  }

  get appliedOffset(): bigint {
    return this.#log.appliedOffset
  }

  async readToEnd(): Promise<void> {}

  async append(records: readonly SchemasRecord[]): Promise<bigint> {
    await this.#log.readToEnd()
    return this.#log.append(records)
  }
}
