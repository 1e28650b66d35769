// Which values of a setting are valid, as data, and the check. Source: the validators of Kafka 4.3.0's ConfigDef, and
// those that QuorumConfig, ThrottledReplicaListValidator and ShareGroupAutoOffsetResetStrategy add.
//
// `checkRule` accepts exactly what Kafka accepts; its texts are ours.

import { parseHostAndPort, parseVoters } from './quorum-address.ts'
import type { SettingValue, Trait } from './setting.ts'

export type Rule =
  | { readonly kind: 'range'; readonly min?: number; readonly max?: number }
  | { readonly kind: 'oneOf'; readonly values: readonly string[]; readonly ignoreCase: boolean }
  | { readonly kind: 'items'; readonly values: readonly string[]; readonly empty: boolean; readonly null: boolean }
  | { readonly kind: 'notNull' | 'notEmpty' | 'gzipLevel' | 'voters' | 'bootstrapServers' }
  | { readonly kind: 'throttledReplicas' | 'shareOffsetReset' }

const rule = (value: Rule): Trait => ({ rule: value })

export const atLeast = (min: number): Trait => rule({ kind: 'range', min })
export const between = (min: number, max: number): Trait => rule({ kind: 'range', min, max })
export const oneOf = (...values: string[]): Trait => rule({ kind: 'oneOf', values, ignoreCase: false })
export const oneOfIgnoringCase = (...values: string[]): Trait => rule({ kind: 'oneOf', values, ignoreCase: true })
/** A list of distinct, non-empty items; `values` limits them when given. */
export const items = (options: { empty: boolean; null?: boolean; values?: readonly string[] }): Trait =>
  rule({ kind: 'items', values: options.values ?? [], empty: options.empty, null: options.null ?? false })
export const notNull = rule({ kind: 'notNull' })
export const notEmpty = rule({ kind: 'notEmpty' })
export const gzipLevel = rule({ kind: 'gzipLevel' })
export const voters = rule({ kind: 'voters' })
export const bootstrapServers = rule({ kind: 'bootstrapServers' })
export const throttledReplicas = rule({ kind: 'throttledReplicas' })
export const shareOffsetReset = rule({ kind: 'shareOffsetReset' })

/** What is wrong with a parsed value, as the end of a sentence that names the setting and the value; null: nothing. */
export function checkRule(rule: Rule, value: SettingValue | null): string | null {
  switch (rule.kind) {
    case 'range':
      return checkRange(rule, value as number | bigint | null)
    case 'oneOf':
      return checkOneOf(rule, value as string | null)
    case 'items':
      return checkItems(rule, value as readonly string[] | null)
    case 'notNull':
      return value === null ? 'a value is needed' : null
    case 'notEmpty':
      return value === '' ? 'it must not be empty' : null
    case 'gzipLevel':
      return checkGzipLevel(value as number)
    case 'voters':
      return wrongAddress(() => parseVoters(value as readonly string[]))
    case 'bootstrapServers':
      return wrongAddress(() => (value as readonly string[]).map(parseHostAndPort))
    case 'throttledReplicas':
      return checkThrottledReplicas(value as readonly string[])
    case 'shareOffsetReset':
      return checkShareOffsetReset(value as string)
  }
}

/** Kafka compares as doubles, and so does this: every bound of the tables is exact as a double. */
function checkRange(rule: { min?: number; max?: number }, value: number | bigint | null): string | null {
  if (value === null) return 'a number is needed'
  if (rule.min !== undefined && Number(value) < rule.min) return `it must be at least ${rule.min}`
  if (rule.max !== undefined && Number(value) > rule.max) return `it must be at most ${rule.max}`
  return null
}

function checkOneOf(rule: { values: readonly string[]; ignoreCase: boolean }, value: string | null): string | null {
  const known = rule.ignoreCase
    ? value !== null && rule.values.some(candidate => candidate.toUpperCase() === value.toUpperCase())
    : value !== null && rule.values.includes(value)
  return known ? null : `it must be one of ${rule.values.join(', ')}`
}

function checkItems(
  rule: { values: readonly string[]; empty: boolean; null: boolean },
  value: readonly string[] | null,
): string | null {
  if (value === null) return rule.null ? null : 'a list is needed'
  if (value.length === 0 && !rule.empty) return 'the list must not be empty'
  if (value.includes('')) return 'no item of the list may be empty'
  const stranger = rule.values.length > 0 && value.find(item => !rule.values.includes(item))
  return stranger ? `${stranger} is not one of ${rule.values.join(', ')}` : null
}

const checkGzipLevel = (level: number): string | null =>
  level === -1 || (level >= 1 && level <= 9) ? null : 'it must be from 1 to 9, or -1 for the default level'

function wrongAddress(parse: () => unknown): string | null {
  try {
    parse()
    return null
  } catch (error) {
    return (error as Error).message
  }
}

function checkThrottledReplicas(value: readonly string[]): string | null {
  const good = value.every(item => /^([0-9]+:[0-9]+)?$/.test(item)) || value.join('') === '*'
  return good ? null : 'it must be * or a list of PARTITION:BROKER, such as 0:1,1:2'
}

/** A duration as java.time.Duration parses it. Negative ones are refused as a whole, as Kafka does. */
const duration =
  /^([-+]?)P(?:([-+]?[0-9]+)D)?(T(?:([-+]?[0-9]+)H)?(?:([-+]?[0-9]+)M)?(?:([-+]?[0-9]+)(?:[.,]([0-9]{0,9}))?S)?)?$/i

function checkShareOffsetReset(value: string): string | null {
  if (value === 'earliest' || value === 'latest') return null
  const wrong = 'it must be earliest, latest, or by_duration: and a duration such as PT1H or P3D'
  if (!value.startsWith('by_duration:')) return wrong
  const parts = duration.exec(value.slice('by_duration:'.length))
  if (!parts) return wrong
  const [, sign, days, time, hours, minutes, seconds, fraction] = parts
  if (time?.toUpperCase() === 'T' || (days ?? hours ?? minutes ?? seconds) === undefined) return wrong
  const secondsFraction = Number(`0.${fraction || '0'}`) * (seconds?.startsWith('-') ? -1 : 1)
  const total =
    Number(days ?? 0) * 86_400 + Number(hours ?? 0) * 3_600 + Number(minutes ?? 0) * 60 + Number(seconds ?? 0)
  const negative = (total + secondsFraction) * (sign === '-' ? -1 : 1) < 0
  return negative ? 'the duration must not be negative' : null
}
