// The machine as the program's world. Costs next to nothing to make: no thread, no descriptor, no timer until used.

import { type Logger, silentLogger } from './logger.ts'
import { realClock } from './real-clock.ts'
import { realDisk } from './real-disk.ts'
import { type RealNetOptions, realNet } from './real-net.ts'
import { realRandom } from './real-random.ts'
import type { RealWorkersOptions } from './real-workers.ts'
import type { Workers } from './worker.ts'
import type { World } from './world.ts'

export interface RealWorldOptions {
  readonly logger?: Logger
  readonly net?: RealNetOptions
  readonly workers?: RealWorkersOptions
}

/** The machine's clock, chance, disk, network and threads; silent unless given a logger. */
export function realWorld(options: RealWorldOptions = {}): World {
  return {
    clock: realClock(),
    random: realRandom(),
    disk: realDisk(),
    net: realNet(options.net),
    workers: lazyWorkers(options.workers),
    logger: options.logger ?? silentLogger,
  }
}

// The pool's modules are loaded with the first task, since a start is measured in milliseconds and may never need them.
function lazyWorkers(options: RealWorkersOptions | undefined): Workers {
  let loading: Promise<Workers> | undefined
  const load = () => (loading ??= import('./real-workers.ts').then(({ realWorkers }) => realWorkers(options)))
  return {
    run: async (task, input, transfer) => (await load()).run(task, input, transfer),
    close: async () => (await load()).close(),
  }
}
