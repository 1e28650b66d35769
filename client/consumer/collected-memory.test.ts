import { expect, test } from 'vitest'
import { CollectedMemory } from './collected-memory.ts'

const mebibyte = 1024 * 1024

test('as much young garbage is made as memory is taken, and none for little', () => {
  const memory = new CollectedMemory()
  for (let taken = 0; taken < 3; taken += 1) expect(memory.allocate(mebibyte).byteLength).toBe(mebibyte)
  expect(memory.filledBytes).toBe(0)
  for (let taken = 0; taken < 37; taken += 1) memory.allocate(mebibyte)
  expect(memory.filledBytes).toBe(40 * mebibyte)
})

test('each answer has memory of its own', () => {
  const memory = new CollectedMemory()
  const first = memory.allocate(mebibyte)
  expect(memory.allocate(mebibyte)).not.toBe(first)
})
