import { expect, test } from 'vitest'
import { CredentialsError, readCredentials } from './credentials.ts'

const basic = (pair: string) => `Basic ${Buffer.from(pair).toString('base64')}`

test('lines, comments, secrets as they are and as their SHA-256', () => {
  const credentials = readCredentials(`
# who writes
basic alice secret
  basic bob sha256:2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b read
bearer ci  t0ken	read
`)
  expect(credentials.count).toBe(3)
  expect(credentials.recognize(basic('alice:secret'))).toEqual({ name: 'alice', role: 'all' })
  // printf secret | sha256sum
  expect(credentials.recognize(basic('bob:secret'))).toEqual({ name: 'bob', role: 'read' })
  expect(credentials.recognize('bearer t0ken')).toEqual({ name: 'ci', role: 'read' })
})

test('a password may have colons; a scheme does not take another one’s secret', () => {
  const credentials = readCredentials('basic alice a:b\nbearer ci token')
  expect(credentials.recognize(basic('alice:a:b'))).toEqual({ name: 'alice', role: 'all' })
  expect(credentials.recognize('Bearer a:b')).toBeUndefined()
  expect(credentials.recognize(basic('ci:token'))).toBeUndefined()
})

test.each([[undefined], [''], ['Basic'], ['Basic ???'], ['Digest x'], [basic('alice')], ['Bearer ']])(
  '%s is nobody',
  header => {
    expect(readCredentials('basic alice secret').recognize(header)).toBeUndefined()
  },
)

test.each([
  ['token abc', 'line 1: "token" is neither basic nor bearer'],
  ['\nbasic alice', 'line 2: the name or the secret is missing'],
  ['basic a:b secret', 'line 1: a name has no colon'],
  ['basic a secret write', 'line 1: "write" is not read'],
  ['basic a secret read more', 'line 1'],
  ['basic a sha256:abc', 'line 1: a SHA-256 has 64 hexadecimal digits'],
])('%j is refused with its line', (text, sentence) => {
  expect(() => readCredentials(text)).toThrow(CredentialsError)
  expect(() => readCredentials(text)).toThrow(sentence)
})
