import { expect, test } from 'vitest'
import { OneOwnerAtATime } from './one-owner-at-a-time.ts'
import type { Violation } from './violation.ts'

const names = (violations: readonly Violation[]) => violations.map(({ name }) => name)
const claim = (memberId: string, partition = 'p') => ({ groupId: 'g', memberId, partition })

/** The member a has p; its session may be over at 100. */
function owned(): OneOwnerAtATime {
  const owners = new OneOwnerAtATime()
  expect(owners.hear('g', 'a', 1, 100)).toEqual([])
  expect(owners.take(claim('a'), 10)).toEqual([])
  owners.hear('g', 'b', 1, 200)
  return owners
}

test('a second owner is seen while the first one has it', () => {
  const owners = owned()
  expect(owners.ownerOf('g', 'p', 50)).toBe('a')
  expect(owners.take(claim('b', 'q'), 50)).toEqual([])
  expect(owners.take(claim('a'), 50)).toEqual([])
  expect(names(owners.take(claim('b'), 50))).toEqual(['partitionHasTwoOwners'])
})

test('not when it was given up, when the member has gone, or when its session may be over', () => {
  const givenUp = owned()
  givenUp.giveUp(claim('a'))
  expect(givenUp.take(claim('b'), 50)).toEqual([])
  const gone = owned()
  gone.leave('g', 'a')
  expect(gone.take(claim('b'), 50)).toEqual([])
  expect(owned().take(claim('b'), 100)).toEqual([])
  const renewed = owned()
  renewed.hear('g', 'a', 1, 150)
  expect(names(renewed.take(claim('b'), 100))).toEqual(['partitionHasTwoOwners'])
  const late = owned()
  expect(late.take(claim('b'), 200)).toEqual([])
  const lost = owned()
  lost.forget()
  expect(lost.take(claim('b'), 50)).toEqual([])
})

test('an epoch that goes back is seen', () => {
  const owners = owned()
  expect(owners.hear('g', 'a', 3, 100)).toEqual([])
  expect(names(owners.hear('g', 'a', 2, 100))).toEqual(['memberEpochWentBack'])
  owners.leave('g', 'a')
  expect(owners.hear('g', 'a', 1, 100)).toEqual([])
})
