// What a broker promised, held against what it has, over rounds of kill -9. The promises are the invariants of broker/sim;
// here a record is a batch of its own, and its value says whose it is: `producer/sequence`, counted up from 0.

import { CommittedOffsetsStay } from '../../broker/sim/committed-offsets-stay.ts'
import { PartitionHistory } from '../../broker/sim/partition-history.ts'
import type { StoredBatch } from '../../broker/sim/stored-batch.ts'
import type { Violation } from '../../broker/sim/violation.ts'

export type { Violation }

export interface StoredRecord {
  readonly offset: number
  readonly value: string
}

interface Producer {
  readonly partition: number
  readonly idempotent: boolean
}

export class History {
  readonly #producers = new Map<string, Producer>()
  readonly #partitions = new Map<number, PartitionHistory>()
  readonly #commits = new CommittedOffsetsStay('the group')

  get acknowledgedCount(): number {
    return [...this.#partitions.values()].reduce((sum, partition) => sum + partition.acknowledgedCount, 0)
  }

  addProducer(name: string, producer: Producer): void {
    this.#producers.set(name, producer)
  }

  /** These values are about to be sent. */
  send(partition: number, values: readonly string[]): void {
    for (const value of values) this.#partition(partition).send(value)
  }

  /** The broker answered that these values stand from `baseOffset` on. */
  acknowledge(partition: number, baseOffset: number, values: readonly string[]): Violation[] {
    return values.flatMap((value, i) =>
      this.#partition(partition).acknowledge(this.#batch({ offset: baseOffset + i, value })),
    )
  }

  /** A consumer was shown these records in a row: they may not vanish or change either. */
  consume(partition: number, records: readonly StoredRecord[]): Violation[] {
    const [first] = records
    if (first === undefined) return []
    const read = records.map(record => this.#batch(record))
    return this.#partition(partition).read(read, first.offset, Number.POSITIVE_INFINITY)
  }

  attemptCommit(offset: number): void {
    this.#commits.attempt(offset)
  }

  acknowledgeCommit(offset: number): void {
    this.#commits.acknowledge(offset)
  }

  checkCommit(offset: number): Violation[] {
    return this.#commits.see(offset)
  }

  checkEndOffset(partition: number, endOffset: number): Violation[] {
    return this.#partition(partition).restart({ logEndOffset: endOffset, clean: false })
  }

  /** Everything that the partition holds, in order, against everything known of it. */
  checkRecords(partition: number, stored: readonly StoredRecord[]): Violation[] {
    const endOffset = (stored.at(-1)?.offset ?? -1) + 1
    const batches = stored.map(record => this.#batch(record))
    return this.#partition(partition).checkLog({ startOffset: 0, endOffset, batches })
  }

  #batch({ offset, value }: StoredRecord): StoredBatch {
    const [id = '', sequenceText] = value.split('/')
    const batch = { firstOffset: offset, lastOffset: offset, content: value }
    if (!this.#producers.get(id)?.idempotent) return batch
    const sequence = Number(sequenceText)
    return { ...batch, producer: { id, firstSequence: sequence, lastSequence: sequence } }
  }

  #partition(index: number): PartitionHistory {
    const known = this.#partitions.get(index) ?? new PartitionHistory(`partition ${index}`, { durability: 'written' })
    this.#partitions.set(index, known)
    return known
  }
}
