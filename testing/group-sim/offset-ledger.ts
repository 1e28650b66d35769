// What was acknowledged as committed, partition by partition, and what must hold of it: nobody begins before it, and no commit
// goes back behind it. A commit whose answer was lost may be ahead of what is known here.

import type { TopicPartition } from '../../protocol/types.ts'

export class OffsetLedger {
  readonly problems: string[] = []
  /** Beginnings that were not exactly where the last owner ended, as far as is known: allowed only where answers get lost. */
  readonly gaps: string[] = []
  readonly #committed = new Map<string, { readonly offset: number; readonly by: string }>()
  commits = 0

  /** A member was told to begin there. */
  began({ topic, partition }: TopicPartition, offset: number, by: string): void {
    const known = this.#committed.get(`${topic}-${partition}`)
    const what = `${by} begins ${topic}-${partition} at ${offset}, committed is ${known?.offset ?? 'nothing'} by ${known?.by}`
    if (known !== undefined && offset < known.offset) this.problems.push(what)
    if (offset !== (known?.offset ?? 0)) this.gaps.push(what)
  }

  committed({ topic, partition }: TopicPartition, offset: number, by: string): void {
    const known = this.#committed.get(`${topic}-${partition}`)
    this.commits += 1
    if (known !== undefined && known.by !== by && offset <= known.offset) {
      this.problems.push(`${by} commits ${topic}-${partition} at ${offset}, ${known.by} has committed ${known.offset}`)
    }
    if (known === undefined || offset > known.offset) this.#committed.set(`${topic}-${partition}`, { offset, by })
  }
}
