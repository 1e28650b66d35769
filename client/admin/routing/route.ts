// Which broker answers for what: the part of a call that is looked up again when an attempt went wrong.

import type { ClientError } from '../../client-error.ts'
import type { Broker } from '../../cluster/broker.ts'
import type { Cluster } from '../../cluster/cluster.ts'
import type { ClusterImage } from '../../cluster/cluster-image.ts'
import { orAborted } from '../../resilience/wait.ts'
import type { Attempt } from '../call-options.ts'

export interface RouteAttempt extends Attempt {
  /** Nothing has gone wrong yet: what is known already will do. */
  readonly isFirst: boolean
  /** How long something may be unknown to the cluster before that is the outcome. */
  readonly unknownWaitMs: number
}

export interface Route<Item> {
  /**
   * The broker of each item, or why there is none; a retriable error means that there may be one soon. Rejects with what
   * holds for all of them.
   */
  find(items: ReadonlyMap<string, Item>, attempt: RouteAttempt): Promise<Map<string, Broker | ClientError>>
  /** Codes of answers after which it is looked up, and asked, again. Losing the connection always is a reason. */
  readonly again: ReadonlySet<string>
}

/** The image as it is for a first attempt, and a new one afterwards. */
export function imageFor(cluster: Cluster, { isFirst, signal }: RouteAttempt): Promise<ClusterImage> {
  const isKnown = cluster.image.brokers.size > 0
  return isFirst && isKnown ? Promise.resolve(cluster.image) : orAborted(cluster.refresh(), signal)
}

/**
 * For how long something may be unknown, counted from when it was first missed: it may have been created a moment ago, and be
 * on its way to all brokers.
 */
export class Patience {
  readonly #cluster: Cluster
  readonly #missedMs = new Map<string, number>()

  constructor(cluster: Cluster) {
    this.#cluster = cluster
  }

  /** Whether it is still worth asking again for this. */
  allows(key: string, { unknownWaitMs }: RouteAttempt): boolean {
    const nowMs = this.#cluster.world.clock.monotonicMs()
    const missedMs = this.#missedMs.get(key) ?? nowMs
    this.#missedMs.set(key, missedMs)
    return nowMs - missedMs < unknownWaitMs
  }
}
