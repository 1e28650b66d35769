// Places in a partition as they are typed: beginning, end, an offset, the last ten (-10), a moment (2026-11-01T10:00), or so
// long ago (15m).

import type { OffsetPlace } from '../../client/admin/offsets.ts'
import { usage } from '../terminal/failure.ts'
import { durationMs } from './duration.ts'

export type Place =
  | { readonly kind: 'beginning' | 'end' }
  | { readonly kind: 'offset'; readonly offset: number }
  /** So many records before the end. */
  | { readonly kind: 'last'; readonly count: number }
  /** The first record at or after it, in milliseconds since 1970. */
  | { readonly kind: 'time'; readonly timestampMs: number }

const help =
  'give beginning, end, an offset (1234), the last records (-10), a moment (2026-11-01T10:00), or how long ago (15m)'

/** Throws a Failure that names the option. */
export function parsePlace(text: string, option: string, nowMs: number): Place {
  if (text === 'beginning' || text === 'earliest') return { kind: 'beginning' }
  if (text === 'end' || text === 'latest') return { kind: 'end' }
  if (/^\d+$/.test(text)) return { kind: 'offset', offset: safe(Number(text), option) }
  if (/^-\d+$/.test(text)) return { kind: 'last', count: safe(-Number(text), option) }
  const agoMs = durationMs(text)
  if (agoMs !== undefined) return { kind: 'time', timestampMs: Math.floor(nowMs - agoMs) }
  const timestampMs = momentMs(text)
  if (timestampMs !== undefined) return { kind: 'time', timestampMs }
  throw usage(`${option} ${text}: ${help}`)
}

/** In this machine's time zone unless it names one, also when it is only a day. */
function momentMs(text: string): number | undefined {
  if (!/^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:?\d{2})?)?$/.test(text)) return undefined
  const ms = new Date(text.includes('T') ? text : `${text}T00:00`).getTime()
  return Number.isNaN(ms) ? undefined : ms
}

function safe(value: number, option: string): number {
  if (Number.isSafeInteger(value)) return value
  throw usage(`${option} ${value}: that is more than any partition has`)
}

/** What a broker is asked for the place; of the last records the end. */
export function offsetPlaceOf(place: Exclude<Place, { kind: 'offset' }>): OffsetPlace {
  if (place.kind === 'time') return { timestampMs: place.timestampMs }
  return place.kind === 'beginning' ? 'earliest' : 'latest'
}
