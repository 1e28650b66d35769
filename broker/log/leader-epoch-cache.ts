// Where each leader epoch begins in a log: what a replica or a client needs to find where two histories part.
//
// Invariant: entries rise strictly in epoch and in start offset. The file may hold entries that a truncation removed (it is
// written later), never fewer than were assigned: opening a log truncates them again.
// Source: Kafka 4.3.0's LeaderEpochFileCache.

import type { LeaderEpoch, Offset } from '../../protocol/types.ts'

export interface EpochEntry {
  readonly epoch: LeaderEpoch
  readonly startOffset: Offset
}

export interface EpochEndOffset {
  /** Both -1: not known. */
  readonly leaderEpoch: LeaderEpoch
  readonly endOffset: Offset
}

const unknown: EpochEndOffset = { leaderEpoch: -1, endOffset: -1 }

export class LeaderEpochCache {
  readonly #onChange: (entries: readonly EpochEntry[]) => void
  #entries: EpochEntry[] = []

  /** `onChange` is told after each change that the file has to follow. */
  constructor(entries: readonly EpochEntry[], onChange: (entries: readonly EpochEntry[]) => void = () => {}) {
    for (const { epoch, startOffset } of entries) this.#assign(epoch, startOffset)
    // As long as its entries: an array that was pushed to has room for 17, in each of ten thousand logs.
    this.#entries = this.#entries.slice()
    this.#onChange = onChange
  }

  get entries(): readonly EpochEntry[] {
    return this.#entries
  }

  get latest(): EpochEntry | undefined {
    return this.#entries.at(-1)
  }

  get earliest(): EpochEntry | undefined {
    return this.#entries[0]
  }

  /** The epoch begins at the offset, unless it is known already. Entries that this contradicts go. */
  assign(epoch: LeaderEpoch, startOffset: Offset): void {
    if (this.#assign(epoch, startOffset)) this.#onChange(this.#entries)
  }

  #assign(epoch: LeaderEpoch, startOffset: Offset): boolean {
    const { latest } = this
    if (latest && epoch === latest.epoch && startOffset >= latest.startOffset) return false
    while (this.#entries.length > 0 && this.#contradicts(epoch, startOffset)) this.#entries.pop()
    if (this.#entries.length === 0) this.#entries = [{ epoch, startOffset }]
    else this.#entries.push({ epoch, startOffset })
    return true
  }

  #contradicts(epoch: LeaderEpoch, startOffset: Offset): boolean {
    const last = this.#entries.at(-1)!
    return last.epoch >= epoch || last.startOffset >= startOffset
  }

  /** The largest known epoch that is not above the asked one, and where it ends. */
  endOffsetFor(epoch: LeaderEpoch, logEndOffset: Offset): EpochEndOffset {
    if (epoch < 0) return unknown
    if (this.latest?.epoch === epoch) return { leaderEpoch: epoch, endOffset: logEndOffset }
    const higher = this.#entries.findIndex(entry => entry.epoch > epoch)
    if (higher < 0) return unknown
    // Below the first known epoch the data is gone: whoever asks must start where the log does.
    const floor = higher === 0 ? epoch : this.#entries[higher - 1]!.epoch
    return { leaderEpoch: floor, endOffset: this.#entries[higher]!.startOffset }
  }

  epochForOffset(offset: Offset): LeaderEpoch | undefined {
    return this.#entries.findLast(entry => entry.startOffset <= offset)?.epoch
  }

  /** Forgets the epochs that begin at or above the offset. */
  truncateFromEnd(endOffset: Offset): void {
    const kept = this.#entries.filter(entry => entry.startOffset < endOffset)
    if (kept.length === this.#entries.length) return
    this.#entries = kept
    this.#onChange(kept)
  }

  /** Forgets the epochs that end at or below the offset; the one that holds it begins there from now on. */
  truncateFromStart(startOffset: Offset): void {
    const kept = this.#entries.filter(entry => entry.startOffset > startOffset)
    const last = this.#entries[this.#entries.length - kept.length - 1]
    if (!last) return
    if (kept.length + 1 === this.#entries.length && last.startOffset === startOffset) return
    this.#entries = [{ epoch: last.epoch, startOffset }, ...kept]
    this.#onChange(this.#entries)
  }

  /** Takes what another log of the same records knows. */
  replace(entries: readonly EpochEntry[]): void {
    this.#entries = [...entries]
    this.#onChange(this.#entries)
  }

  clear(): void {
    if (this.#entries.length === 0) return
    this.#entries = []
    this.#onChange(this.#entries)
  }
}
