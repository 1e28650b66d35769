import { expect, test } from 'vitest'
import { AnswerMemory } from './answer-memory.ts'

test('what is freed is used again, for answers of about that size', () => {
  const memory = new AnswerMemory()
  const first = memory.take(1_000_000)
  memory.free(first.buffer)
  expect(memory.take(999_000).buffer).toBe(first.buffer)
})

test('what is freed twice is used once', () => {
  const memory = new AnswerMemory()
  const first = memory.take(1_000_000)
  memory.free(first.buffer)
  memory.free(first.buffer)
  const again = memory.take(1_000_000)
  expect(memory.take(1_000_000).buffer).not.toBe(again.buffer)
})

test('memory that Node shares out, or that came from elsewhere, is not taken', () => {
  const memory = new AnswerMemory({ poisons: true })
  const small = memory.take(100)
  small.fill(7)
  memory.free(small.buffer)
  const foreign = Buffer.alloc(1 << 20, 7)
  memory.free(foreign.buffer)
  expect([small[0], foreign[0]]).toEqual([7, 7])
})
