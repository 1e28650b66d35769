// JSON as Java's Jackson writes it, so that our records of `_schemas` have the bytes of Confluent's: fields in the order given, those
// left out that are null or empty (JsonInclude.NON_EMPTY), control characters with upper-case digits.

export type Fields = ReadonlyArray<readonly [name: string, value: unknown]>

/** An object of the fields that are neither undefined, null, an empty text, nor an empty list or map. Booleans and numbers always are in. */
export function objectOf(fields: Fields): Record<string, unknown> {
  const shown = fields.filter(([, value]) => !isEmpty(value))
  // Object.fromEntries defines even a field named __proto__ as a field.
  return Object.fromEntries(shown)
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return true
  if (Array.isArray(value)) return value.length === 0
  return value instanceof Map && value.size === 0
}

/** The text of a value. Maps are written as objects in their own order, which objects with numeric names would not keep. */
export function writeJson(value: unknown): string {
  if (value instanceof Map) return `{${[...value].map(([name, item]) => field(name, item)).join(',')}}`
  if (Array.isArray(value)) return `[${value.map(writeJson).join(',')}]`
  if (typeof value === 'object' && value !== null) {
    return `{${Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .map(([name, item]) => field(name, item))
      .join(',')}}`
  }
  return typeof value === 'string' ? quoted(value) : JSON.stringify(value)
}

const field = (name: string, value: unknown) => `${quoted(name)}:${writeJson(value)}`

/** JavaScript writes U+001F as \u001f, Jackson as \u001F. */
function quoted(text: string): string {
  const json = JSON.stringify(text)
  if (!json.includes('\\u')) return json
  return json.replace(/\\(?:u([0-9a-f]{4})|.)/g, (found, digits?: string) =>
    digits === undefined ? found : `\\u${digits.toUpperCase()}`,
  )
}
