// Replay equals live state: a coordinator that reads the log, as far as it is committed, says the same as the one that wrote it.
// Both are plain values; what has no order in the state must have been put in one.

import type { Violation } from './violation.ts'

const shownMax = 200

export function replayEqualsLive(place: string, live: unknown, replayed: unknown): Violation[] {
  const difference = differenceOf(live, replayed, place)
  return difference === undefined ? [] : [{ name: 'replayDiffers', what: difference }]
}

/** The first place where the two differ, and how. */
function differenceOf(live: unknown, replayed: unknown, path: string): string | undefined {
  if (!isCompound(live) || !isCompound(replayed) || Array.isArray(live) !== Array.isArray(replayed)) {
    return Object.is(live, replayed) ? undefined : `${path} is ${shown(live)}, replayed ${shown(replayed)}`
  }
  for (const key of new Set([...Object.keys(live), ...Object.keys(replayed)])) {
    const found = differenceOf(live[key], replayed[key], `${path}.${key}`)
    if (found !== undefined) return found
  }
  return undefined
}

const isCompound = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

function shown(value: unknown): string {
  const text = JSON.stringify(value, (_, item) => (typeof item === 'bigint' ? String(item) : item)) ?? 'missing'
  return text.length > shownMax ? `${text.slice(0, shownMax)}...` : text
}
