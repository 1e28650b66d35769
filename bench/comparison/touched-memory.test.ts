import { expect, test } from 'vitest'
import { freeBytes } from './touched-memory.ts'

test('what is free is what nothing is in', () => {
  const meminfo = 'MemTotal:       24684316 kB\nMemFree:        23190416 kB\nMemAvailable:   23811184 kB\n'
  expect(freeBytes(meminfo)).toBe(23190416 * 1024)
  expect(freeBytes('')).toBe(0)
})
