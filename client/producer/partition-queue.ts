// The batches of one partition: one that is being filled, and those that wait to be sent, in order. Says which may go now.
// Synchronous; who sends is the sender.

import type { ProducerBatch } from './producer-batch.ts'
import type { ProducerIdentity } from './producer-identity.ts'
import { isSameIdentity } from './producer-identity.ts'
import { PartitionSequences } from './sequences.ts'

/** What decides, besides the partition itself, whether its batches may go. */
export interface Gate {
  /** Batches of a partition that may be under way at once. */
  readonly underWayMax: number
  /** False: batches have no numbers. */
  readonly isIdempotent: boolean
  readonly isTransactional: boolean
  /** Undefined: it is not known yet, and nothing may go. Not asked of a producer that is not idempotent. */
  identity(): ProducerIdentity | undefined
  /** The next epoch of an idempotent producer; undefined: a new id has been asked for. */
  nextIdentity(): ProducerIdentity | undefined
  /** Whether the transaction takes records of the partition now. */
  mayJoin(queue: PartitionQueue): boolean
}

export class PartitionQueue {
  readonly topic: string
  readonly partition: number
  readonly sequences = new PartitionSequences<ProducerBatch>()
  /** Being filled. */
  open: ProducerBatch | undefined
  /** The open batch has waited for long enough. */
  isDue = false
  /** Batches of requests under way. */
  underWay = 0
  readonly #closed: ProducerBatch[] = []
  #ranks = 0

  constructor(topic: string, partition: number) {
    this.topic = topic
    this.partition = partition
  }

  /** "orders-3". */
  get name(): string {
    return `${this.topic}-${this.partition}`
  }

  /** The place of one more batch among all there were. */
  nextRank(): number {
    return this.#ranks++
  }

  /** Batches that wait, the open one included. */
  get length(): number {
    return this.#closed.length + (this.open === undefined ? 0 : 1)
  }

  /** The batch that would be sent next; undefined when there is none, or the only one is still being filled. */
  get head(): ProducerBatch | undefined {
    return this.#closed[0] ?? (this.isDue ? this.open : undefined)
  }

  /** The open batch takes no more: it waits behind the others. It is the caller's to close it. */
  seal(): ProducerBatch | undefined {
    const { open } = this
    this.open = undefined
    this.isDue = false
    if (open !== undefined) this.#closed.push(open)
    return open
  }

  /** Whether the head may be sent now, but for its backoff. What must begin anew does so, if nothing is under way. */
  mayTake(gate: Gate): boolean {
    const { head } = this
    if (head === undefined || this.underWay >= gate.underWayMax || !gate.mayJoin(this)) return false
    if (!gate.isIdempotent) return true
    let identity = gate.identity()
    if (identity === undefined) return false
    if (this.underWay === 0) this.sequences.resolve()
    if (this.sequences.mustRestart) {
      if (this.underWay > 0) return false
      identity = this.#restart(gate, identity)
      if (identity === undefined) return false
    }
    return this.sequences.maySend(head, identity)
  }

  /**
   * Whether the head can never be sent: a batch before it was refused, and in a transaction only the end brings another epoch.
   * What is not given up then would hold up that end.
   */
  isStuck(gate: Gate): boolean {
    if (!gate.isTransactional || !this.sequences.mustRestart) return false
    const identity = gate.identity()
    return identity !== undefined && isSameIdentity(identity, this.sequences.identity)
  }

  /** Takes the head, with its numbers. After `mayTake`. */
  take(gate: Gate): ProducerBatch {
    const batch = this.#closed.shift()!
    if (gate.isIdempotent) this.sequences.assign(batch, gate.identity()!)
    this.underWay += 1
    batch.isUnderWay = true
    batch.attempts += 1
    return batch
  }

  /** What was refused for now: in its place before what came later. */
  putBack(batch: ProducerBatch): void {
    let at = 0
    while (at < this.#closed.length && this.#closed[at]!.rank < batch.rank) at += 1
    this.#closed.splice(at, 0, batch)
  }

  /** Takes a batch out that waits. */
  remove(batch: ProducerBatch): void {
    if (this.open === batch) {
      this.open = undefined
      this.isDue = false
      return
    }
    const at = this.#closed.indexOf(batch)
    if (at >= 0) this.#closed.splice(at, 1)
  }

  #restart(gate: Gate, identity: ProducerIdentity): ProducerIdentity | undefined {
    const isSame = isSameIdentity(identity, this.sequences.identity)
    // A transaction gets its next epoch when it has been aborted, and from the coordinator.
    const next = isSame ? (gate.isTransactional ? undefined : gate.nextIdentity()) : identity
    if (next !== undefined) this.sequences.restart(next)
    return next
  }
}
