// Reads JSON text into JsonValue. As Jackson in Avro's Java library it takes comments, and the later of two equal keys.
// Limits are Jackson's (StreamReadConstraints, 2.22): what they refuse here, Java refuses too.

import { InvalidSchemaError } from '../types/invalid-schema-error.ts'
import { type JsonValue, shortened } from './json-value.ts'

/** Arrays and objects within each other. Everything that walks over JSON or over a schema may therefore call itself. */
export const jsonDepthMax = 1000
/** Characters of one number. */
const numberCharsMax = 1000

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what may not stand in a string
const plain = /[^"\\\u0000-\u001f]*/y
const blank = /[ \t\r\n]*/y
const number = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/y
const hex4 = /[0-9a-fA-F]{4}/y
const escapes: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t', // biome-ignore format: a table
}
const words: readonly (readonly [string, JsonValue])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
]

/** @throws InvalidSchemaError that says line and column */
export function readJson(text: string): JsonValue {
  return new JsonReader(text).whole()
}

class JsonReader {
  readonly #text: string
  #at = 0
  #depth = 0

  constructor(text: string) {
    this.#text = text
  }

  whole(): JsonValue {
    this.#skipBlank()
    if (this.#at === this.#text.length) throw this.#wrong('the text is empty; a schema is expected')
    const value = this.#value()
    this.#skipBlank()
    if (this.#at < this.#text.length) throw this.#wrong('there is more text behind the end of the schema')
    return value
  }

  #value(): JsonValue {
    const first = this.#text[this.#at]
    if (first === '{') return this.#nested(() => this.#object())
    if (first === '[') return this.#nested(() => this.#array())
    if (first === '"') return this.#string()
    for (const [word, value] of words) {
      if (this.#text.startsWith(word, this.#at)) {
        this.#at += word.length
        return value
      }
    }
    return this.#number()
  }

  #nested(read: () => JsonValue): JsonValue {
    if (++this.#depth > jsonDepthMax) throw this.#wrong(`it is nested deeper than ${jsonDepthMax} levels`)
    this.#at++
    this.#skipBlank()
    const value = read()
    this.#depth--
    return value
  }

  #object(): JsonValue {
    const object = new Map<string, JsonValue>()
    if (this.#took('}')) return object
    do {
      this.#skipBlank()
      if (this.#text[this.#at] !== '"') throw this.#wrong('a key in double quotes is expected')
      const key = this.#string()
      this.#skipBlank()
      if (!this.#took(':')) throw this.#wrong(`a colon is expected behind the key ${JSON.stringify(shortened(key))}`)
      this.#skipBlank()
      object.set(key, this.#value())
      this.#skipBlank()
    } while (this.#took(','))
    if (!this.#took('}')) throw this.#wrong('a comma or the end of the object is expected')
    return object
  }

  #array(): JsonValue {
    const array: JsonValue[] = []
    if (this.#took(']')) return array
    do {
      this.#skipBlank()
      array.push(this.#value())
      this.#skipBlank()
    } while (this.#took(','))
    if (!this.#took(']')) throw this.#wrong('a comma or the end of the array is expected')
    return array
  }

  #string(): string {
    this.#at++
    let text = this.#match(plain)
    while (!this.#took('"')) {
      if (this.#at === this.#text.length) throw this.#wrong('the text ends within a string')
      if (!this.#took('\\')) throw this.#wrong('a control character in a string must be written as an escape')
      text += this.#escape() + this.#match(plain)
    }
    return text
  }

  #escape(): string {
    const letter = this.#text[this.#at++] ?? ''
    if (letter === 'u') {
      const digits = this.#match(hex4)
      if (digits === '') throw this.#wrong('four hexadecimal digits are expected behind \\u')
      return String.fromCharCode(Number.parseInt(digits, 16))
    }
    const escaped = escapes[letter]
    if (escaped === undefined) throw this.#wrong(`\\${letter} is no escape`)
    return escaped
  }

  #number(): JsonValue {
    number.lastIndex = this.#at
    const found = number.exec(this.#text)
    if (!found) throw this.#wrong(`${this.#next()} is no JSON value`)
    const [digits, fraction, exponent] = found
    if (digits.length > numberCharsMax) throw this.#wrong(`a number has more than ${numberCharsMax} characters`)
    this.#at += digits.length
    if (/[0-9.]/.test(this.#text[this.#at] ?? '')) throw this.#wrong('a number is not written as JSON writes numbers')
    return fraction === undefined && exponent === undefined ? BigInt(digits) : Number(digits)
  }

  #took(character: string): boolean {
    if (this.#text[this.#at] !== character) return false
    this.#at++
    return true
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)?.[0] ?? ''
    this.#at += found.length
    return found
  }

  #skipBlank(): void {
    this.#match(blank)
    while (this.#text[this.#at] === '/') {
      this.#skipComment()
      this.#match(blank)
    }
  }

  #skipComment(): void {
    const kind = this.#text[this.#at + 1]
    if (kind !== '/' && kind !== '*') throw this.#wrong('a slash stands where only a comment may')
    const end = this.#text.indexOf(kind === '/' ? '\n' : '*/', this.#at + 2)
    if (end === -1 && kind === '*') throw this.#wrong('the text ends within a comment')
    this.#at = end === -1 ? this.#text.length : end + (kind === '/' ? 1 : 2)
  }

  #next(): string {
    const at = this.#text.codePointAt(this.#at)
    return at === undefined ? 'the end of the text' : JSON.stringify(String.fromCodePoint(at))
  }

  #wrong(what: string): InvalidSchemaError {
    const before = this.#text.slice(0, this.#at).split('\n')
    const place = `line ${before.length}, column ${before.at(-1)!.length + 1}`
    return new InvalidSchemaError('', `The schema is not valid JSON: ${what} (${place})`)
  }
}
