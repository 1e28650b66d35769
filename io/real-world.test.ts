import { expect, test } from 'vitest'
import { contractTask } from './contract/workers.ts'
import { silentLogger } from './logger.ts'
import { realWorld } from './real-world.ts'

test('the world of the machine has all its parts, and workers when they are first needed', async () => {
  const world = realWorld()
  expect(world.logger).toBe(silentLogger)
  expect(world.clock.now()).toBeGreaterThan(Date.UTC(2025))
  expect(world.random.bytes(3)).toHaveLength(3)
  expect(world.disk.resolve('/a/../b')).toBe('/b')
  expect(await world.workers.run(contractTask, { say: 'hello' })).toMatchObject({ said: 'hello' })
  await world.workers.close()
  await expect(world.workers.run(contractTask, {})).rejects.toMatchObject({ code: 'CLOSED' })
})
