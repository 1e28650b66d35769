// Compressing and decompressing the records of a batch. Decompression has a limit that is enforced before memory is taken:
// sizes that the data declares are compared with it (and with what the codec could reach at best), and where a format
// declares none the output stops at the limit. Whatever the input, the only error is DecodeError.
// Source: org.apache.kafka.common.compress, Kafka 4.3.0.

import type { CompressionType } from './compression-type.ts'
import { type Decompression, plainDecompression } from './decompression.ts'
import { gunzip, gzip } from './gzip.ts'
import { compressLz4, decompressLz4 } from './lz4.ts'
import { compressSnappy, decompressSnappy } from './snappy.ts'
import { compiledZstd, compressZstd, decompressZstd } from './zstd.ts'

/**
 * Compresses as Kafka does. `level` as in compression.gzip.level (1 to 9) and compression.zstd.level (-131072 to 22);
 * snappy has no levels, and lz4 knows only its fast one here. Of 'none' the bytes come back themselves.
 */
export function compress(type: CompressionType, bytes: Uint8Array, level?: number): Buffer {
  switch (type) {
    case 'none':
      return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    case 'gzip':
      return gzip(bytes, level)
    case 'snappy':
      return compressSnappy(bytes)
    case 'lz4':
      return compressLz4(bytes)
    case 'zstd':
      return compressZstd(bytes, level)
  }
}

/**
 * Decompresses what any Kafka client may have written. More than `bytesMax` bytes, or damaged data, is a DecodeError.
 * `magic` is that of the batch: in magic 0 the header checksum of lz4 is wrong by custom. Of 'none' the bytes come back
 * themselves, whatever their length. What comes out may lie in the room that `means` give.
 */
export function decompress(
  type: CompressionType,
  bytes: Buffer,
  bytesMax: number,
  magic = 2,
  means: Decompression = plainDecompression,
): Buffer {
  switch (type) {
    case 'none':
      return bytes
    case 'gzip':
      return gunzip(bytes, bytesMax, means)
    case 'snappy':
      return decompressSnappy(bytes, bytesMax, means.compiled.snappyBlock, means.room)
    case 'lz4':
      return decompressLz4(bytes, bytesMax, magic, means.compiled.lz4Block, means.room)
    case 'zstd':
      return decompressZstd(
        bytes,
        bytesMax,
        means.compiled.zstdFrame && compiledZstd(means.compiled.zstdFrame),
        means.room,
      )
  }
}
