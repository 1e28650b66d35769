// What every Random promises, whether it is the machine's or from a seed.

import { describe, expect, test } from 'vitest'
import type { Random } from '../random.ts'

export function randomContract(name: string, make: () => Random): void {
  const draws = <Value>(draw: (random: Random) => Value) => {
    const random = make()
    return Array.from({ length: 10_000 }, () => draw(random))
  }
  describe(`${name}: chance`, () => {
    test('next lies in 0 (included) to 1 (excluded), evenly', () => {
      const values = draws(random => random.next())
      expect(values.every(value => value >= 0 && value < 1)).toBe(true)
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length
      expect(Math.abs(mean - 0.5)).toBeLessThan(0.02)
    })
    test('int gives every whole number below, and no other', () => {
      expect(new Set(draws(random => random.int(7)))).toEqual(new Set([0, 1, 2, 3, 4, 5, 6]))
      expect(new Set(draws(random => random.int(1)))).toEqual(new Set([0]))
      expect(draws(random => random.int(2 ** 45)).some(value => value > 2 ** 40)).toBe(true)
    })
    test('bytes gives as many as asked for, of all values, never the same twice', () => {
      const random = make()
      expect(random.bytes(0)).toHaveLength(0)
      expect(new Set(random.bytes(10_000)).size).toBe(256)
      expect(random.bytes(16).equals(random.bytes(16))).toBe(false)
    })
  })
}
