// Numbers as people read them.

import type { Int64 } from '../../protocol/wire/int64.ts'

/** 10,422 */
export function grouped(value: Int64): string {
  return String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ',')
}

/** "1 partition", "12 partitions", "10,422 records". */
export function counted(count: Int64, noun: string): string {
  return `${grouped(count)} ${noun}${count === 1 ? '' : 's'}`
}

const binaryUnits = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']

/** "512 B", "1.5 GiB". */
export function byteSize(bytes: Int64): string {
  let value = Number(bytes)
  let unit = 0
  while (value >= 1024 && unit < binaryUnits.length - 1) {
    value /= 1024
    unit += 1
  }
  return `${unit === 0 ? value : value.toFixed(value < 10 ? 1 : 0)} ${binaryUnits[unit]}`
}

const timeUnits = [
  { unit: 'd', ms: 86_400_000 },
  { unit: 'h', ms: 3_600_000 },
  { unit: 'min', ms: 60_000 },
  { unit: 's', ms: 1000 },
] as const

/** A length of time in its two largest units: "250 ms", "12 s", "3 min 5 s", "2 d 4 h". */
export function elapsed(ms: number): string {
  const first = timeUnits.findIndex(each => ms >= each.ms)
  if (first < 0) return `${Math.max(0, Math.round(ms))} ms`
  const [larger, smaller] = [timeUnits[first]!, timeUnits[first + 1]]
  const count = Math.floor(ms / larger.ms)
  const rest = smaller === undefined ? 0 : Math.floor((ms - count * larger.ms) / smaller.ms)
  return rest === 0 ? `${count} ${larger.unit}` : `${count} ${larger.unit} ${rest} ${smaller!.unit}`
}
