// Reads what the group gives to this member, and gives it up when the group wants it back: nothing new is handed out, what is in the
// application's hands is finished within the time there is, what is processed is committed; then it is another member's.

import type { TopicPartition } from '../../protocol/types.ts'
import type { ClientError } from '../client-error.ts'
import type { GroupListener, OwnedPartition, RevocationTerm } from '../group/group-membership.ts'
import type { Committer } from './committer.ts'
import type { ConsumerEmitter } from './consumer-events.ts'
import type { Delivery } from './delivery.ts'
import type { PartitionState } from './partition-state.ts'
import type { Reading } from './reading.ts'

export interface GroupReaderOptions {
  readonly reading: Reading
  readonly delivery: Delivery
  readonly events: ConsumerEmitter
  readonly committer: () => Committer | undefined
  readonly autoCommit: boolean
}

export class GroupReader implements GroupListener {
  readonly #options: GroupReaderOptions

  constructor(options: GroupReaderOptions) {
    this.#options = options
  }

  assigned(partitions: readonly OwnedPartition[]): void {
    this.#options.reading.add(partitions)
    this.#options.events.emit('assigned', partitions)
  }

  async revoked(partitions: readonly OwnedPartition[], { signal }: RevocationTerm): Promise<void> {
    const { reading, delivery, events, autoCommit, committer } = this.#options
    const states = this.#statesOf(partitions)
    events.emit('revoked', partitions)
    for (const state of states) {
      state.isDraining = true
      reading.buffer.drop(state)
    }
    await delivery.drained(states, signal)
    if (autoCommit && !signal.aborted) {
      // A failure costs duplicates at the next owner, and must not keep the group waiting.
      await committer()
        ?.commitProcessed(partitions, { signal })
        .catch(error => this.#commitFailed(error))
    }
    this.#giveUp(states)
  }

  lost(partitions: readonly OwnedPartition[], reason: string): void {
    this.#giveUp(this.#statesOf(partitions))
    this.#options.events.emit('lost', partitions, reason)
  }

  failed(error: ClientError): void {
    this.#options.delivery.fail(error)
  }

  #statesOf(partitions: readonly TopicPartition[]): PartitionState[] {
    return partitions.map(partition => this.#options.reading.find(partition)).filter(state => state !== undefined)
  }

  /** What is still in somebody's hands is fenced: it is not shown further, and cannot be committed. */
  #giveUp(states: readonly PartitionState[]): void {
    const { reading } = this.#options
    reading.remove(states.filter(state => reading.has(state)))
  }

  #commitFailed(error: unknown): void {
    this.#options.events.emit('commitFailed', error as ClientError)
  }
}
