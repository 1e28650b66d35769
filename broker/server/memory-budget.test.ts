import { expect, test } from 'vitest'
import { MemoryBudget } from './memory-budget.ts'

test('room is given while any is left, then in the order of asking', () => {
  const budget = new MemoryBudget(100)
  const served: string[] = []
  const ask = (name: string, bytes: number) => {
    const take = (): void => {
      if (budget.take(bytes, take)) served.push(name)
    }
    take()
  }
  ask('a', 60)
  ask('b', 60)
  ask('c', 50)
  ask('d', 10)
  expect(served).toEqual(['a', 'b'])
  budget.give(60)
  expect(served).toEqual(['a', 'b', 'c'])
  budget.give(60)
  expect(served).toEqual(['a', 'b', 'c', 'd'])
  expect(budget.usedBytes).toBe(60)
})

test('who is called and cannot use the room holds up nobody', () => {
  const budget = new MemoryBudget(100)
  budget.take(100, () => {})
  let called = 0
  const busy = () => called++
  let served = false
  const eager = () => {
    served = budget.take(10, eager)
  }
  expect(budget.take(10, busy)).toBe(false)
  eager()
  budget.give(100)
  expect([called, served]).toEqual([1, true])
})

test('who left is not called', () => {
  const budget = new MemoryBudget(1)
  budget.take(1, () => {})
  const gone = () => expect.unreachable()
  budget.take(1, gone)
  budget.leave(gone)
  budget.give(1)
  expect(budget.usedBytes).toBe(0)
})
