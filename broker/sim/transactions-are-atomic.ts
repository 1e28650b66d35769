// Atomicity of transactions: readers of committed records see, in every partition, all of a transaction that was committed and
// nothing of one that was not, in the order of the transactions; an outcome that nobody was told is one or the other everywhere.
// A group's offset that was committed with the records moves with them.

import type { Violation } from './violation.ts'

export interface AtomicTransaction {
  /** Unique. By partition what was written, in order. */
  readonly name: string
  readonly values: ReadonlyMap<number, readonly string[]>
  /** Committed for the group in the transaction. */
  readonly offset: number
}

type Outcome = 'under way' | 'asked to commit' | 'committed' | 'aborted'

interface Noted {
  readonly transaction: AtomicTransaction
  outcome: Outcome
}

export class TransactionsAreAtomic {
  /** In the order in which they began: one producer has one at a time. */
  readonly #noted: Noted[] = []

  /** Everything of it is known before anything is written. */
  begin(transaction: AtomicTransaction): void {
    this.#noted.push({ transaction, outcome: 'under way' })
  }

  /** From here on nobody but the coordinator knows. */
  askToCommit(): void {
    this.#noted.at(-1)!.outcome = 'asked to commit'
  }

  acknowledgeCommit(): void {
    this.#noted.at(-1)!.outcome = 'committed'
  }

  /** It was aborted, or its producer was fenced before it asked for anything. */
  abort(): void {
    this.#noted.at(-1)!.outcome = 'aborted'
  }

  get committedCount(): number {
    return this.#noted.filter(({ outcome }) => outcome === 'committed').length
  }

  /** Those of which only the coordinator knows the outcome. */
  get unknownCount(): number {
    return this.#noted.filter(({ outcome }) => outcome === 'asked to commit').length
  }

  /** `visible`: by partition what a reader of committed records reads; `offset`: the group's, -1 for none. */
  check(visible: ReadonlyMap<number, readonly string[]>, offset: number): Violation[] {
    const seen = new Map([...visible].map(([partition, values]) => [partition, new Set(values)]))
    const counted = this.#noted.filter(noted => this.#counts(noted, seen))
    const violations: Violation[] = []
    for (const [partition, values] of visible) {
      const expected = counted.flatMap(({ transaction }) => [...(transaction.values.get(partition) ?? [])])
      const at = expected.findIndex((value, index) => values[index] !== value)
      const isSame = at === -1 && values.length === expected.length
      if (isSame) continue
      const place = at === -1 ? expected.length : at
      const found = `record ${place} of partition ${partition} is ${values[place]}, not ${expected[place]}`
      violations.push({
        name: 'transactionsAreAtomic',
        what: `${found}; ${values.length} of ${expected.length} are there`,
      })
    }
    const last = counted.at(-1)?.transaction
    if (offset !== (last?.offset ?? -1)) {
      violations.push({
        name: 'transactionalOffsets',
        what: `the group is at ${offset}, ${last?.name} left it at ${last?.offset}`,
      })
    }
    return violations
  }

  /** Whether it has to be seen. Where nobody was told, the first of its records decides, and all others must agree. */
  #counts({ transaction, outcome }: Noted, seen: ReadonlyMap<number, ReadonlySet<string>>): boolean {
    if (outcome === 'committed') return true
    if (outcome !== 'asked to commit') return false
    for (const [partition, values] of transaction.values) {
      if (values.length > 0) return seen.get(partition)?.has(values[0]!) === true
    }
    return false
  }
}
