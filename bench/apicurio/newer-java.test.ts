import { expect, test } from 'vitest'
import { majorOf } from './newer-java.ts'

test('the version of a Java is read off what it says of itself', () => {
  expect(majorOf('openjdk version "17.0.15" 2025-04-15\nOpenJDK Runtime Environment (build 17.0.15+6)')).toBe(17)
  expect(majorOf('openjdk version "25" 2025-09-16 LTS')).toBe(25)
  expect(majorOf('java version "1.8.0_392"')).toBe(1)
  expect(majorOf('Error: could not find libjava.so')).toBe(0)
})
