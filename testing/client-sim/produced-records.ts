// What a client's producer was told of its records, held against what a partition holds in the end.
// Invariants: what was acknowledged stands at its offset; nothing stands twice; what was sent first stands first.

import type { Violation } from '../../broker/sim/violation.ts'
import { errors } from '../../protocol/errors.ts'
import { fetch } from '../../protocol/messages/fetch.ts'
import { listOffsets } from '../../protocol/messages/list-offsets.ts'
import { isControlBatch, isTransactional, lastOffsetOf, producerIdOf } from '../../protocol/records/batch-header.ts'
import { batches } from '../../protocol/records/batches.ts'
import { records } from '../../protocol/records/records.ts'
import type { Int64 } from '../../protocol/wire/int64.ts'
import { latestTimestamp } from '../sim/reader.ts'
import type { SimClient } from '../sim/sim-client.ts'
import type { SimTopic } from '../sim/witness.ts'

/** The records of one producer in one partition. Their values are "NAME/NUMBER ...", numbers rise in the order of sending. */
export class ProducedRecords {
  readonly topic: SimTopic
  readonly index: number
  /** The numbers of the records that are there, once they have been checked. */
  visible: ReadonlySet<number> = new Set()
  readonly #name: string
  readonly #acknowledged = new Map<number, number>()
  #made = 0

  constructor(name: string, topic: SimTopic, index: number) {
    this.#name = name
    this.topic = topic
    this.index = index
  }

  get acknowledged(): number {
    return this.#acknowledged.size
  }

  /** The number and the value of one more record. */
  next(filler: string): { number: number; value: string } {
    const number = this.#made++
    return { number, value: `${this.#name}/${number} ${filler}` }
  }

  acknowledge(number: number, offset: number): void {
    this.#acknowledged.set(number, offset)
  }

  /** All of the partition, read from its start while nobody writes; of transactions what was committed. */
  async check(client: SimClient): Promise<Violation[]> {
    const stored = await this.#stored(client)
    this.visible = new Set(stored.map(({ number }) => number))
    const offsets = new Map<number, number>()
    const place = `${this.#name} in ${this.topic.name}-${this.index}`
    const violations: Violation[] = []
    let highest = -1
    for (const { offset, number } of stored) {
      const before = offsets.get(number)
      if (before !== undefined) violations.push(wrong('storedTwice', `${place}: ${number} at ${before} and ${offset}`))
      else if (number < highest)
        violations.push(wrong('outOfOrder', `${place}: ${number} at ${offset} behind ${highest}`))
      offsets.set(number, offset)
      highest = Math.max(highest, number)
    }
    for (const [number, offset] of this.#acknowledged) {
      const found = offsets.get(number)
      const isThere = found !== undefined && (offset < 0 || found === offset)
      if (!isThere) violations.push(wrong('acknowledgedLost', `${place}: ${number} at ${offset}, found ${found}`))
    }
    return violations
  }

  async #stored(client: SimClient): Promise<{ offset: number; number: number }[]> {
    const end = await this.#end(client)
    const found: { offset: number; number: number }[] = []
    for (let at = 0; at < end; ) {
      const partitions = [{ partition: this.index, fetchOffset: at, partitionMaxBytes: 100_000 }]
      const body = { maxWaitMs: 0, minBytes: 0, isolationLevel: 1, topics: [{ topicId: this.topic.id, partitions }] }
      const answer = await client.ask(fetch, 16, body)
      const { records: bytes, errorCode, abortedTransactions } = answer.responses[0]!.partitions[0]!
      if (errorCode !== errors.NONE.code) {
        await client.sleep(30)
        continue
      }
      const aborted = new AbortedRanges(abortedTransactions ?? [])
      for (const batch of batches((bytes ?? Buffer.alloc(0)) as Buffer)) {
        const isHidden = aborted.hides(batch)
        for (const record of records(batch)) {
          at = record.offset + 1
          const number = isHidden ? undefined : this.#numberOf(record.value)
          if (number !== undefined) found.push({ offset: record.offset, number })
        }
      }
    }
    return found
  }

  async #end(client: SimClient): Promise<number> {
    for (;;) {
      const partitions = [{ partitionIndex: this.index, timestamp: latestTimestamp }]
      const answer = await client.ask(listOffsets, 7, {
        replicaId: -1,
        topics: [{ name: this.topic.name, partitions }],
      })
      const { errorCode, offset } = answer.topics[0]!.partitions[0]!
      if (errorCode === errors.NONE.code) return Number(offset)
      await client.sleep(30)
    }
  }

  #numberOf(value: Buffer | null): number | undefined {
    const [label = ''] = `${value}`.split(' ')
    const [name, number] = label.split('/')
    return name === this.#name ? Number(number) : undefined
  }
}

interface AbortedTransaction {
  readonly producerId: Int64
  readonly firstOffset: Int64
}

/** What a reader of committed records does not see: of each aborted transaction all from its first record to its marker. */
class AbortedRanges {
  #begins: readonly AbortedTransaction[]
  readonly #open = new Set<Int64>()

  constructor(begins: readonly AbortedTransaction[]) {
    this.#begins = begins
  }

  hides(batch: Buffer): boolean {
    // Also for a marker: it may be all that this answer has of a transaction.
    const hasBegun = ({ firstOffset }: AbortedTransaction) => Number(firstOffset) <= lastOffsetOf(batch)
    for (const { producerId } of this.#begins.filter(hasBegun)) this.#open.add(producerId)
    this.#begins = this.#begins.filter(begin => !hasBegun(begin))
    if (isControlBatch(batch)) this.#open.delete(producerIdOf(batch))
    return isControlBatch(batch) || (isTransactional(batch) && this.#open.has(producerIdOf(batch)))
  }
}

function wrong(name: string, what: string): Violation {
  return { name, what }
}
