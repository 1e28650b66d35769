import { expect, test } from 'vitest'
import { objectOf, writeJson } from './java-json.ts'

test('control characters have upper-case digits, as Jackson writes them (CharTypes.copyHexChars)', () => {
  expect(writeJson('\u001f\u000b\n\t"\\ü\u2028\u007f')).toBe('"\\u001F\\u000B\\n\\t\\"\\\\ü\u2028\u007f"')
})

test('a backslash before something that looks like an escape stays one', () => {
  expect(writeJson('\\u001f\u001f')).toBe('"\\\\u001f\\u001F"')
})

test('maps keep their order, which objects with numeric names would not', () => {
  expect(writeJson(new Map([['10', 'a'], ['9', 'b']]))).toBe('{"10":"a","9":"b"}') // biome-ignore format: one thought
})

test('null and empty fields are left out, false and 0 are not (JsonInclude.NON_EMPTY)', () => {
  const fields = objectOf([
    ['none', undefined],
    ['null', null],
    ['text', ''],
    ['list', []],
    ['map', new Map()],
    ['no', false],
    ['zero', 0],
    ['object', {}],
  ])
  expect(writeJson(fields)).toBe('{"no":false,"zero":0,"object":{}}')
})

test('a field named __proto__ is a field', () => {
  expect(writeJson(objectOf([['__proto__', 1]]))).toBe('{"__proto__":1}')
  expect(writeJson(new Map([['__proto__', 1]]))).toBe('{"__proto__":1}')
})
