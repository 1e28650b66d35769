// JSON as a schema needs it: nothing in it is rounded, reordered or lost, which `JSON.parse` does with numbers and keys like "1".
// Source: what Jackson's JsonNode keeps apart (IntNode, LongNode, BigIntegerNode on one side, DoubleNode on the other).

/** A whole number is a bigint, of any size; one with a fraction or an exponent is a number, as Java's double. */
export type JsonValue = null | boolean | string | number | bigint | readonly JsonValue[] | JsonObject

/** Keys in the order of the text. A key that comes again keeps its place and takes the later value. */
export type JsonObject = ReadonlyMap<string, JsonValue>

export const isObject = (value: JsonValue | undefined): value is JsonObject => value instanceof Map
export const isArray = (value: JsonValue | undefined): value is readonly JsonValue[] => Array.isArray(value)

/** The text below a key; undefined when there is none or it is no text. */
export function textAt(object: JsonObject, key: string): string | undefined {
  const value = object.get(key)
  return typeof value === 'string' ? value : undefined
}

/** Equality as Jackson's JsonNode has it: the order of keys does not count, 1 and 1.0 differ. */
export function isSameJson(a: JsonValue, b: JsonValue): boolean {
  if (isArray(a)) return isArray(b) && a.length === b.length && a.every((item, i) => isSameJson(item, b[i]!))
  if (isObject(a)) {
    return (
      isObject(b) && a.size === b.size && [...a].every(([key, value]) => b.has(key) && isSameJson(value, b.get(key)!))
    )
  }
  return Object.is(a, b)
}

/** How many arrays and objects lie within each other. */
export function depthOfJson(value: JsonValue): number {
  if (!isArray(value) && !isObject(value)) return 0
  let deepest = 0
  for (const item of value.values()) deepest = Math.max(deepest, depthOfJson(item))
  return deepest + 1
}

/** What a value is, for a sentence. */
export function nameOfJson(value: JsonValue | undefined): string {
  if (value === undefined) return 'nothing'
  if (value === null) return 'null'
  if (isArray(value)) return 'an array'
  if (isObject(value)) return 'an object'
  if (typeof value === 'string') return `the text ${JSON.stringify(shortened(value))}`
  return typeof value === 'boolean' ? String(value) : `the number ${value}`
}

const shownCharsMax = 100

/** A text that people wrote, cut for a message. */
export const shortened = (text: string) => (text.length <= shownCharsMax ? text : `${text.slice(0, shownCharsMax)}…`)
