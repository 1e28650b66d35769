// Reads the fields of a JSON object that somebody else wrote, as leniently as Jackson: a number may come as text and the other way
// round, null is missing, unknown fields are no error but are kept.

import type { UnknownFields } from './entities.ts'

/** A field that cannot be read: where, and what was expected. */
export class FieldError extends Error {
  constructor(path: string, expected: string, found: unknown) {
    super(`${path === '' ? 'the document' : `"${path}"`} has to be ${expected}, and is ${nameOf(found)}`)
    this.name = 'FieldError'
  }
}

function nameOf(value: unknown): string {
  if (value === undefined || value === null) return 'missing'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'an object'
  const text = JSON.stringify(value)
  return text.length > 40 ? `${text.slice(0, 40)}…` : text
}

const int32Max = 2 ** 31 - 1

export class FieldReader {
  readonly #fields: Readonly<Record<string, unknown>>
  readonly #path: string
  readonly #read = new Set<string>()

  /** @param path where the object is in its document, for messages */
  constructor(value: unknown, path = '') {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new FieldError(path, 'an object', value)
    }
    this.#fields = value as Record<string, unknown>
    this.#path = path
  }

  /** Whether the field is there at all, be it null. */
  has(name: string): boolean {
    this.#read.add(name)
    return Object.hasOwn(this.#fields, name)
  }

  text(name: string): string | undefined {
    return textOf(this.#value(name), this.#pathOf(name))
  }

  integer(name: string): number | undefined {
    const value = this.#value(name)
    if (value === undefined || value === null || value === '') return undefined
    const number = typeof value === 'string' ? Number(value.trim()) : value
    if (typeof number !== 'number' || !Number.isFinite(number) || Math.abs(number) > int32Max) {
      throw new FieldError(this.#pathOf(name), `a whole number of at most ${int32Max}`, value)
    }
    return Math.trunc(number)
  }

  flag(name: string): boolean | undefined {
    const value = this.#value(name)
    if (value === undefined || value === null || value === '') return undefined
    if (typeof value === 'boolean') return value
    if (typeof value === 'number') return value !== 0
    if (value === 'true' || value === 'True' || value === 'TRUE') return true
    if (value === 'false' || value === 'False' || value === 'FALSE') return false
    throw new FieldError(this.#pathOf(name), 'true or false', value)
  }

  /** One of the words, as they are written. */
  word<T extends string>(name: string, words: readonly T[]): T | undefined {
    const text = this.text(name)
    if (text === undefined || text === '') return undefined
    if (!words.includes(text as T)) throw new FieldError(this.#pathOf(name), `one of ${words.join(', ')}`, text)
    return text as T
  }

  object<T>(name: string, read: (fields: FieldReader) => T): T | undefined {
    const value = this.#value(name)
    if (value === undefined || value === null) return undefined
    return read(new FieldReader(value, this.#pathOf(name)))
  }

  objects<T>(name: string, read: (fields: FieldReader) => T): T[] | undefined {
    return this.#list(name)?.map((item, index) => read(new FieldReader(item, `${this.#pathOf(name)}[${index}]`)))
  }

  texts(name: string): string[] | undefined {
    return this.#list(name)?.map((item, index) => this.#textIn(item, `${this.#pathOf(name)}[${index}]`))
  }

  /** A set of texts: each once, in the order of code units. */
  textSet(name: string): string[] | undefined {
    const texts = this.texts(name)
    return texts && [...new Set(texts)].sort()
  }

  /** An object of texts, in the order of its names. */
  textMap(name: string): Map<string, string> | undefined {
    return this.#map(name, (item, path) => this.#textIn(item, path))
  }

  /** An object of sets of texts, in the order of its names. */
  textSetMap(name: string): Map<string, string[]> | undefined {
    return this.#map(name, (item, path) => new FieldReader({ set: item }, path).textSet('set') ?? [])
  }

  /** What nobody has asked for. */
  unknown(): UnknownFields | undefined {
    const names = Object.keys(this.#fields).filter(name => !this.#read.has(name))
    return names.length === 0 ? undefined : Object.fromEntries(names.map(name => [name, this.#fields[name]]))
  }

  #value(name: string): unknown {
    this.#read.add(name)
    return Object.hasOwn(this.#fields, name) ? this.#fields[name] : undefined
  }

  #pathOf(name: string): string {
    return this.#path === '' ? name : `${this.#path}.${name}`
  }

  #list(name: string): unknown[] | undefined {
    const value = this.#value(name)
    if (value === undefined || value === null) return undefined
    if (!Array.isArray(value)) throw new FieldError(this.#pathOf(name), 'a list', value)
    return value
  }

  #map<T>(name: string, read: (item: unknown, path: string) => T): Map<string, T> | undefined {
    return this.object(name, fields => {
      const sorted = Object.entries(fields.#fields).sort(([a], [b]) => (a < b ? -1 : 1))
      return new Map(sorted.map(([key, item]) => [key, read(item, fields.#pathOf(key))]))
    })
  }

  #textIn(item: unknown, path: string): string {
    const text = textOf(item, path)
    if (text === undefined) throw new FieldError(path, 'a text', item)
    return text
  }
}

// A lone surrogate is no character: Java cannot write it as UTF-8, and neither could whoever reads our records.
function textOf(value: unknown, path: string): string | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value === 'object') throw new FieldError(path, 'a text', value)
  const text = String(value)
  if (/\p{Surrogate}/u.test(text))
    throw new FieldError(path, 'a text of whole characters', 'a text with half of a surrogate pair')
  return text
}
