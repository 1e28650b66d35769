import { expect, test } from 'vitest'
import { OneOutcome } from './one-outcome.ts'
import type { Violation } from './violation.ts'

const names = (violations: readonly Violation[]) => violations.map(({ name }) => name)

/** Each writes two records to p and one to q, and moves the group's offset. */
function history(...transactions: string[]): OneOutcome {
  const outcomes = new OneOutcome()
  for (const transaction of transactions) {
    outcomes.begin(transaction, 'id')
    for (const [place, item] of [['p', 'a'], ['p', 'b'], ['q', 'c']] as const) // biome-ignore format: one thought
      outcomes.write({ transaction, place, item: `${transaction}/${item}` })
    outcomes.write({ transaction, place: 'g/p', item: `${transaction}/o`, mayGo: true })
  }
  return outcomes
}

const all = (p: string[], q: string[]) => new Map([['p', p], ['q', q]]) // biome-ignore format: one thought

test('what was committed is there as a whole, and of what was aborted nothing', () => {
  const outcomes = history('one', 'two', 'three')
  outcomes.askToCommit('one')
  expect(outcomes.see('p', 'one/a')).toEqual([])
  expect(outcomes.commit('one')).toEqual([])
  expect(outcomes.abort('two')).toEqual([])
  outcomes.askToCommit('three')
  expect(outcomes.checkAll(all(['one/a', 'one/b'], ['one/c']))).toEqual([])
  expect(outcomes.counts).toEqual({ committed: 1, aborted: 1, unknown: 1 })
  expect(outcomes.checkAll(all(['one/a', 'one/b', 'three/a', 'three/b'], ['one/c', 'three/c']))).toEqual([])
})

test('what is not committed is seen as soon as it is shown', () => {
  const outcomes = history('open', 'aborted')
  outcomes.abort('aborted')
  expect(names(outcomes.see('p', 'open/a'))).toEqual(['uncommittedRecordShown'])
  expect(names(outcomes.see('g/p', 'aborted/o'))).toEqual(['uncommittedRecordShown'])
  expect(names(outcomes.see('q', 'aborted/a'))).toEqual(['recordsNeverWritten'])
  expect(names(outcomes.see('p', 'strange/a'))).toEqual(['recordsNeverWritten'])
})

test('an outcome that changes is seen: shown, and then refused', () => {
  const outcomes = history('one')
  outcomes.askToCommit('one')
  outcomes.see('g/p', 'one/o')
  expect(names(outcomes.abort('one'))).toEqual(['outcomeChanged'])
})

test('at the end a torn, a lost and a repeated transaction are seen', () => {
  const torn = history('one')
  torn.askToCommit('one')
  expect(names(torn.checkAll(all(['one/a', 'one/b'], [])))).toEqual(['transactionTorn'])
  const lost = history('one')
  lost.askToCommit('one')
  lost.commit('one')
  expect(names(lost.checkAll(all([], [])))).toEqual(['committedTransactionLost'])
  const twice = history('one', 'two')
  for (const name of ['one', 'two']) twice.askToCommit(name)
  const order = (p: string[]) => names(twice.checkAll(all(p, ['one/c', 'two/c'])))
  expect(order(['one/a', 'one/b', 'one/b', 'two/a', 'two/b'])).toEqual(['transactionsOutOfOrder'])
  expect(order(['two/a', 'two/b', 'one/a', 'one/b'])).toEqual(['transactionsOutOfOrder'])
  expect(order(['one/a', 'one/b', 'two/a', 'two/b'])).toEqual([])
})

test('the group shows that a transaction was committed, and its records must be there', () => {
  const outcomes = history('one')
  outcomes.askToCommit('one')
  expect(outcomes.see('g/p', 'one/o')).toEqual([])
  expect(names(outcomes.checkAll(all([], [])))).toEqual(['transactionTorn'])
})
