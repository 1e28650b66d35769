import { workersContract } from '../contract/workers.ts'
import { simWorkers } from './workers.ts'
import { SimWorld } from './world.ts'

const limits = { threadsMax: 1, queuedTasksMax: 2 }

workersContract('the twin, in no time', async () => {
  return { workers: simWorkers(limits), run: body => body(), close: async () => {} }
})

workersContract('the twin, in simulated time', async () => {
  const sim = new SimWorld({ seed: 1 })
  const workers = simWorkers({
    ...limits,
    schedule: (ms, run) => sim.scheduler.schedule(ms, run),
    hold: promise => sim.hold(promise),
    taskMs: () => 5,
  })
  return { workers, run: body => sim.complete(body()), close: async () => {} }
})
