// The nine faults in the simulated world: our broker, the clients and a proxy between them, in one thread and from a seed. The same checks
// run between real processes: `node scripts/run.mjs bench/client-suite.ts millrace faults/`.

import { expect, test } from 'vitest'
import { SimulatedTarget } from '../../../testing/client-sim/simulated-target.ts'
import { faultChecksWith } from '../faults-checks.ts'

/** Of simulated time. */
const withinMs = 600_000

for (const { name, run } of faultChecksWith({ freeze: 'proxy' })) {
  test(name, { timeout: 120_000 }, async () => {
    for (const seed of [1, 2]) {
      const target = await SimulatedTarget.start(seed)
      await target.world.complete(run(target.context()), withinMs)
      await target.stop()
      expect(target.fatal, `seed ${seed}`).toEqual([])
    }
  })
}
