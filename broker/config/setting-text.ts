// Values as the text that Kafka shows for them, and the text rules of Java that parsing needs.
// Source: ConfigDef.convertToString of Kafka 4.3.0, and String.trim and Double.toString of Java.

import type { SettingType, SettingValue } from './setting.ts'

/** Without the characters up to U+0020 at both ends, which is what Java's String.trim takes away. */
export function trim(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && text.charCodeAt(start) <= 0x20) start++
  while (end > start && text.charCodeAt(end - 1) <= 0x20) end--
  return text.slice(start, end)
}

/** A list setting's items: split at commas, without the white space round them. Empty text is an empty list. */
export const splitList = (trimmed: string): readonly string[] =>
  trimmed === '' ? [] : trimmed.split(/[ \t\n\v\f\r]*,[ \t\n\v\f\r]*/)

/** The canonical text of a value: `1.0` for the double 1, items joined by commas. Null stays null. */
export function settingText(type: SettingType, value: SettingValue | null): string | null {
  if (value === null) return null
  if (type === 'double') return doubleText(value as number)
  return Array.isArray(value) ? value.join(',') : String(value)
}

/** A double as Java prints it: `0.5`, `100.0`, `1.0E10`, `1.0E-4`. (Subnormals, where Java keeps a second digit, differ.) */
export function doubleText(value: number): string {
  if (!Number.isFinite(value)) return String(value)
  const [mantissa = '0', exponentText = '0'] = Math.abs(value).toExponential().split('e')
  const sign = value < 0 || Object.is(value, -0) ? '-' : ''
  const exponent = Number(exponentText)
  if (value === 0) return `${sign}0.0`
  if (exponent < -3 || exponent >= 7) return `${sign}${mantissa.includes('.') ? mantissa : `${mantissa}.0`}E${exponent}`
  const plain = Math.abs(value).toString()
  return `${sign}${plain.includes('.') ? plain : `${plain}.0`}`
}
