// How the memory for the keys of a cleaning is divided: the slots of the offset map, and behind them the marks of offsets.

import { slotBytes } from './offset-map.ts'
import { markBytes } from './offset-marks.ts'

export interface MapRoom {
  readonly mapSlots: number
  /** Offsets from the first dirty one on that have marks. */
  readonly markedOffsets: number
  /** All of it, in slots: no more than there may be. */
  readonly roomSlots: number
}

/** What marks may take of slots that are needed: eight million offsets with the default settings. */
const marksPartMax = 1 / 64
/** Beyond this, keys are looked for in long rows of slots. */
const fillMax = 0.95

/**
 * For a dirty part of so many offsets, and so as many keys at most. `slots` and `keysMax` are what the settings allow. Keys come first: marks
 * have what the map leaves, and where it needs all, a small part of the slots that its load factor keeps free.
 */
export function mapRoom(offsets: number, slots: number, keysMax: number): MapRoom {
  const dirtyOffsets = Math.max(0, offsets)
  const wanted = Math.max(1, Math.min(slots, Math.ceil((dirtyOffsets + 1) * (slots / keysMax))))
  const left = slots - wanted
  const given = Math.floor(slots * marksPartMax)
  const markSlots = Math.min(slotsFor(dirtyOffsets), Math.max(left, given))
  const mapSlots = Math.min(wanted, slots - markSlots)
  if (mapSlots < wanted && keysMax > mapSlots * fillMax)
    return { mapSlots: wanted, markedOffsets: 0, roomSlots: wanted }
  const markedOffsets = Math.min(dirtyOffsets, Math.floor((markSlots * slotBytes) / markBytes(32)) * 32)
  return { mapSlots, markedOffsets, roomSlots: mapSlots + markSlots }
}

function slotsFor(offsets: number): number {
  return Math.ceil(markBytes(offsets) / slotBytes)
}
