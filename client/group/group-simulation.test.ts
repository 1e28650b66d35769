// Groups in trouble, from seeds: after every step of the simulation no partition is owned by two members, by their own account
// (group-world.ts), and when the trouble is over each is owned by one.

import { describe, expect, test } from 'vitest'
import { trouble } from '../../testing/group-sim/group-trouble.ts'

const eager = { protocol: 'classic', assignors: ['range'] } as const
const cooperative = { protocol: 'classic', assignors: ['cooperative-sticky'] } as const
const changing = { protocol: 'classic', assignors: ['cooperative-sticky', 'range'] } as const
const consumer = { protocol: 'consumer' } as const
const auto = { protocol: 'auto', assignors: ['range'] } as const

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
    expect(world.problems).toEqual([])
    expect(world.alive.every(({ failure }) => failure === undefined)).toBe(true)
    expect(Object.keys(counts).length).toBeGreaterThan(5)
  })
})
