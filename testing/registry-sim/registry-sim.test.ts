// Registries in trouble, from seeds (registry-sim.ts), and faults that are planted to see that they are found.

import { describe, expect, test } from 'vitest'
import { registrySim } from './registry-sim.ts'

const steps = 25
/** Of a busy machine; simulated time is what the runs are about. */
const timeout = 90_000

test.each([1, 2, 3, 4, 5])(
  'no id twice, nothing acknowledged lost, one state in the end: seed %i',
  { timeout },
  async seed => {
    const { problems, acknowledged, counts } = await registrySim({ seed, steps })
    expect(problems).toEqual([])
    expect(acknowledged).toBeGreaterThan(20)
    expect(Object.keys(counts).length).toBeGreaterThan(4)
  },
)

test('a seed gives the same run twice', { timeout }, async () => {
  const [one, other] = [await registrySim({ seed: 7, steps: 10 }), await registrySim({ seed: 7, steps: 10 })]
  expect(one.traceHash).toBe(other.traceHash)
})

test.each([21, 22])(
  'the same where nobody is elected and each takes itself for the leader: seed %i',
  { timeout },
  async seed => {
    const { problems, acknowledged } = await registrySim({ seed, steps, election: 'none' })
    expect(problems).toEqual([])
    expect(acknowledged).toBeGreaterThan(20)
  },
)

test('leaders go on when the epochs of a producer id are used up', { timeout }, async () => {
  const { problems, acknowledged } = await registrySim({ seed: 8, steps, epochMax: 3, election: 'none' })
  expect(problems).toEqual([])
  expect(acknowledged).toBeGreaterThan(20)
})

describe('planted faults are found', () => {
  const found = async (plant: 'noTerms' | 'noReadToEnd', election: 'group' | 'none') => {
    for (let seed = 1; seed <= 5; seed += 1) {
      const { problems } = await registrySim({ seed, steps, plant, election })
      if (problems.length > 0) return problems
    }
    return []
  }

  test('batches without a term: a deposed leader still writes', { timeout }, async () => {
    expect((await found('noTerms', 'group')).join('\n')).toMatch(
      /id \d+ (is given|was acknowledged)|has \d+ versions and gets/,
    )
  })

  test('a leader that does not read to the end first', { timeout }, async () => {
    expect((await found('noReadToEnd', 'none')).join('\n')).toMatch(
      /id \d+ (is given|was acknowledged)|has \d+ versions and gets/,
    )
  })
})
