// Fixed-size entries of an index as they stand in its file: a prefix that is on disk and need not be in memory, and a tail
// that was added since.
//
// Why the split: a broker that starts with ten thousand partitions must not read ten thousand indexes, yet each of them
// must take the next entry. Appends touch the tail alone; lookups near the end of the log, too.
// Invariant: entry i is in the prefix for i < storedCount and in the tail above. Entries never change, they are only cut.
// Source: Kafka 4.3.0's AbstractIndex (which maps the file into memory instead).

const firstTailEntries = 4
/** Of all that hold nothing: an empty buffer of their own would cost each of them 200 bytes. */
const nothing = Buffer.alloc(0)

export class IndexEntries {
  readonly #entryBytes: number
  #storedCount: number
  #prefix: Buffer | undefined
  #tail: Buffer
  #tailCount = 0

  /** `storedCount` entries are in the file. */
  constructor(entryBytes: number, storedCount: number) {
    this.#entryBytes = entryBytes
    this.#storedCount = storedCount
    this.#prefix = storedCount === 0 ? nothing : undefined
    this.#tail = nothing
  }

  get count(): number {
    return this.#storedCount + this.#tailCount
  }

  get storedCount(): number {
    return this.#storedCount
  }

  /** The first entry that is in memory for certain. */
  get firstLoaded(): number {
    return this.#prefix ? 0 : this.#storedCount
  }

  get isLoaded(): boolean {
    return this.#prefix !== undefined
  }

  /** Bytes of memory that `unload` would free. */
  get loadedBytes(): number {
    return this.#prefix?.length ?? 0
  }

  /** Gives the prefix what the file holds. A file that is too short has lost its end: the caller rebuilds it. */
  load(file: Buffer): void {
    if (file.length < this.#storedCount * this.#entryBytes)
      throw new RangeError('index file is shorter than its entries')
    this.#prefix = file.subarray(0, this.#storedCount * this.#entryBytes)
  }

  /** Drops the prefix from memory; it can be loaded again. */
  unload(): void {
    if (this.#storedCount > 0) this.#prefix = undefined
  }

  /** Room for one more entry at the end, to be filled by the caller: the buffer and the place in it. */
  push(): { readonly buffer: Buffer; readonly at: number } {
    const at = this.#tailCount * this.#entryBytes
    if (at === this.#tail.length) this.#grow()
    this.#tailCount += 1
    return { buffer: this.#tail, at }
  }

  #grow(): void {
    const grown = Buffer.alloc(Math.max(this.#tail.length * 2, firstTailEntries * this.#entryBytes))
    this.#tail.copy(grown)
    this.#tail = grown
  }

  int32(entry: number, at: number): number {
    const inTail = entry - this.#storedCount
    if (inTail >= 0) return this.#tail.readInt32BE(inTail * this.#entryBytes + at)
    return this.#prefix!.readInt32BE(entry * this.#entryBytes + at)
  }

  /** Keeps the first `count` entries. */
  truncate(count: number): void {
    if (count >= this.count) return
    this.#tailCount = Math.max(0, count - this.#storedCount)
    if (count >= this.#storedCount) return
    this.#storedCount = count
    this.#prefix = count === 0 ? nothing : this.#prefix?.subarray(0, count * this.#entryBytes)
  }

  /** The entries that are not in the file yet, as they go there at `storedCount` entries from its start. */
  unstored(): Buffer {
    return this.#tail.subarray(0, this.#tailCount * this.#entryBytes)
  }

  /** The tail is in the file now: it becomes part of the prefix. */
  markStored(): void {
    const tail = this.unstored()
    if (this.#prefix) this.#prefix = this.#prefix.length === 0 ? tail : Buffer.concat([this.#prefix, tail])
    this.#storedCount += this.#tailCount
    this.#tail = nothing
    this.#tailCount = 0
  }
}

/**
 * The last entry in `from` (inclusive) to `to` (exclusive) for which `isAtOrBelow` holds, or `from - 1`. Entries for which
 * it holds come first.
 */
export function lastAtOrBelow(from: number, to: number, isAtOrBelow: (entry: number) => boolean): number {
  let low = from
  let high = to
  while (low < high) {
    const middle = (low + high) >>> 1
    if (isAtOrBelow(middle)) low = middle + 1
    else high = middle
  }
  return low - 1
}
