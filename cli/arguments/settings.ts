// Settings as they are typed: name=value.

import { usage } from '../terminal/failure.ts'

/** Throws a Failure that names the option. */
export function parseSettings(texts: readonly string[], option: string): Record<string, string> {
  const settings: Record<string, string> = {}
  for (const text of texts) {
    const at = text.indexOf('=')
    if (at <= 0) throw usage(`${option} ${text}: a setting is given as name=value, such as retention.ms=86400000`)
    settings[text.slice(0, at).trim()] = text.slice(at + 1).trim()
  }
  return settings
}

/** A whole number of at least `min`. Throws a Failure that names the option. */
export function parseWhole(text: string, option: string, min = 0): number {
  const value = Number(text)
  if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= min) return value
  throw usage(`${option} ${text}: give a whole number of at least ${min}`)
}

/** "0,3,5-7" as numbers, each once, in order. Throws a Failure that names the option. */
export function parseNumbers(text: string, option: string): number[] {
  const numbers = new Set<number>()
  for (const part of text.split(',')) {
    const range = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(part.trim())
    if (range === null) throw usage(`${option} ${text}: give numbers and ranges, such as 0,3,5-7`)
    const [first, last] = [Number(range[1]), Number(range[2] ?? range[1])]
    if (last < first || last - first > 100_000) throw usage(`${option} ${text}: ${part} is no range of partitions`)
    for (let number = first; number <= last; number += 1) numbers.add(number)
  }
  return [...numbers].sort((a, b) => a - b)
}
