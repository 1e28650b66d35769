// How many more bytes may become dirty in the page cache before the kernel makes those wait who write (balance_dirty_pages in
// Linux's mm/page-writeback.c: from the middle between the two thresholds on).

import { closeSync, openSync, readSync } from 'node:fs'

const path = '/proc/vmstat'
const pageBytes = 4096
const textBytesMax = 16 * 1024

/** Reads what the kernel says of itself, some 50 us; 0 where it says nothing. */
export function dirtyRoomBytes(): number {
  const text = readKernelText()
  return text === undefined ? 0 : roomIn(text)
}

/** Of the text of /proc/vmstat. */
export function roomIn(vmstat: string): number {
  const pages = (name: string) => Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(vmstat)?.[1] ?? Number.NaN)
  const freeRunPages = (pages('nr_dirty_threshold') + pages('nr_dirty_background_threshold')) / 2
  const room = freeRunPages - pages('nr_dirty') - pages('nr_writeback')
  return Number.isNaN(room) ? 0 : Math.max(0, room * pageBytes)
}

// Opened each time: a descriptor that is kept for ever would be missed by whoever counts them.
function readKernelText(): string | undefined {
  let descriptor: number | undefined
  try {
    descriptor = openSync(path, 'r')
    const buffer = Buffer.allocUnsafe(textBytesMax)
    return buffer.toString('latin1', 0, readSync(descriptor, buffer, 0, textBytesMax, 0))
  } catch {
    return undefined
  } finally {
    if (descriptor !== undefined) closeSync(descriptor)
  }
}
