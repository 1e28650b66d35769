// Commits of one member that are under way at once, and their order. A commit that has to be repeated may not be sent behind a
// later one of the same partition: it would take the offset back. It follows the later one instead: what becomes of that becomes
// of it.

import type { TopicPartition } from '../../../protocol/types.ts'
import { ClientError } from '../../client-error.ts'
import type { OffsetToCommit } from '../group-membership.ts'

/** One call: what is left of it, and what went finally wrong, partition by partition. */
export class CommitCall {
  left: readonly OffsetToCommit[]
  /** Of the call as a whole: its time was over, it was aborted, the member is out. */
  failure: ClientError | undefined
  /** When nothing more will be sent for it. */
  readonly ended: Promise<void>
  readonly #errors = new Map<string, ClientError>()
  readonly #later = new Map<string, CommitCall>()
  readonly #followed = new Map<string, CommitCall>()
  #end: () => void = () => {}

  constructor(offsets: readonly OffsetToCommit[]) {
    this.left = offsets
    this.ended = new Promise(resolve => {
      this.#end = resolve
    })
  }

  settle(place: TopicPartition, error: ClientError | undefined): void {
    if (error !== undefined) this.#errors.set(keyOf(place), error)
    this.left = this.left.filter(offset => keyOf(offset) !== keyOf(place))
  }

  refuse(errorOf: (offset: OffsetToCommit) => ClientError | undefined): void {
    for (const offset of this.left) {
      const error = errorOf(offset)
      if (error !== undefined) this.settle(offset, error)
    }
  }

  /** Another call has come for the partition. */
  overtakenBy(later: CommitCall, place: TopicPartition): void {
    this.#later.set(keyOf(place), later)
  }

  /** Before anything is sent: what was overtaken by then is not, and follows. */
  yieldToLater(): void {
    for (const offset of this.left) {
      const later = this.#later.get(keyOf(offset))
      if (later === undefined) continue
      this.#followed.set(keyOf(offset), later)
      this.settle(offset, undefined)
    }
  }

  end(): void {
    this.#end()
  }

  /** Throws what went wrong, for the first partition for which something did. */
  async outcome(): Promise<void> {
    await this.ended
    if (this.failure !== undefined) throw this.failure
    for (const error of this.#errors.values()) throw error
    for (const [key, later] of this.#followed) await later.#outcomeOf(key)
  }

  async #outcomeOf(key: string): Promise<void> {
    await this.ended
    const error = this.#errors.get(key)
    if (error !== undefined) throw error
    // Its own time or signal is nothing to the one that follows it, which all the same may not be sent any more.
    if (this.failure !== undefined) throw overtaken(this.failure)
    const later = this.#followed.get(key)
    if (later !== undefined) await later.#outcomeOf(key)
  }
}

/** The calls that have not ended. */
export class CommitOrder {
  readonly #newest = new Map<string, CommitCall>()

  begin(offsets: readonly OffsetToCommit[]): CommitCall {
    const call = new CommitCall(offsets)
    for (const offset of offsets) {
      this.#newest.get(keyOf(offset))?.overtakenBy(call, offset)
      this.#newest.set(keyOf(offset), call)
    }
    return call
  }

  end(call: CommitCall, offsets: readonly OffsetToCommit[]): void {
    for (const offset of offsets) {
      if (this.#newest.get(keyOf(offset)) === call) this.#newest.delete(keyOf(offset))
    }
    call.end()
  }
}

function overtaken(cause: ClientError): ClientError {
  const { topic, partition, group } = cause
  const message = `a later commit of the partition took its place and did not succeed (${cause.message})`
  return new ClientError('COMMIT_OVERTAKEN', message, { topic, partition, group, cause })
}

function keyOf({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`
}
