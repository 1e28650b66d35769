// Dates and times that have no exact type in JavaScript, as texts in the form of ISO 8601. Nothing is rounded: a text has as many
// digits behind the second as its type counts.

import { AvroValueError, expected } from './value-error.ts'

const dayMs = 86_400_000
/** What `Date` can say: a hundred million days around 1970. */
const dateMsMax = 8_640_000_000_000_000
const dateForm = /^([+-]\d{6}|\d{4})-\d{2}-\d{2}$/

function isoOf(ms: number): string {
  if (Math.abs(ms) > dateMsMax) {
    throw new AvroValueError(
      'The time is beyond what a date can say; read it as the number it is, without logical types',
    )
  }
  return new Date(ms).toISOString()
}

/** Days since 1970-01-01 as `2026-11-27`. */
export const dateText = (days: number): string => isoOf(days * dayMs).slice(0, -'T00:00:00.000Z'.length)

export function daysOf(text: unknown): number {
  if (typeof text !== 'string' || !dateForm.test(text)) throw expected('A date as a text, such as "2026-11-27",', text)
  const days = Date.parse(`${text}T00:00:00Z`) / dayMs
  if (Number.isNaN(days) || dateText(days) !== text) throw new AvroValueError(`The calendar has no ${text}`)
  return days
}

const digitsOfUnit = { millis: 3, micros: 6, nanos: 9 } as const
export type Unit = keyof typeof digitsOfUnit

const perSecond = (unit: Unit) => 10n ** BigInt(digitsOfUnit[unit])
const daySeconds = 86_400n

/** A time since midnight as `23:59:59.999`. */
export function timeText(count: number | bigint, unit: Unit): string {
  const total = BigInt(count)
  if (total < 0n || total >= daySeconds * perSecond(unit)) {
    throw new AvroValueError(`A time of day cannot be ${count} ${unit} after midnight`)
  }
  const [seconds, rest] = [Number(total / perSecond(unit)), total % perSecond(unit)]
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
  return `${parts.map(part => String(part).padStart(2, '0')).join(':')}.${String(rest).padStart(digitsOfUnit[unit], '0')}`
}

export function timeOf(text: unknown, unit: Unit): bigint {
  const found = typeof text === 'string' ? /^([01]\d|2[0-3]):([0-5]\d):([0-5]\d)(?:\.(\d+))?$/.exec(text) : null
  if (!found) throw expected('A time of day as a text, such as "23:59:59.5",', text)
  const [, hours, minutes, seconds, fraction = ''] = found
  const digits = digitsOfUnit[unit]
  if (fraction.length > digits && /[1-9]/.test(fraction.slice(digits))) {
    throw new AvroValueError(`The time ${text} is finer than ${unit}; round it before it is written`)
  }
  const whole = BigInt(hours!) * 3600n + BigInt(minutes!) * 60n + BigInt(seconds!)
  return whole * perSecond(unit) + BigInt(fraction.slice(0, digits).padEnd(digits, '0'))
}

/** A date with a time and no zone, as `2026-11-27T23:59:59.999`. */
export function localText(count: number | bigint, unit: Unit): string {
  const day = daySeconds * perSecond(unit)
  const time = ((BigInt(count) % day) + day) % day
  return `${dateText(Number((BigInt(count) - time) / day))}T${timeText(time, unit)}`
}

export function localOf(text: unknown, unit: Unit): bigint {
  const parts = typeof text === 'string' ? text.split('T') : []
  if (parts.length !== 2) throw expected('A date and a time without a zone, such as "2026-11-27T23:59:59.5",', text)
  return BigInt(daysOf(parts[0])) * daySeconds * perSecond(unit) + timeOf(parts[1], unit)
}
