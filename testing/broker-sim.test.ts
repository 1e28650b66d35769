// The simulation itself: that it is deterministic, that it finds what it is there for, and a few of its seeds.

import { describe, expect, test } from 'vitest'
import { BrokerSim } from './broker-sim.ts'
import { plants } from './sim/lying-disk.ts'

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

  test.each(plants)('a planted fault is found within ten seeds: %s', async plant => {
    const names: string[] = []
    for (let seed = 1; seed <= 10 && !names.includes('acknowledgedRecordsLost'); seed++) {
      const { violation } = await run(seed, { plant, steps: 1500 })
      if (violation) names.push(violation.name)
    }
    expect(names).toContain('acknowledgedRecordsLost')
  })
})
