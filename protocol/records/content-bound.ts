// How much compressed bytes make, by what they say of themselves, without decompressing: for who must know beforehand whether
// that takes long. Not a check, and not a limit: what says too little is found out by decompressing it within one.

import type { CompressionType } from './compression-type.ts'
import { gunzipBound } from './gzip.ts'
import { lz4Bound } from './lz4.ts'
import { snappyBound } from './snappy.ts'
import { zstdBound } from './zstd.ts'

/**
 * At most so many bytes come out; a gzip stream of several members, or with a false size behind it, may have more. Throws
 * DecodeError where the framing is damaged.
 */
export function contentBytesBound(type: CompressionType, bytes: Buffer): number {
  switch (type) {
    case 'none':
      return bytes.length
    case 'gzip':
      return gunzipBound(bytes)
    case 'snappy':
      return snappyBound(bytes)
    case 'lz4':
      return lz4Bound(bytes)
    case 'zstd':
      return zstdBound(bytes)
  }
}
