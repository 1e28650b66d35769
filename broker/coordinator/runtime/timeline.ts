// Undo for state that is ahead of the log: each change is noted with the offset of the record that made it, until that
// record is committed.
//
// A shard applies records before they are written, so that the next decision sees them. Two questions follow: what was the
// state before, when the write fails (`revertTo`), and what is the state as far as it is committed, for readers that must
// not see what may still vanish (`TimelineMap.getCommitted`).
// Invariant: changes lie in order of their offset; none of them is below `committedOffset`.
// Source: the purpose of Kafka's SnapshotRegistry and TimelineHashMap; ours is an undo log, because a coordinator is ahead
// of its log by few records, and only for as long as a write takes.

import type { Offset } from '../../../protocol/types.ts'

interface Change {
  readonly offset: Offset
  readonly undo: () => void
  /** The change is committed: it cannot be undone any more. */
  readonly settle: () => void
}

export class Timeline {
  /** Of the record that is being applied: what changes from now on belongs to it. */
  offset: Offset = 0
  /** Records below are committed: their changes are not noted. */
  committedOffset: Offset = 0
  #changes: Change[] = []

  /** True while the record being applied may still be taken back. */
  get noting(): boolean {
    return this.offset >= this.committedOffset
  }

  note(undo: () => void, settle: () => void): void {
    this.#changes.push({ offset: this.offset, undo, settle })
  }

  /** All records below `offset` are committed. */
  commit(offset: Offset): void {
    if (offset <= this.committedOffset) return
    this.committedOffset = offset
    let count = 0
    while (count < this.#changes.length && this.#changes[count]!.offset < offset) this.#changes[count++]!.settle()
    if (count > 0) this.#changes.splice(0, count)
  }

  /** Undoes what records at and above `offset` changed, the last first. */
  revertTo(offset: Offset): void {
    while (this.#changes.length > 0 && this.#changes.at(-1)!.offset >= offset) this.#changes.pop()!.undo()
  }
}
