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
  /** Writes into the page cache on the loop's own thread. */
  readonly inlineWrites: number
  readonly inlineWriteBytes: number
  /** Those of them that had to wait for something. */
  readonly blockedWrites: number
}

const names = [
  'sends',
  'sendmsgBytes',
  'sendfileBytes',
  'wouldBlock',
  'coldRanges',
  'blockedSends',
  'inlineWrites',
  'inlineWriteBytes',
  'blockedWrites',
] as const satisfies (keyof NativeCounters)[]

/** Where in the addon's `counters` a count of waits is, which is looked at after each write. */
export const blockedWritesPlace = names.indexOf('blockedWrites')

/** All zero when there is no addon. */
export function nativeCounters(): NativeCounters {
  const counters = nativeAddon().addon?.counters
  const entries = names.map((name, place) => [name, counters?.[place] ?? 0])
  return Object.fromEntries(entries) as unknown as NativeCounters
}
