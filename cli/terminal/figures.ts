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
