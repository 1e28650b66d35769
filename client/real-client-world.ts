// The machine as a client's world: what producers, consumers and admins stand on unless they are given another.

import { silentLogger } from '../io/logger.ts'
import { nativeAddon } from '../io/native/addon.ts'
import { realClock } from '../io/real-clock.ts'
import { realNet } from '../io/real-net.ts'
import { realRandom } from '../io/real-random.ts'
import { useCrc32c } from '../protocol/records/crc32c.ts'
import type { ClientWorld } from './client-world.ts'

/** The machine's clock, chance and network, silent, except for what is given. Checksums are the addon's from now on, where there is one. */
export function clientWorld(given: Partial<ClientWorld> = {}): ClientWorld {
  useCrc32c(nativeAddon().addon?.crc32c)
  return {
    clock: given.clock ?? realClock(),
    random: given.random ?? realRandom(),
    net: given.net ?? realNet(),
    logger: given.logger ?? silentLogger,
    fetchMemory: given.fetchMemory,
  }
}
