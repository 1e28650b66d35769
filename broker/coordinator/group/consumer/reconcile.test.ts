// Every situation a member can be in, over two partitions: in which state it is, what it has and gives up, what it is to have, what
// it says, and what others hold. What must hold of the next step holds in all of them, and the states follow each other exactly as
// the table says.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { EpochAssignment } from './assignment.ts'
import { groupTransitions } from './consumer-group.ts'
import { type ConsumerMember, newConsumerMember } from './consumer-member.ts'
import { type MemberState, memberStateOf, memberTransitions, storedMemberState } from './member-state.ts'
import { type Reconciliation, reconcile } from './reconcile.ts'

const topicId = 'y5asSyDaRgy74n8yJSG_2g'
const all = [0, 1]
const subsets = [[], [0], [1], [0, 1]] as const
const targetEpoch = 5

interface Situation {
  readonly member: ConsumerMember
  readonly step: Reconciliation
  readonly held: readonly number[]
  readonly target: readonly number[]
  readonly owned: readonly number[] | null
}

const epochs = (partitions: readonly number[], epoch: number): EpochAssignment =>
  partitions.length === 0 ? new Map() : new Map([[topicId, new Map(partitions.map(index => [index, epoch]))]])
const of = (assignment: EpochAssignment) => [...(assignment.get(topicId)?.keys() ?? [])]

function* situations(): Generator<Situation> {
  for (const state of Object.keys(memberTransitions) as MemberState[]) {
    for (const assigned of subsets)
      for (const pending of subsets) {
        if (assigned.some(index => (pending as readonly number[]).includes(index))) continue
        if ((state === 'UnrevokedPartitions') !== pending.length > 0) continue
        for (const memberEpoch of [4, targetEpoch])
          for (const target of subsets)
            for (const held of subsets) {
              const has = [...assigned, ...pending] as readonly number[]
              if (held.some(index => has.includes(index))) continue
              for (const owned of [null, ...subsets])
                for (const isSubscribed of [true, false])
                  for (const hasChanged of [true, false]) {
                    yield situation({
                      state,
                      assigned,
                      pending,
                      memberEpoch,
                      target,
                      held,
                      owned,
                      isSubscribed,
                      hasChanged,
                    })
                  }
            }
      }
  }
}

function situation(from: {
  state: MemberState
  assigned: readonly number[]
  pending: readonly number[]
  memberEpoch: number
  target: readonly number[]
  held: readonly number[]
  owned: readonly number[] | null
  isSubscribed: boolean
  hasChanged: boolean
}): Situation {
  const { state, assigned, pending, memberEpoch, target, held, owned } = from
  const [has, gives] = [epochs(assigned, 3), epochs(pending, 3)]
  const member = { ...newConsumerMember('m'), state, memberEpoch, assigned: has, pendingRevocation: gives }
  const step: Reconciliation = {
    targetEpoch,
    target: target.length === 0 ? new Map() : new Map([[topicId, new Set(target)]]),
    hasSubscriptionChanged: from.hasChanged,
    owned: owned && (owned.length === 0 ? [] : [{ topicId, partitions: owned }]),
    isSubscribed: () => from.isSubscribed,
    partitionEpoch: (_, partition) => ([...assigned, ...pending, ...held].includes(partition) ? 3 : undefined),
  }
  return { member, step, held, target: from.isSubscribed ? target : [], owned }
}

const seen = new Set<string>()
let count = 0

test('a step never gives what somebody else holds, nor lets go of what the member may still have', () => {
  for (const { member, step, held, target, owned } of situations()) {
    count++
    const next = reconcile(member, step)
    const told = JSON.stringify([member.state, of(member.assigned), of(member.pendingRevocation), target, held, owned])
    if (next === undefined) {
      expect(member.state, told).toBe('Unknown')
      continue
    }
    if (next !== member) seen.add(`${member.state} ${next.state}`)
    const [before, after] = [of(member.assigned), of(next.assigned)]
    const gained = after.filter(index => !before.includes(index))
    expect(
      gained.every(index => target.includes(index) && !held.includes(index)),
      told,
    ).toBe(true)
    for (const index of gained) expect(next.assigned.get(topicId)!.get(index), told).toBe(targetEpoch)
    const lost = before.filter(index => !after.includes(index) && !of(next.pendingRevocation).includes(index))
    // What is taken away without being asked back is what the member says that it does not have.
    expect(
      lost.every(index => owned !== null && !owned.includes(index)),
      told,
    ).toBe(true)
    if (next.state === 'UnrevokedPartitions') {
      expect(of(next.pendingRevocation).length, told).toBeGreaterThan(0)
      expect(gained, told).toEqual([])
      expect(next.memberEpoch, told).toBe(member.memberEpoch)
    }
    if (next.state === 'UnreleasedPartitions') {
      expect(
        target.some(index => held.includes(index)),
        told,
      ).toBe(true)
    }
  }
  expect(count).toBeGreaterThan(2000)
})

test('states follow each other exactly as the table says', () => {
  const table = Object.entries(memberTransitions).flatMap(([from, next]) => next.map(to => `${from} ${to}`))
  expect([...seen].sort()).toEqual(table.sort())
})

test('states are stored as Kafka stores them', () => {
  expect(([0, 1, 2, 127, 99] as const).map(memberStateOf)).toEqual([
    'Stable',
    'UnrevokedPartitions',
    'UnreleasedPartitions',
    'Unknown',
    'Unknown',
  ])
  expect(all.map(value => storedMemberState(memberStateOf(value)))).toEqual(all)
})

describe('the README shows', () => {
  const readme = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8')
  const diagram = (transitions: Record<string, readonly string[]>, first: string) => {
    const arrows = Object.entries(transitions).flatMap(([from, nexts]) => nexts.map(to => `    ${from} --> ${to}`))
    return ['```mermaid', 'stateDiagram-v2', `    [*] --> ${first}`, ...arrows, '```'].join('\n')
  }

  test('the states of a consumer group', () => {
    expect(readme).toContain(diagram(groupTransitions, 'Empty'))
  })

  test('the states of a member', () => {
    expect(readme).toContain(diagram(memberTransitions, 'Stable'))
  })
})
