// Everything outside the program, in one argument.

import type { Clock } from './clock.ts'
import type { Disk } from './disk.ts'
import type { Logger } from './logger.ts'
import type { Net } from './net.ts'
import type { Random } from './random.ts'
import type { Workers } from './worker.ts'

export interface World {
  readonly clock: Clock
  readonly random: Random
  readonly disk: Disk
  readonly net: Net
  readonly workers: Workers
  readonly logger: Logger
}
