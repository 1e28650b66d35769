import fc from 'fast-check'
import { expect, test } from 'vitest'
import { errorName, errors } from '../../protocol/errors.ts'
import { OffsetWaits } from './offset-waits.ts'

test('an advance tells those whose record is there, lowest first, once', () => {
  const waits = new OffsetWaits()
  const told: string[] = []
  for (const offset of [3, 7, 5, 5, 1]) waits.add(offset, error => told.push(`${offset} ${errorName(error.code)}`))
  waits.advance(1)
  expect(told).toEqual([])
  waits.advance(4)
  expect(told).toEqual(['1 NONE', '3 NONE'])
  waits.advance(6, errors.NOT_ENOUGH_REPLICAS_AFTER_APPEND)
  expect(told.slice(2)).toEqual(['5 NOT_ENOUGH_REPLICAS_AFTER_APPEND', '5 NOT_ENOUGH_REPLICAS_AFTER_APPEND'])
  waits.fail(errors.KAFKA_STORAGE_ERROR)
  expect(told.slice(4)).toEqual(['7 KAFKA_STORAGE_ERROR'])
  expect(waits.count).toBe(0)
  waits.advance(100)
  expect(told).toHaveLength(5)
})

test('whoever is told may wait again', () => {
  const waits = new OffsetWaits()
  const told: number[] = []
  const wait = (offset: number) =>
    waits.add(offset, () => {
      told.push(offset)
      if (offset < 5) wait(offset + 1)
    })
  wait(0)
  waits.advance(3)
  expect(told).toEqual([0, 1, 2])
  waits.advance(10)
  expect(told).toEqual([0, 1, 2, 3, 4, 5])
})

test('nobody is forgotten, nobody told too early', () => {
  const steps = fc.array(fc.oneof(fc.record({ wait: fc.nat(5000) }), fc.record({ advance: fc.nat(50) })), {
    maxLength: 3000,
  })
  fc.assert(
    fc.property(steps, script => {
      const waits = new OffsetWaits()
      const waiting = new Map<number, number>()
      let end = 0
      script.forEach((step, id) => {
        if ('wait' in step) {
          const offset = end + step.wait
          waiting.set(id, offset)
          waits.add(offset, () => {
            expect(offset).toBeLessThan(end)
            expect(waiting.delete(id)).toBe(true)
          })
        } else {
          end += step.advance
          waits.advance(end)
          for (const offset of waiting.values()) expect(offset).toBeGreaterThanOrEqual(end)
        }
        expect(waits.count).toBe(waiting.size)
      })
    }),
    { numRuns: 30 },
  )
})
