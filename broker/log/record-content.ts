// The uncompressed records of a batch that is being checked, in memory that each of them uses after the other.
//
// Invariant: they are looked at, or copied, before the next batch is; nothing keeps them.

import { nativeAddon } from '../../io/native/addon.ts'
import { Decompressor } from '../../protocol/records/decompressor.ts'
import { recordBytes } from '../../protocol/records/records.ts'

/** What a batch may decompress to; a small batch must not take all memory. In bytes. */
export const decompressedBytesMax = 256 * 1024 * 1024

// Of this thread. Made with the first batch, since with it compiled code is loaded.
let decompressor: Decompressor | undefined

/** The records of a magic 2 batch, valid until this is called again. More than may be, or damaged data, is a DecodeError. */
export function recordContent(batch: Buffer): Buffer {
  decompressor ??= new Decompressor(nativeAddon().addon)
  return recordBytes(batch, 0, decompressedBytesMax, decompressor)
}
