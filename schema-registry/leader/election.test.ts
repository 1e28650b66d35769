import { expect, test } from 'vitest'
import { type Candidate, elect } from './election.ts'
import { type InstanceIdentity, urlOf } from './instance-identity.ts'

const candidate = (host: string, changes: Partial<InstanceIdentity> = {}): Candidate => ({
  memberId: `member-${host}`,
  identity: { scheme: 'http', host, port: 8081, isEligible: true, isLeader: false, ...changes },
})
const leaderOf = (candidates: Candidate[], keepsLeader = true) => {
  const { assignment, memberId } = elect(candidates, { keepsLeader })
  const url = assignment.leader && urlOf(assignment.leader)
  return [memberId, url, assignment.hasDuplicateUrls]
}

test('the eligible instance with the smallest URL', () => {
  expect(leaderOf([candidate('b'), candidate('a'), candidate('c')])).toEqual(['member-a', 'http://a:8081', false])
  expect(leaderOf([candidate('b'), candidate('a', { isEligible: false })])).toEqual([
    'member-b',
    'http://b:8081',
    false,
  ])
  // As text, not as numbers.
  expect(leaderOf([candidate('a', { port: 9 }), candidate('a', { port: 10 })])[1]).toBe('http://a:10')
})

test('an instance that leads goes on, but not in a group with others than ours', () => {
  const group = [candidate('a'), candidate('b', { isLeader: true })]
  expect(leaderOf(group)[0]).toBe('member-b')
  expect(leaderOf(group, false)[0]).toBe('member-a')
})

test('of several that say they lead none is preferred; nor is one that may not lead', () => {
  expect(leaderOf([candidate('a'), candidate('b', { isLeader: true }), candidate('c', { isLeader: true })])[0]).toBe(
    'member-a',
  )
  expect(leaderOf([candidate('a'), candidate('b', { isLeader: true, isEligible: false })])[0]).toBe('member-a')
})

test('nobody, when nobody may', () => {
  expect(leaderOf([])).toEqual([undefined, undefined, false])
  expect(leaderOf([candidate('a', { isEligible: false }), { memberId: 'x', identity: undefined }])[0]).toBeUndefined()
})

test('two at the same address are found', () => {
  expect(leaderOf([candidate('a'), { ...candidate('a'), memberId: 'other' }])[2]).toBe(true)
})
