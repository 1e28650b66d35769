// Checksums by the addon's compiled code, where there is some. Every thread has modules of its own, so that each says it once,
// before its first checksum.

import { nativeAddon } from '../../io/native/addon.ts'
import { useCrc32c } from '../../protocol/records/crc32c.ts'

/** Of this thread, from now on. */
export function useCompiledChecksum(): void {
  useCrc32c(nativeAddon().addon?.crc32c)
}
