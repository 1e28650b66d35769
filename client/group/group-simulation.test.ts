// Groups in trouble, from seeds: after every step of the simulation no partition is owned by two members, by their own account
// (group-world.ts), nobody begins before what was committed or commits behind it (offset-ledger.ts), and when the trouble is
// over each partition is owned by one.

import { describe, expect, test } from 'vitest'
import { trouble } from '../../testing/group-sim/group-trouble.ts'
import { GroupWorld } from '../../testing/group-sim/group-world.ts'

const eager = { protocol: 'classic', assignors: ['range'] } as const
const cooperative = { protocol: 'classic', assignors: ['cooperative-sticky'] } as const
const changing = { protocol: 'classic', assignors: ['cooperative-sticky', 'range'] } as const
const consumer = { protocol: 'consumer' } as const
const auto = { protocol: 'auto', assignors: ['range'] } as const

/** What an application is told: its time was over, or it is not a member or the owner any more. Not that an epoch was a bit old. */
const mayFailToCommit = [
  'DEADLINE_EXCEEDED',
  'NOT_IN_GROUP',
  'PARTITION_NOT_OWNED',
  'UNKNOWN_MEMBER_ID',
  'COMMIT_OVERTAKEN',
  'CLOSED',
]

// After a restart the coordinator remembers only the protocol that was chosen of those a member had named, Kafka's too.
const mayFail = 'INCONSISTENT_GROUP_PROTOCOL'

// Eager ones: when a group is upgraded while a cooperative classic member still gives up what its last assignment took away,
// the coordinator takes that for free, and gives it to somebody else before it is. Kafka's does the same.
const upgraded = [eager, auto]

const groups = [
  { name: 'eager', kinds: [eager], seeds: [1, 2, 3] },
  { name: 'cooperative', kinds: [cooperative], seeds: [11, 12, 13] },
  { name: 'changing over from eager to cooperative', kinds: [eager, changing], seeds: [21, 22], mayFail },
  { name: 'consumer protocol', kinds: [consumer], seeds: [31, 32, 33] },
  { name: 'upgraded from classic members to the consumer protocol', kinds: upgraded, seeds: [41, 42, 43] },
]

describe.each(groups)('$name', ({ kinds, seeds, mayFail }) => {
  test.each(seeds)('seed %i', async seed => {
    const { world, counts } = await trouble({ seed, steps: 25, kinds, ...(mayFail && { mayFail }) })
    expect([...world.problems, ...world.ledger.problems]).toEqual([])
    expect(world.ledger.commits).toBeGreaterThan(5)
    const errors = new Set(world.members.flatMap(({ commitErrors }) => commitErrors))
    for (const error of errors) expect(mayFailToCommit).toContain(error)
    expect(world.alive.every(({ failure }) => failure === undefined)).toBe(true)
    expect(Object.keys(counts).length).toBeGreaterThan(5)
  })
})

const orderly = [
  { name: 'eager', kind: eager },
  { name: 'cooperative', kind: cooperative },
  { name: 'consumer protocol', kind: consumer },
]

test.each(orderly)('a rolling restart, $name: nothing is done twice, and no commit fails', async ({ kind }) => {
  const world = await GroupWorld.start({ seed: 7 })
  await world.createTopic('orders', 7)
  const options = { ...kind, commits: true, commitIntervalMs: 20, drainMs: 300 }
  const members = [0, 1, 2].map(() => world.addMember(options).start())
  await world.until('they share', () => world.isShared({ orders: 7 }))
  for (let round = 0; round < 9; round += 1) {
    await world.sim.complete(members.shift()!.leave())
    if (round % 2 === 0) await world.sim.runFor(700)
    members.push(world.addMember(options).start())
    if (round % 3 !== 0) await world.until('they share', () => world.isShared({ orders: 7 }))
  }
  await world.until('they share', () => world.isShared({ orders: 7 }))
  expect(world.members.flatMap(({ commitErrors }) => commitErrors)).toEqual([])
  expect(world.ledger.problems).toEqual([])
  expect(world.ledger.gaps).toEqual([])
  expect(world.ledger.commits).toBeGreaterThan(1000)
})
