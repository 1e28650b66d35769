// From the text of a setting to its typed value, accepting exactly what Kafka 4.3.0 accepts (ConfigDef.parseType and the
// setting's rule). Two things are not checked because they need a Java class path: that a class exists and what it
// implements. Hexadecimal doubles, which Java reads, are refused.

import type { Setting, SettingType, SettingValue } from './setting.ts'
import { isSensitive } from './setting.ts'
import { checkRule } from './setting-rule.ts'
import { splitList, trim } from './setting-text.ts'

export type ParsedSetting = { readonly value: SettingValue } | { readonly problem: string }

/** Reads a value. The problem names the setting, the value (never a secret one) and the rule it breaks. */
export function parseSetting(name: string, setting: Setting, text: string): ParsedSetting {
  const value = parseValue(setting.type, trim(text))
  const shown = isSensitive(setting) ? '(hidden)' : text === '' ? '(empty)' : text
  if (value === undefined)
    return { problem: `Invalid value ${shown} for ${name}: it must be ${expectation[setting.type]}.` }
  // Kafka drops what comes twice from a list that must be distinct.
  const distinct = setting.rule?.kind === 'items' ? [...new Set(value as readonly string[])] : value
  const broken = setting.rule && checkRule(setting.rule, distinct)
  return broken ? { problem: `Invalid value ${shown} for ${name}: ${broken}.` } : { value: distinct }
}

/** The value that a setting has when nobody sets it; null also for one that must be set. */
export function defaultValue(setting: Setting): SettingValue | null {
  if (setting.default === null || setting.default === undefined) return null
  return parseValue(setting.type, setting.default) ?? null
}

const expectation: Record<SettingType, string> = {
  boolean: 'true or false',
  int: 'a whole number of 32 bits',
  short: 'a whole number of 16 bits',
  long: 'a whole number of 64 bits',
  double: 'a number',
  string: 'text',
  list: 'a list',
  class: 'the name of a class',
  password: 'text',
}

function parseValue(type: SettingType, trimmed: string): SettingValue | undefined {
  switch (type) {
    case 'boolean':
      return parseBoolean(trimmed)
    case 'int':
      return parseInteger(trimmed, 32) as number | undefined
    case 'short':
      return parseInteger(trimmed, 16) as number | undefined
    case 'long':
      return parseInteger(trimmed, 64)
    case 'double':
      return parseDouble(trimmed)
    case 'list':
      return splitList(trimmed)
    case 'class':
      return trimmed === '' ? undefined : trimmed
    case 'string':
    case 'password':
      return trimmed
  }
}

function parseBoolean(text: string): boolean | undefined {
  const lower = text.toLowerCase()
  return lower === 'true' ? true : lower === 'false' ? false : undefined
}

/** A signed integer of that many bits; bigint where a number would round. */
function parseInteger(text: string, bits: 16 | 32 | 64): number | bigint | undefined {
  if (!/^[-+]?[0-9]+$/.test(text)) return undefined
  const exact = BigInt(text.startsWith('+') ? text.slice(1) : text)
  if (BigInt.asIntN(bits, exact) !== exact) return undefined
  const rounded = Number(exact)
  return Number.isSafeInteger(rounded) ? rounded : exact
}

function parseDouble(text: string): number | undefined {
  const special = /^([-+]?)(NaN|Infinity)$/.exec(text)
  if (special) return special[2] === 'NaN' ? Number.NaN : special[1] === '-' ? -Infinity : Infinity
  const match = /^([-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?)[dDfF]?$/.exec(text)
  return match ? Number(match[1]) : undefined
}
