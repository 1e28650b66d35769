import { expect, test } from 'vitest'
import { BatchMemory } from './batch-memory.ts'

test('memory is handed out up to the limit, and again once it is given back', () => {
  const memory = new BatchMemory(250)
  const first = memory.take(100)!
  const second = memory.take(100)!
  expect(memory.take(100)).toBeUndefined()
  memory.give(first)
  expect(memory.take(100)).toBe(first)
  expect([memory.usedBytes, memory.freeBytes]).toEqual([200, 0])
  memory.give(second)
  expect([memory.usedBytes, memory.freeBytes]).toEqual([100, 100])
})

test('what is kept makes room for another size', () => {
  const memory = new BatchMemory(250)
  memory.give(memory.take(100)!)
  memory.give(memory.take(150)!)
  expect(memory.freeBytes).toBe(250)
  memory.take(200)
  expect(memory.usedBytes + memory.freeBytes).toBeLessThanOrEqual(250)
})

test('memory that somebody may still read is not used again', () => {
  const memory = new BatchMemory(100)
  const taken = memory.take(100)!
  memory.abandon(taken)
  expect(memory.take(100)).not.toBe(taken)
})
