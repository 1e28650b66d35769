// Where some keys lie in a buffer, and the offsets they have: gathered before they go into the map together.
// Full: `add` must not be called; whoever gathers empties it first (index-chunk.ts).

import type { Offset } from '../../../protocol/types.ts'

/** More than most batches have. */
export const gatheredKeysMax = 64

export class GatheredKeys {
  readonly starts = new Int32Array(gatheredKeysMax)
  readonly ends = new Int32Array(gatheredKeysMax)
  readonly offsets = new Float64Array(gatheredKeysMax)
  count = 0

  get isFull(): boolean {
    return this.count === gatheredKeysMax
  }

  add(start: number, end: number, offset: Offset): void {
    this.starts[this.count] = start
    this.ends[this.count] = end
    this.offsets[this.count] = offset
    this.count += 1
  }
}
