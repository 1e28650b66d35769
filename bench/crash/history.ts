// What a broker promised, held against what it has. Pure: the load reports what was acknowledged, the checker what was
// read back, and the violations come out by name.

export interface StoredRecord {
  readonly offset: number
  readonly value: string
}

export type ViolationName =
  | 'acknowledgedRecordLost'
  | 'recordChanged'
  | 'idempotentRecordDuplicated'
  | 'idempotentRecordOutOfOrder'
  | 'endOffsetWentBack'
  | 'committedOffsetWentBack'
  | 'offsetGap'

export interface Violation {
  readonly name: ViolationName
  readonly what: string
}

interface Producer {
  readonly partition: number
  readonly idempotent: boolean
}

/** Values are `producer/sequence`, sequences count up from 0 for each producer. */
export class History {
  readonly #producers = new Map<string, Producer>()
  /** By partition: offset to the value that was acknowledged at it, or read from it. */
  readonly #known = new Map<number, Map<number, string>>()
  readonly #endOffsets = new Map<number, number>()
  #committedOffset = -1
  acknowledgedCount = 0

  addProducer(name: string, producer: Producer): void {
    this.#producers.set(name, producer)
  }

  /** The broker answered that these values stand from `baseOffset` on. */
  acknowledge(partition: number, baseOffset: number, values: readonly string[]): void {
    const known = this.#partition(partition)
    for (const [i, value] of values.entries()) known.set(baseOffset + i, value)
    this.#raiseEnd(partition, baseOffset + values.length)
    this.acknowledgedCount += values.length
  }

  /** A consumer was shown this record: it may not vanish or change either. */
  consume(partition: number, record: StoredRecord): void {
    this.#partition(partition).set(record.offset, record.value)
    this.#raiseEnd(partition, record.offset + 1)
  }

  acknowledgeCommit(offset: number): void {
    this.#committedOffset = Math.max(this.#committedOffset, offset)
  }

  checkCommit(offset: number): Violation[] {
    if (offset >= this.#committedOffset) return []
    return [{ name: 'committedOffsetWentBack', what: `${offset} after ${this.#committedOffset} was acknowledged` }]
  }

  checkEndOffset(partition: number, endOffset: number): Violation[] {
    const known = this.#endOffsets.get(partition) ?? 0
    this.#raiseEnd(partition, endOffset)
    if (endOffset >= known) return []
    return [{ name: 'endOffsetWentBack', what: `partition ${partition}: ${endOffset} after ${known}` }]
  }

  /** Everything that the partition holds, in order, against everything known of it. */
  checkRecords(partition: number, stored: readonly StoredRecord[]): Violation[] {
    const byOffset = new Map(stored.map(record => [record.offset, record.value]))
    return [
      ...this.#lostOrChanged(partition, byOffset),
      ...gaps(partition, stored),
      ...this.#sequenceFaults(partition, stored),
    ]
  }

  #lostOrChanged(partition: number, byOffset: ReadonlyMap<number, string>): Violation[] {
    const violations: Violation[] = []
    for (const [offset, value] of this.#partition(partition)) {
      const found = byOffset.get(offset)
      if (found === value) continue
      const name = found === undefined ? 'acknowledgedRecordLost' : 'recordChanged'
      violations.push({ name, what: `partition ${partition} offset ${offset}: ${value}, found ${found ?? 'nothing'}` })
    }
    return violations
  }

  #sequenceFaults(partition: number, stored: readonly StoredRecord[]): Violation[] {
    const violations: Violation[] = []
    const next = new Map<string, number>()
    for (const { offset, value } of stored) {
      const [producer = '', sequenceText] = value.split('/')
      if (!this.#producers.get(producer)?.idempotent) continue
      const sequence = Number(sequenceText)
      const expected = next.get(producer) ?? 0
      if (sequence === expected) next.set(producer, expected + 1)
      else {
        const name = sequence < expected ? 'idempotentRecordDuplicated' : 'idempotentRecordOutOfOrder'
        violations.push({ name, what: `partition ${partition} offset ${offset}: ${value}, expected ${expected}` })
        next.set(producer, sequence + 1)
      }
    }
    return violations
  }

  #partition(partition: number): Map<number, string> {
    const known = this.#known.get(partition) ?? new Map<number, string>()
    this.#known.set(partition, known)
    return known
  }

  #raiseEnd(partition: number, endOffset: number): void {
    this.#endOffsets.set(partition, Math.max(endOffset, this.#endOffsets.get(partition) ?? 0))
  }
}

function gaps(partition: number, stored: readonly StoredRecord[]): Violation[] {
  return stored.flatMap(({ offset }, i) => {
    const expected = i === 0 ? offset : stored[i - 1]!.offset + 1
    return offset === expected
      ? []
      : [{ name: 'offsetGap' as const, what: `partition ${partition}: ${offset} after ${expected - 1}` }]
  })
}
