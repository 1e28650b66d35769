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
  /** Memory of so many bytes for an answer to a fetch, holding anything; fresh for each when left out. */
  readonly fetchMemory?: ((bytes: number) => Buffer) | undefined
}
