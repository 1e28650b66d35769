// A transaction has one outcome, everywhere and for ever: readers of committed records are shown all that it wrote, in order and
// once, or nothing; in every partition, and with it the offsets that it committed for a group.
// Invariant: what is shown belongs to a transaction whose commit was asked for and never refused; from the first item of it that
// anybody is shown, or from the answer to its commit, all of its items are to be seen. Source: KIP-98.
//
// Other than `transactions-are-atomic.ts`, which compares all that one producer wrote at the end, this follows many producers and
// readers while they work. What a place holds may be compacted (`mayGo`): such an item need not be shown, but never wrongly.

import type { Violation } from './violation.ts'

interface Item {
  readonly transaction: Transaction
  /** A partition, or a group's offset of one. */
  readonly place: string
  /** Rises with each item that anybody writes. */
  readonly order: number
  readonly mayGo: boolean
}

interface Transaction {
  readonly name: string
  readonly writer: string
  readonly items: string[]
  state: 'open' | 'asked' | 'committed' | 'aborted'
  /** The first item that anybody was shown. */
  shown: string | undefined
}

export interface WrittenItem {
  readonly transaction: string
  readonly place: string
  /** Unique. */
  readonly item: string
  /** Compaction may take it, or a later one takes its place. */
  readonly mayGo?: boolean
}

export class OneOutcome {
  readonly #transactions = new Map<string, Transaction>()
  readonly #items = new Map<string, Item>()

  /** `writer`: the transactional id, whose transactions follow one another. */
  begin(name: string, writer: string): void {
    this.#transactions.set(name, { name, writer, items: [], state: 'open', shown: undefined })
  }

  /** Before it is sent. */
  write({ transaction: name, place, item, mayGo = false }: WrittenItem): void {
    const transaction = this.#transactions.get(name)!
    transaction.items.push(item)
    this.#items.set(item, { transaction, place, order: this.#items.size, mayGo })
  }

  /** Before it is sent; from here on nobody but the coordinator knows the outcome. */
  askToCommit(name: string): void {
    this.#transactions.get(name)!.state = 'asked'
  }

  /** The producer was told so. */
  commit(name: string): Violation[] {
    const transaction = this.#transactions.get(name)!
    if (transaction.state !== 'aborted') transaction.state = 'committed'
    return []
  }

  /** The producer gave it up before it asked for a commit, or its commit was refused. */
  abort(name: string): Violation[] {
    const transaction = this.#transactions.get(name)!
    transaction.state = 'aborted'
    if (transaction.shown === undefined) return []
    return [{ name: 'outcomeChanged', what: `${name} was aborted, and ${transaction.shown} had been shown` }]
  }

  get counts(): { committed: number; aborted: number; unknown: number } {
    const all = [...this.#transactions.values()]
    const count = (...states: Transaction['state'][]) => all.filter(({ state }) => states.includes(state)).length
    return { committed: count('committed'), aborted: count('aborted'), unknown: count('asked', 'open') }
  }

  /** A reader of committed records was shown it. */
  see(place: string, item: string): Violation[] {
    const known = this.#items.get(item)
    if (known?.place !== place) {
      return [{ name: 'recordsNeverWritten', what: `${place}: ${item}, written to ${known?.place ?? 'nowhere'}` }]
    }
    const { transaction } = known
    transaction.shown ??= item
    if (transaction.state === 'asked' || transaction.state === 'committed') return []
    const what = `${place}: ${item} is shown, the transaction is ${transaction.state}`
    return [{ name: 'uncommittedRecordShown', what }]
  }

  /** At the end, when nothing is under way: by place, in order, all that is shown there. */
  checkAll(shown: ReadonlyMap<string, readonly string[]>): Violation[] {
    const violations: Violation[] = []
    for (const [place, items] of shown) {
      violations.push(...items.flatMap(item => this.see(place, item)), ...this.#checkOrder(place, items))
    }
    const visible = new Set([...shown.values()].flat())
    for (const transaction of this.#transactions.values()) {
      const missing = this.#missing(transaction, visible)
      if (missing === undefined) continue
      const why = transaction.state === 'committed' ? 'it was committed' : `${transaction.shown} was shown`
      const what = `${missing} of ${this.#items.get(missing)!.place} is not there, and ${why}`
      violations.push({ name: transaction.shown === undefined ? 'committedTransactionLost' : 'transactionTorn', what })
    }
    return violations
  }

  #missing({ state, shown, items }: Transaction, visible: ReadonlySet<string>): string | undefined {
    if (state !== 'committed' && shown === undefined) return undefined
    return items.find(item => !visible.has(item) && !this.#items.get(item)!.mayGo)
  }

  #checkOrder(place: string, items: readonly string[]): Violation[] {
    const last = new Map<string, { order: number; item: string }>()
    for (const item of items) {
      const known = this.#items.get(item)
      if (known === undefined) continue
      const { writer } = known.transaction
      const before = last.get(writer)
      if (before !== undefined && before.order >= known.order) {
        return [{ name: 'transactionsOutOfOrder', what: `${place}: ${item} follows ${before.item}` }]
      }
      last.set(writer, { order: known.order, item })
    }
    return []
  }
}
