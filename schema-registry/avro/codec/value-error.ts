// A value that does not suit its schema, or bytes that are no value of it: where, and what would be right.

export class AvroValueError extends Error {
  #path: string
  readonly #sentence: string

  /** @param sentence what is wrong, and what would be right */
  constructor(sentence: string) {
    super(sentence)
    this.name = 'AvroValueError'
    this.#path = ''
    this.#sentence = sentence
  }

  /** A JSON pointer into the value: `/items/2/price`; '' for the whole. */
  get path(): string {
    return this.#path
  }

  /** Called by what contains the value, from the inside out. */
  within(key: string | number): this {
    this.#path = `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}${this.#path}`
    this.message = `${this.#sentence} (at ${this.#path})`
    return this
  }
}

/** Puts the place into an error that comes from within a value, and throws it on. */
export function rethrow(cause: unknown, key: string | number): never {
  throw cause instanceof AvroValueError ? cause.within(key) : cause
}

const shownCharsMax = 60

/** What a value is, for a sentence. */
export function nameOf(value: unknown): string {
  if (value === null || value === undefined || typeof value === 'boolean') return String(value)
  if (typeof value === 'string')
    return JSON.stringify(value.length > shownCharsMax ? `${value.slice(0, shownCharsMax)}…` : value)
  if (typeof value === 'number') return `the number ${value}`
  if (typeof value === 'bigint') return `the bigint ${value}`
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'function') return 'a function'
  const name = value.constructor?.name
  return name === undefined || name === 'Object' ? 'an object' : `an object of class ${name}`
}

export const expected = (what: string, value: unknown): AvroValueError =>
  new AvroValueError(`${what} is expected here, not ${nameOf(value)}`)
