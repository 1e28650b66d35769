// What the addon has done since it was loaded, for a page of metrics.

import { nativeAddon } from './addon.ts'

export interface NativeCounters {
  /** Calls of the addon; each is at most one sendmsg or sendfile per part. */
  readonly sends: number
  readonly sendmsgBytes: number
  readonly sendfileBytes: number
  /** Sends that found the socket full. */
  readonly wouldBlock: number
  /** Ranges of files that had to be read from the disk first. */
  readonly coldRanges: number
  /** Calls of sendfile that took longer than 5 ms although the page cache was said to have it all. */
  readonly blockedSends: number
}

/** All zero when there is no addon. */
export function nativeCounters(): NativeCounters {
  const [sends = 0, sendmsgBytes = 0, sendfileBytes = 0, wouldBlock = 0, coldRanges = 0, blockedSends = 0] =
    nativeAddon().addon?.counters ?? []
  return { sends, sendmsgBytes, sendfileBytes, wouldBlock, coldRanges, blockedSends }
}
