// JSON values as text, as Jackson writes them: no blanks, control characters escaped with capital digits, all else as it is,
// numbers as Java writes them. Equality of stored schemas is equality of this text.

import { javaDouble } from './java-number.ts'
import { isArray, isObject, type JsonValue } from './json-value.ts'

const escapes: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\f': '\\f',
  '\r': '\\r', // biome-ignore format: a table
}
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must be escaped
const escaped = /["\\\u0000-\u001f]/
const allEscaped = new RegExp(escaped, 'g')

export function quoted(text: string): string {
  if (!escaped.test(text)) return `"${text}"`
  const inHex = (character: string) =>
    escapes[character] ?? `\\u${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`
  return `"${text.replace(allEscaped, inHex)}"`
}

export function jsonText(value: JsonValue): string {
  if (typeof value === 'string') return quoted(value)
  if (typeof value === 'number') return Number.isFinite(value) ? javaDouble(value) : quoted(javaDouble(value))
  if (isArray(value)) return `[${value.map(jsonText).join()}]`
  if (isObject(value)) return `{${[...value].map(([key, item]) => `${quoted(key)}:${jsonText(item)}`).join()}}`
  return String(value)
}
