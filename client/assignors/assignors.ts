// The assignors by name, and which rebalance protocol a list of them makes.

import { ClientError } from '../client-error.ts'
import type { Assignor, RebalanceProtocol } from './assignor.ts'
import { rangeAssignor } from './range-assignor.ts'
import { roundRobinAssignor } from './round-robin-assignor.ts'
import { cooperativeStickyAssignor } from './sticky/cooperative-sticky-assignor.ts'
import { stickyAssignor } from './sticky/sticky-assignor.ts'

const all = [rangeAssignor, roundRobinAssignor, stickyAssignor, cooperativeStickyAssignor]

/** Java's default: eager, and ready for a rolling upgrade to cooperative by taking `range` out (KIP-726). */
export const assignorsByDefault: readonly Assignor[] = [rangeAssignor, cooperativeStickyAssignor]

/** Throws INVALID_ARGUMENT. */
export function assignorsNamed(names: readonly string[]): readonly Assignor[] {
  const help = `give one or more of ${all.map(({ name }) => name).join(', ')}`
  if (names.length === 0) throw new ClientError('INVALID_ARGUMENT', '`assignors` is empty', { help })
  const found = names.map(wanted => {
    const assignor = all.find(({ name }) => name === wanted)
    if (assignor === undefined) throw new ClientError('INVALID_ARGUMENT', `no assignor is called "${wanted}"`, { help })
    return assignor
  })
  if (new Set(found).size < found.length)
    throw new ClientError('INVALID_ARGUMENT', '`assignors` names one twice', { help })
  return found
}

/**
 * The best that all of them support, since any may be chosen. Whoever lists an eager one besides can still be in a group of
 * members that do not know cooperative ones: that is how a group changes over, in two rolling restarts.
 */
export function rebalanceProtocolOf(assignors: readonly Assignor[]): RebalanceProtocol {
  const isCooperative = assignors.every(({ protocols }) => protocols.includes('cooperative'))
  return isCooperative ? 'cooperative' : 'eager'
}
