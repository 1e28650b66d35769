// What a client needs of the world outside the program.

import type { Clock } from '../io/clock.ts'
import type { Logger } from '../io/logger.ts'
import type { Net } from '../io/net.ts'
import type { Random } from '../io/random.ts'

export interface ClientWorld {
  readonly clock: Clock
  readonly random: Random
  readonly net: Net
  readonly logger: Logger
}
