import { expect, test } from 'vitest'
import { TransactionsAreAtomic } from './transactions-are-atomic.ts'

function history(): TransactionsAreAtomic {
  const atomic = new TransactionsAreAtomic()
  const begin = (name: string, offset: number) =>
    atomic.begin({ name, offset, values: new Map([[0, [`${name}/a`, `${name}/b`]], [1, [`${name}/c`]]]) }) // biome-ignore format: one thought
  begin('first', 1)
  atomic.askToCommit()
  atomic.acknowledgeCommit()
  begin('second', 2)
  atomic.abort()
  begin('third', 3)
  atomic.askToCommit()
  begin('fourth', 4)
  return atomic
}

const visible = (...partitions: string[][]) => new Map(partitions.map((values, index) => [index, values]))
const names = (violations: { name: string }[]) => violations.map(({ name }) => name)

test('what was committed is there, and what nobody was told of is there or not, everywhere', () => {
  expect(history().check(visible(['first/a', 'first/b'], ['first/c']), 1)).toEqual([])
  const both = visible(['first/a', 'first/b', 'third/a', 'third/b'], ['first/c', 'third/c'])
  expect(history().check(both, 3)).toEqual([])
  expect([history().committedCount, history().unknownCount]).toEqual([1, 1])
})

test('every way to break it is seen', () => {
  const breaches: [string[][], number][] = [
    [[['first/a', 'first/b'], []], 1],
    [[['first/a'], ['first/c']], 1],
    [[['first/a', 'first/b', 'second/a', 'second/b'], ['first/c']], 1],
    [[['first/a', 'first/b', 'third/a', 'third/b'], ['first/c']], 3],
    [
      [
        ['first/a', 'first/b'],
        ['first/c', 'third/c'],
      ],
      1,
    ],
    [[['first/b', 'first/a'], ['first/c']], 1],
    [
      [
        ['first/a', 'first/b', 'fourth/a', 'fourth/b'],
        ['first/c', 'fourth/c'],
      ],
      1,
    ],
  ]
  for (const [partitions, offset] of breaches) {
    expect(names(history().check(visible(...partitions), offset))).toContain('transactionsAreAtomic')
  }
  expect(names(history().check(visible(['first/a', 'first/b'], ['first/c']), 3))).toEqual(['transactionalOffsets'])
})
