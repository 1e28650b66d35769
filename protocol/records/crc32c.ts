// CRC-32C (Castagnoli), the checksum of a record batch. Source: org.apache.kafka.common.utils.Crc32C, RFC 3720 appendix B.4.

import { nativeModule } from './native-module.ts'

type Crc32c = (bytes: Uint8Array, previous: number) => number

let native: Crc32c | undefined = nativeModule<typeof import('@node-rs/crc32')>('@node-rs/crc32')?.crc32c as
  | Crc32c
  | undefined

/**
 * Takes this in place of the native library, in this thread and from now on; undefined changes nothing. The addon's is three
 * to four times as fast (three runs of bytes side by side, 32 GB/s beside 8 for 128 KiB).
 */
export function useCrc32c(compiled: Crc32c | undefined): void {
  native = compiled ?? native
}

/** Below this many bytes the call into the native library costs more than the loop here. */
const nativeBytesMin = 80

const table = new Int32Array(256)
for (let byte = 0; byte < 256; byte += 1) {
  let remainder = byte
  for (let bit = 0; bit < 8; bit += 1) remainder = (remainder >>> 1) ^ (remainder & 1 ? 0x82f6_3b78 : 0)
  table[byte] = remainder
}

/** The checksum in JavaScript alone; `crc32c` uses it for short inputs and where there is no native library. */
export function portableCrc32c(bytes: Uint8Array, previous = 0): number {
  let crc = ~previous
  for (let i = 0; i < bytes.length; i += 1) crc = table[(crc ^ bytes[i]!) & 0xff]! ^ (crc >>> 8)
  return ~crc >>> 0
}

/** Unsigned checksum of the bytes; `previous` is the checksum of the bytes that come before them. */
export function crc32c(bytes: Uint8Array, previous = 0): number {
  if (native === undefined || bytes.length < nativeBytesMin) return portableCrc32c(bytes, previous)
  return native(bytes, previous)
}
