import { describe, expect, test } from 'vitest'
import { jsonDepthMax, readJson } from './json-reader.ts'
import { jsonText } from './json-text.ts'

const problem = (text: string): string => {
  try {
    return `no problem: ${jsonText(readJson(text))}`
  } catch (cause) {
    return (cause as Error).message
  }
}

describe('JSON of schemas', () => {
  test('keeps numbers, the order of keys, and the later of two equal ones in the place of the first', () => {
    const text = '{"2":9007199254740993,"1":-9223372036854775809,"f":1e7,"2":0.10,"s":"\\u001f\\/\\uD83D\\ude00"}'
    expect(jsonText(readJson(text))).toBe('{"2":0.1,"1":-9223372036854775809,"f":1.0E7,"s":"\\u001F/😀"}')
    expect(jsonText(readJson('[-0,-0.0,1e400]'))).toBe('[0,-0.0,"Infinity"]')
  })

  test('takes comments, as Java does', () => {
    expect(jsonText(readJson('// first\n{ /* a */ "a" /* : */ : [1, // one\n 2] } // last'))).toBe('{"a":[1,2]}')
  })

  test.each([
    ['', 'The schema is not valid JSON: the text is empty; a schema is expected (line 1, column 1)'],
    ['{"a":1', 'The schema is not valid JSON: a comma or the end of the object is expected (line 1, column 7)'],
    ['[1,]', 'The schema is not valid JSON: "]" is no JSON value (line 1, column 4)'],
    ['{"a" 1}', 'The schema is not valid JSON: a colon is expected behind the key "a" (line 1, column 6)'],
    ['{a:1}', 'The schema is not valid JSON: a key in double quotes is expected (line 1, column 2)'],
    ['{}\n{}', 'The schema is not valid JSON: there is more text behind the end of the schema (line 2, column 1)'],
    [
      '"a\nb"',
      'The schema is not valid JSON: a control character in a string must be written as an escape (line 1, column 3)',
    ],
    ['"abc', 'The schema is not valid JSON: the text ends within a string (line 1, column 5)'],
    ['"\\x"', 'The schema is not valid JSON: \\x is no escape (line 1, column 4)'],
    ['"\\u12g4"', 'The schema is not valid JSON: four hexadecimal digits are expected behind \\u (line 1, column 4)'],
    ['[01]', 'The schema is not valid JSON: a number is not written as JSON writes numbers (line 1, column 3)'],
    ['[1.]', 'The schema is not valid JSON: a number is not written as JSON writes numbers (line 1, column 3)'],
    ['[NaN]', 'The schema is not valid JSON: "N" is no JSON value (line 1, column 2)'],
    ['/* a', 'The schema is not valid JSON: the text ends within a comment (line 1, column 1)'],
    ['\u{feff}"int"', 'The schema is not valid JSON: "\u{feff}" is no JSON value (line 1, column 1)'],
  ])('%j', (text, sentence) => expect(problem(text)).toBe(sentence))

  test('has limits for levels and for digits', () => {
    expect(problem(`${'['.repeat(jsonDepthMax)}${']'.repeat(jsonDepthMax)}`)).toContain('no problem')
    expect(problem('['.repeat(jsonDepthMax + 1))).toContain(`nested deeper than ${jsonDepthMax} levels`)
    expect(problem('{"a":'.repeat(100_000))).toContain('nested deeper')
    expect(problem('9'.repeat(1000))).toContain('no problem')
    expect(problem('9'.repeat(1001))).toContain('more than 1000 characters')
  })
})
