// Commits how far the application has come: what is processed of each partition, never more. On request, in the background every so
// often, and before a partition is given up.
//
// Invariant: commits go out one after the other, so that an older offset never overtakes a newer one.

import type { Cancel, Clock } from '../../io/clock.ts'
import type { TopicPartition } from '../../protocol/types.ts'
import type { ClientError } from '../client-error.ts'
import type { GroupOffsets, OffsetCallOptions, OffsetToCommit } from '../group/group-membership.ts'
import type { ConsumerEmitter } from './consumer-events.ts'
import type { PartitionState } from './partition-state.ts'

export interface CommitterOptions {
  readonly clock: Clock
  readonly offsets: GroupOffsets
  readonly events: ConsumerEmitter
  readonly states: () => readonly PartitionState[]
  /** Undefined: only on request. */
  readonly intervalMs: number | undefined
  /** Goes with every offset. */
  readonly metadata: string
}

export class Committer {
  readonly #options: CommitterOptions
  /** What was last committed of a partition, by its state: another time of owning it is another state. */
  readonly #committed = new WeakMap<PartitionState, number>()
  #last: Promise<void> = Promise.resolve()
  #cancelTimer: Cancel | undefined
  #isClosed = false

  constructor(options: CommitterOptions) {
    this.#options = options
    this.#schedule()
  }

  /** What is processed and not committed, of all partitions or of some. Rejects as GroupOffsets.commit. */
  commitProcessed(partitions?: readonly TopicPartition[], options?: OffsetCallOptions): Promise<void> {
    return this.#afterOthers(async () => {
      const states = this.#pending(partitions)
      if (states.length === 0) return
      const { metadata } = this.#options
      const processed = states.map(state => [state, state.processed] as const)
      await this.#options.offsets.commit(
        states.map(state => offsetOf(state, metadata)),
        options,
      )
      for (const [state, offset] of processed) this.#committed.set(state, offset)
    })
  }

  /** Exactly these. */
  commit(offsets: readonly OffsetToCommit[], options?: OffsetCallOptions): Promise<void> {
    return this.#afterOthers(() => this.#options.offsets.commit(offsets, options))
  }

  /** Commits what is processed; a failure is told as an event, and what failed goes with the next commit. */
  commitSoon(): void {
    this.commitProcessed().catch(error => this.#options.events.emit('commitFailed', error as ClientError))
  }

  close(): void {
    this.#isClosed = true
    this.#cancelTimer?.()
  }

  #pending(partitions: readonly TopicPartition[] | undefined): PartitionState[] {
    const isAsked = ({ topic, partition }: PartitionState) =>
      partitions === undefined || partitions.some(each => each.topic === topic && each.partition === partition)
    return this.#options
      .states()
      .filter(state => isAsked(state) && state.processed >= 0 && this.#committed.get(state) !== state.processed)
  }

  async #afterOthers(work: () => Promise<void>): Promise<void> {
    const before = this.#last
    const mine = before.then(work, work)
    this.#last = mine.catch(() => {})
    return mine
  }

  #schedule(): void {
    const { clock, intervalMs } = this.#options
    if (intervalMs === undefined || this.#isClosed) return
    this.#cancelTimer = clock.after(intervalMs, () => {
      this.commitSoon()
      this.#schedule()
    })
  }
}

function offsetOf(state: PartitionState, metadata: string): OffsetToCommit {
  const { topic, partition, processed: offset, processedEpoch: leaderEpoch, ownership } = state
  return { topic, partition, offset, leaderEpoch, metadata, ...(ownership !== undefined && { ownership }) }
}
