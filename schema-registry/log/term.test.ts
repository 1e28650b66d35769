import { describe, expect, test } from 'vitest'
import { compareTerms, epochMax, firstProducerId, isClosing, laterOf, type Term, termAfter } from './term.ts'

const term = (producerId: number, epoch: number): Term => ({ producerId, epoch })

test('the first term of a topic, and the one after another', () => {
  expect(termAfter(undefined)).toEqual(term(firstProducerId, 0))
  expect(termAfter(term(7, 3))).toEqual(term(7, 4))
})

test('the producer id is one that every client can hold and no cluster gives out', () => {
  expect(Number.isSafeInteger(firstProducerId)).toBe(true)
  expect(Buffer.from(firstProducerId.toString(16), 'hex').toString()).toBe('millra')
})

describe('when the epochs are used up', () => {
  test('the last one closes the producer id, and the next id begins behind it', () => {
    const closing = termAfter(term(7, epochMax - 1))
    expect(closing).toEqual(term(7, epochMax))
    expect(isClosing(closing)).toBe(true)
    expect(isClosing(term(7, epochMax - 1))).toBe(false)
    expect(termAfter(closing)).toEqual(term(8, 0))
  })

  test('a step never leaves the closing term out: it is what shuts out the leaders of that id', () => {
    expect(termAfter(term(7, 10), 1 << 15)).toEqual(term(7, epochMax))
    expect(termAfter(undefined, 1 << 16)).toEqual(term(firstProducerId, epochMax))
  })
})

test('terms are in the order of producer id and epoch', () => {
  expect(compareTerms(term(7, 9), term(8, 0))).toBeLessThan(0)
  expect(compareTerms(term(7, 9), term(7, 8))).toBeGreaterThan(0)
  expect(compareTerms(term(7, 9), term(7, 9))).toBe(0)
  expect(laterOf(undefined, term(1, 1))).toEqual(term(1, 1))
  expect(laterOf(term(1, 2), term(1, 1))).toEqual(term(1, 2))
  expect(laterOf(undefined, undefined)).toBeUndefined()
})
