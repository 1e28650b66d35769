// Which partitions this member owns, and how they are given up: the listener is told, and waited for, but no longer than the
// drain budget; then the partition is not owned any more, whatever the listener is doing.
//
// Invariants: a partition is owned once at most; `revoked` calls do not overlap; whoever works for an ownership that has ended
// can tell by its number, which is never used again.

import type { Clock } from '../../io/clock.ts'
import type { Logger } from '../../io/logger.ts'
import type { TopicPartition } from '../../protocol/types.ts'
import type { Uuid } from '../../protocol/wire/uuid.ts'
import type { GroupListener, OwnedPartition } from './group-membership.ts'

export interface HandoverOptions {
  readonly clock: Clock
  readonly logger: Logger
  readonly listener: Pick<GroupListener, 'assigned' | 'revoked' | 'lost'>
  /** How long `revoked` is waited for. */
  readonly drainTimeoutMs: number
}

export interface AssignedPartition extends TopicPartition {
  readonly topicId: Uuid
}

export class Handover {
  readonly #options: HandoverOptions
  readonly #owned = new Map<string, OwnedPartition>()
  #ownership = 0
  /** The last `revoke` that was asked for. */
  #turn: Promise<void> = Promise.resolve()
  /** Of the `revoked` under way: ends the wait for it and raises its signal. */
  #interrupt: (() => void) | undefined

  constructor(options: HandoverOptions) {
    this.#options = options
  }

  /** Including what is being revoked. */
  get owned(): readonly OwnedPartition[] {
    return [...this.#owned.values()]
  }

  /** `revoked` is waited for. */
  get isDraining(): boolean {
    return this.#interrupt !== undefined
  }

  /** Whether the partition is owned, and, where a number is given, still or again by the same ownership. */
  owns({ topic, partition }: TopicPartition, ownership?: number): boolean {
    const owned = this.#owned.get(keyOf(topic, partition))
    return owned !== undefined && (ownership === undefined || owned.ownership === ownership)
  }

  /** Those that are owned already stay as they are. The listener is told, also when it is nothing. */
  assign(partitions: readonly AssignedPartition[]): void {
    this.#ownership += 1
    const added = partitions
      .filter(partition => !this.owns(partition))
      .map(({ topic, partition, topicId }) => ({ topic, partition, topicId, ownership: this.#ownership }))
    for (const partition of added) this.#owned.set(keyOf(partition.topic, partition.partition), partition)
    this.#call('assigned', () => this.#options.listener.assigned(added))
  }

  /**
   * Gives up the owned partitions for which `isRevoked` holds. Resolves when the listener is done with them, the drain budget,
   * or `budgetMs` if that is shorter, is used up, or they were lost. One after the other.
   */
  revoke(isRevoked: (partition: OwnedPartition) => boolean, budgetMs = Number.POSITIVE_INFINITY): Promise<void> {
    this.#turn = this.#turn.then(() => this.#revoke(isRevoked, budgetMs))
    return this.#turn
  }

  /** Everything may be somebody else's. */
  lose(reason: string): void {
    const partitions = this.owned
    this.#owned.clear()
    this.#interrupt?.()
    if (partitions.length > 0) this.#call('lost', () => this.#options.listener.lost(partitions, reason))
  }

  async #revoke(isRevoked: (partition: OwnedPartition) => boolean, budgetMs: number): Promise<void> {
    const partitions = this.owned.filter(isRevoked)
    if (partitions.length === 0) return
    await this.#drained(partitions, Math.min(this.#options.drainTimeoutMs, budgetMs))
    this.#disown(partitions)
  }

  #drained(partitions: readonly OwnedPartition[], budgetMs: number): Promise<void> {
    const { clock, logger, listener } = this.#options
    const controller = new AbortController()
    const deadlineMs = clock.monotonicMs() + budgetMs
    return new Promise(resolve => {
      const end = () => {
        cancel()
        this.#interrupt = undefined
        resolve()
      }
      const interrupt = () => {
        end()
        controller.abort(new Error('the partitions are not owned any more'))
      }
      const cancel = clock.after(budgetMs, () => {
        logger.warn({ partitions: partitions.length, budgetMs }, 'revoked partitions were not given up in time')
        interrupt()
      })
      this.#interrupt = interrupt
      const settled = (error?: unknown) => {
        if (error !== undefined) logger.error({ err: error }, 'giving up revoked partitions failed')
        // Otherwise the wait is over, and this may be the time of another one.
        if (this.#interrupt === interrupt) end()
      }
      // In a promise, so that what a listener throws at once is treated as what it rejects with.
      new Promise<void>(done => done(listener.revoked(partitions, { signal: controller.signal, deadlineMs }))).then(
        () => settled(),
        settled,
      )
    })
  }

  #disown(partitions: readonly OwnedPartition[]): void {
    for (const { topic, partition, ownership } of partitions) {
      if (this.owns({ topic, partition }, ownership)) this.#owned.delete(keyOf(topic, partition))
    }
  }

  #call(what: string, call: () => void): void {
    try {
      call()
    } catch (error) {
      this.#options.logger.error({ err: error }, `the listener threw when partitions were ${what}`)
    }
  }
}

function keyOf(topic: string, partition: number): string {
  return `${topic}-${partition}`
}
