// Expected as Confluent's QualifiedSubjectTest has it, for one tenant.

import { expect, test } from 'vitest'
import {
  isValidSubject,
  isWithin,
  normalizeSubject,
  parseSubject,
  prefixOfContext,
  relativeTo,
} from './subject-name.ts'

test.each([
  ['subject', '.', 'subject'],
  ['', '.', ''],
  ['subject:with', '.', 'subject:with'],
  [':.ctx:subject', '.ctx', 'subject'],
  [':.ctx:subject:with', '.ctx', 'subject:with'],
  [':.ctx:', '.ctx', ''],
  [':.ctx', '.ctx', ''],
  [':.:subject', '.', 'subject'],
  [':.:', '.', ''],
  [':*:', '*', ''],
  [':*:subject', '*', 'subject'],
  [':ctx:subject', '.', ':ctx:subject'],
])('%s is in the context %s the subject %s', (name, context, subject) => {
  expect(parseSubject(name)).toEqual({ context, subject })
})

test('the default context is not written', () => {
  expect([':.:s', ':.c:s', ':.c', ':.:'].map(normalizeSubject)).toEqual(['s', ':.c:s', ':.c:', ''])
})

test('a name within another one’s context', () => {
  expect(relativeTo(':.c:parent', 's')).toBe(':.c:s')
  expect(relativeTo(':.c:parent', ':.d:s')).toBe(':.d:s')
  expect(relativeTo('parent', 's')).toBe('s')
})

test('what a scope contains', () => {
  expect(isWithin(':.c:s', ':.c:')).toBe(true)
  expect(isWithin(':.c:s', ':.c:s')).toBe(true)
  expect(isWithin(':.c:s', ':.c:t')).toBe(false)
  expect(isWithin('s', ':.c:')).toBe(false)
  expect(isWithin(':.c:s', ':.__GLOBAL:')).toBe(true)
  expect(isWithin(':.c:s', undefined)).toBe(true)
})

test('names that are kept out', () => {
  const names = ['a\nb', 'a\u0085b', '__GLOBAL', ':.c:__EMPTY', ':.__GLOBAL:s', 'a\ud800']
  expect(names.map(name => isValidSubject(name))).toEqual(names.map(() => false))
  expect(isValidSubject(':.__GLOBAL:', { isConfigOrMode: true })).toBe(true)
  expect(isValidSubject('a/b ü *')).toBe(true)
})

test('a context as paths name it', () => {
  expect(['c', '.c', ':.c:', ':.c', '.', ':.:'].map(prefixOfContext)).toEqual([':.c:', ':.c:', ':.c:', ':.c:', '', ''])
  expect(prefixOfContext('a:b')).toBeUndefined()
})
