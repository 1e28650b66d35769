// Decompresses one batch after the other into the same memory, for who looks at a batch and is done with it. Memory that is
// new for each batch costs more, to take and to collect, than decompressing lz4 or snappy into it.
//
// Invariant: what `decompress` answers is valid until it is called again.

import { decompress } from './compression.ts'
import type { CompressionType } from './compression-type.ts'
import type { CompiledCodecs, Decompression } from './decompression.ts'

/** What is kept from one batch to the next. For a larger one memory is taken and given back. In bytes. */
export const keptBytesMax = 4 * 1024 * 1024
/** It is taken in steps, so that batches that grow slowly do not each take some. */
const stepBytes = 256 * 1024

export class Decompressor {
  readonly #means: Decompression
  #kept: Buffer = Buffer.alloc(0)

  constructor(compiled: CompiledCodecs = {}) {
    this.#means = { compiled, room: bytes => this.#room(bytes) }
  }

  /** Bytes that are kept for the next batch. */
  get keptBytes(): number {
    return this.#kept.length
  }

  /** As the function of this name (compression.ts). */
  decompress(type: CompressionType, bytes: Buffer, bytesMax: number, magic = 2): Buffer {
    return decompress(type, bytes, bytesMax, magic, this.#means)
  }

  #room(bytes: number): Buffer {
    if (bytes > keptBytesMax) return Buffer.allocUnsafeSlow(bytes)
    if (bytes > this.#kept.length) this.#kept = Buffer.allocUnsafeSlow(Math.ceil(bytes / stepBytes) * stepBytes)
    return this.#kept.subarray(0, bytes)
  }
}
