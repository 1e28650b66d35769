// The simulation itself: that it is deterministic, that it finds what it is there for, and a few of its seeds.

import { describe, expect, test } from 'vitest'
import { BrokerSim } from './broker-sim.ts'
import { plantedViolations, plants } from './sim/planted-fault.ts'

const firstSeed = 2
const seedsPlanted = 20

const run = (seed: number, options: Partial<ConstructorParameters<typeof BrokerSim>[0]> = {}) =>
  new BrokerSim({ seed, ...options }).run()

describe('the broker under the simulator', () => {
  test.each([1, 2, 3])(
    'seed %i: crashes, losses of power and lost connections, and no promise is broken',
    async seed => {
      const { violation, counts, trace } = await run(seed, { steps: 3000 })
      expect(violation, `npm run sim -- --seed ${seed} --steps 3000\n${trace.slice(-20).join('\n')}`).toBeUndefined()
      expect(counts.acknowledged).toBeGreaterThan(0)
      expect(counts.batchesRead).toBeGreaterThan(0)
    },
  )

  test('a seed that is run twice gives the same trace, another one another', async () => {
    const options = { steps: 1000 }
    const [first, again, other] = [await run(7, options), await run(7, options), await run(8, options)]
    expect(again).toEqual(first)
    expect(other.hash).not.toBe(first.hash)
  })

  // From a seed on that has what the fault is planted in.
  test.each(plants)('a planted fault is found within a few seeds: %s', { timeout: 90_000 }, async plant => {
    const names: string[] = []
    const expected: readonly string[] = plantedViolations[plant]
    const last = firstSeed + seedsPlanted
    for (let seed = firstSeed; seed < last && !names.some(name => expected.includes(name)); seed++) {
      const { violation } = await run(seed, { plant })
      if (violation) names.push(violation.name)
    }
    expect(expected).toContain(names.at(-1))
  })
})
