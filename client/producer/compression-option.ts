// How batches are compressed, as a user says it, and what of that can be had. Levels are those of Java's producer (KIP-390): the settings
// compression.gzip.level, compression.lz4.level and compression.zstd.level, Kafka 4.3.0.
// Left out: of lz4's levels there is one. Java has a quick compressor, which it calls level 9 (its standard), and a thorough one for all
// other levels, 1 to 17; the library here has the quick one only.

import { type CompressionType, compressionTypes } from '../../protocol/records/compression-type.ts'
import { ClientError } from '../client-error.ts'

/** A codec, at its usual level; or with a level: 1 to 9 for gzip, -131072 to 22 for zstd. */
export type CompressionOption = CompressionType | { readonly codec: CompressionType; readonly level?: number }

export interface CompressionSettings {
  readonly compression: CompressionType
  /** The codec's own when left out. */
  readonly compressionLevel: number | undefined
}

/** Java's names for "as the codec likes it". */
const gzipStandard = -1
const lz4Standard = 9
const [gzipMin, gzipMax] = [1, 9]
const [zstdMin, zstdMax] = [-131_072, 22]

/** Throws INVALID_ARGUMENT. */
export function compressionSettings(option: CompressionOption = 'none'): CompressionSettings {
  const { codec, level } = typeof option === 'string' ? { codec: option, level: undefined } : option
  if (!compressionTypes.includes(codec)) {
    throw wrong(`compression is ${codec}`, `give one of ${compressionTypes.join(', ')}`)
  }
  if (level !== undefined) checkLevel(codec, level)
  return { compression: codec, compressionLevel: level }
}

function checkLevel(codec: CompressionType, level: number): void {
  const what = `the compression level is ${level}`
  switch (codec) {
    case 'gzip':
      if (level === gzipStandard || isWithin(level, gzipMin, gzipMax)) return
      throw wrong(what, `gzip has ${gzipMin} to ${gzipMax}, and ${gzipStandard} for the usual one`)
    case 'zstd':
      if (isWithin(level, zstdMin, zstdMax)) return
      throw wrong(what, `zstd has ${zstdMin} to ${zstdMax}; 3 is the usual one`)
    case 'lz4':
      if (level === lz4Standard) return
      throw wrong(what, `of lz4 there is only the quick compressor, level ${lz4Standard}; zstd packs tighter`)
    default:
      throw wrong(what, `${codec} has no levels: leave it out, or take gzip or zstd`)
  }
}

function isWithin(level: number, min: number, max: number): boolean {
  return Number.isInteger(level) && level >= min && level <= max
}

function wrong(what: string, help: string): ClientError {
  return new ClientError('INVALID_ARGUMENT', what, { help })
}
