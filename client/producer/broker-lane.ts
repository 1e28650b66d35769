// What is known of one broker for sending: which partitions wait for it, and how busy it is.

import type { Cancel, Clock } from '../../io/clock.ts'
import type { BrokerNode } from '../cluster/cluster-image.ts'
import type { PartitionQueue } from './partition-queue.ts'

export class BrokerLane {
  /** Its address may change. */
  node: BrokerNode
  /** Partitions with something to send, in the order in which they are served. */
  readonly ready = new Set<PartitionQueue>()
  /** Requests under way. */
  inFlight = 0
  isConnecting = false
  /** Of connecting, in a row. */
  failures = 0
  cancelWake: Cancel | undefined
  readonly #clock: Clock
  #readyMs = 0
  #drainedMs = 0

  constructor(node: BrokerNode, clock: Clock) {
    this.node = node
    this.#clock = clock
  }

  /** There is something to send. */
  noteReady(): void {
    this.#readyMs = this.#clock.monotonicMs()
    if (this.#drainedMs === 0) this.#drainedMs = this.#readyMs
  }

  /** Something was sent. */
  noteDrained(): void {
    this.#drainedMs = this.#readyMs
  }

  /** Whether there has been something to send for so long, and nothing could be sent. */
  isLate(timeoutMs: number): boolean {
    return this.#readyMs - this.#drainedMs > timeoutMs
  }
}
