// How much memory the indexes of inactive segments may take: they are read when somebody looks something up, and dropped
// when others need the room. Full: the indexes used longest ago go.

/** What a broker keeps of inactive segments' indexes when nobody says otherwise. */
export const indexCacheBytesMax = 64 * 1024 * 1024

export interface CachedIndexes {
  /** Bytes of memory that `unload` frees. */
  readonly loadedBytes: number
  unload(): void
}

export class IndexCache {
  readonly #bytesMax: number
  /** From the one used longest ago, with the bytes it was counted with. */
  readonly #cached = new Map<CachedIndexes, number>()
  #bytes = 0
  /** Lookups that found the indexes in memory, those that read them from their files, and indexes dropped to make room. */
  hits = 0
  misses = 0
  evictions = 0

  constructor(bytesMax = indexCacheBytesMax) {
    this.#bytesMax = bytesMax
  }

  get bytes(): number {
    return this.#bytes
  }
  get bytesMax(): number {
    return this.#bytesMax
  }

  /** The indexes were loaded or used just now. */
  touch(indexes: CachedIndexes): void {
    this.forget(indexes)
    this.#cached.set(indexes, indexes.loadedBytes)
    this.#bytes += indexes.loadedBytes
    for (const oldest of this.#cached.keys()) {
      if (this.#bytes <= this.#bytesMax || oldest === indexes) return
      this.forget(oldest)
      this.evictions += 1
      oldest.unload()
    }
  }

  forget(indexes: CachedIndexes): void {
    this.#bytes -= this.#cached.get(indexes) ?? 0
    this.#cached.delete(indexes)
  }
}
