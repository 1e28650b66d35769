import { expect, test } from 'vitest'
import { CoordinatorSim } from './coordinator-sim.ts'
import { foundAs, plants } from './plant.ts'

const timeoutMs = 120_000
/** As many as it takes to come to where the fault can be seen. */
const seedsMax = 12

test(
  'seeds keep what must hold, and everything has happened in some of them',
  async () => {
    const totals: Record<string, number> = {}
    for (let seed = 1; seed <= 12; seed++) {
      const { violation, counts } = await new CoordinatorSim({ seed }).run()
      expect(violation, `seed ${seed}`).toBeUndefined()
      for (const [name, count] of Object.entries(counts)) totals[name] = (totals[name] ?? 0) + count
    }
    for (const [name, count] of Object.entries(totals)) expect(count, name).toBeGreaterThan(0)
  },
  timeoutMs,
)

test('a seed does the same each time', async () => {
  const hashes = await Promise.all([3, 3, 4].map(async seed => (await new CoordinatorSim({ seed }).run()).hash))
  expect(hashes[0]).toBe(hashes[1])
  expect(hashes[2]).not.toBe(hashes[0])
})

test.each(plants)(
  'a planted fault is found: %s',
  async plant => {
    const found: (string | undefined)[] = []
    for (let seed = 1; seed <= seedsMax && !foundAs[plant].includes(found.at(-1) ?? ''); seed++) {
      found.push((await new CoordinatorSim({ seed, plant }).run()).violation?.name)
    }
    expect(foundAs[plant]).toContain(found.at(-1))
  },
  timeoutMs,
)
