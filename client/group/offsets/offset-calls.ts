// Commits and fetches of a group's offsets: asked of the coordinator until it has answered for every partition, finally or
// with success, or the time is over.
//
// Invariants: who commits is decided anew for each attempt: a retry after a rebalance goes out in the new generation, and only
// for partitions that are still owned as they were when the call was made. A retry never goes out behind a later commit.

import { errors } from '../../../protocol/errors.ts'
import { offsetCommit } from '../../../protocol/messages/offset-commit.ts'
import { offsetFetch } from '../../../protocol/messages/offset-fetch.ts'
import type { TopicPartition } from '../../../protocol/types.ts'
import { brokerError, ClientError } from '../../client-error.ts'
import type { Cluster } from '../../cluster/cluster.ts'
import { retrying } from '../../resilience/retrying.ts'
import type { GroupCoordinator } from '../group-coordinator.ts'
import type {
  CommittedOffset,
  GroupOffsets,
  OffsetCallOptions,
  OffsetsOwner,
  OffsetToCommit,
} from '../group-membership.ts'
import type { CommitIdentity } from '../member-session.ts'
import { type CommitCall, CommitOrder } from './commit-call.ts'
import type { Committer } from './committer.ts'
import { passes, verdictOn } from './coordinator-verdict.ts'
import { commitBody, fetchBody, fetchedGroup } from './offset-bodies.ts'
import { TopicIds } from './topic-ids.ts'

/** As Java's default.api.timeout.ms. */
const timeoutMsStandard = 60_000
/** OffsetCommit: versions from which static members, and members with epochs, can commit. */
const staticSince = 7
const epochSince = 9
/** First versions of our OffsetCommit and OffsetFetch. */
const commitFirst = offsetCommit.versions[0]
const fetchFirst = offsetFetch.versions[0]

export class OffsetCalls implements GroupOffsets {
  readonly #cluster: Cluster
  readonly #coordinator: GroupCoordinator
  readonly #committer: Committer
  readonly #order = new CommitOrder()

  constructor(cluster: Cluster, coordinator: GroupCoordinator, committer: Committer) {
    this.#cluster = cluster
    this.#coordinator = coordinator
    this.#committer = committer
  }

  async commit(offsets: readonly OffsetToCommit[], options: OffsetCallOptions = {}): Promise<void> {
    for (const offset of offsets) this.#checkOffset(offset)
    const call = this.#order.begin(offsets)
    try {
      await this.#retrying(`commit offsets of group ${this.#coordinator.groupId}`, options, async leftMs => {
        call.yieldToLater()
        call.refuse(offset => this.#disowned(offset))
        if (call.left.length > 0) await this.#commitOnce(call, leftMs, options)
      })
    } catch (error) {
      call.failure = error as ClientError
    } finally {
      this.#order.end(call, offsets)
    }
    await call.outcome()
  }

  async fetchCommitted(
    partitions: readonly (TopicPartition & OffsetsOwner)[],
    options: OffsetCallOptions = {},
  ): Promise<CommittedOffset[]> {
    const found: CommittedOffset[] = []
    let left = partitions
    await this.#retrying(`fetch offsets of group ${this.#coordinator.groupId}`, options, async leftMs => {
      if (left.length === 0) return
      const answered = await this.#fetchOnce(left, leftMs, options)
      found.push(...answered.found)
      left = answered.left
      if (answered.error !== undefined) throw answered.error
    })
    // What was read before a rebalance may be less than what somebody else has committed since.
    const disowned = partitions.find(partition => this.#disowned(partition) !== undefined)
    if (disowned !== undefined) throw this.#disowned(disowned)
    return found
  }

  #retrying(what: string, options: OffsetCallOptions, attempt: (leftMs: number) => Promise<void>): Promise<void> {
    const { timeoutMs = timeoutMsStandard, signal } = options
    return retrying(this.#cluster.retrying, { what, timeoutMs, signal }, attempt)
  }

  async #commitOnce(call: CommitCall, leftMs: number, { signal }: OffsetCallOptions): Promise<void> {
    const as = this.#identity()
    const ids = new TopicIds(this.#cluster.image, new Set(call.left.map(({ topic }) => topic)))
    const first = Math.max(
      commitFirst,
      as.groupInstanceId === null ? 0 : staticSince,
      this.#committer.hasEpoch ? epochSince : 0,
    )
    const body = commitBody(this.#coordinator.groupId, as, call.left, ids)
    const timeoutMs = this.#timeoutMs(leftMs)
    const { answer } = await this.#coordinator.ask(offsetCommit, body, {
      timeoutMs,
      signal,
      versions: ids.versions(first),
    })
    let again: ClientError | undefined
    for (const answered of answer.topics) {
      const topic = ids.nameOf(answered)
      for (const { partitionIndex: partition, errorCode } of answered.partitions) {
        if (topic === undefined) continue
        const error = errorCode === errors.NONE.code ? undefined : this.#judge(errorCode, as, { topic, partition })
        if (error?.retriable) again = error
        else call.settle({ topic, partition }, error)
      }
    }
    if (again !== undefined) throw again
    if (call.left.length > 0) throw this.#incomplete('OffsetCommit')
  }

  async #fetchOnce(
    partitions: readonly (TopicPartition & OffsetsOwner)[],
    leftMs: number,
    { signal }: OffsetCallOptions,
  ): Promise<{ found: CommittedOffset[]; left: readonly (TopicPartition & OffsetsOwner)[]; error?: ClientError }> {
    const as = this.#committer.hasEpoch ? this.#identity() : undefined
    const ids = new TopicIds(this.#cluster.image, new Set(partitions.map(({ topic }) => topic)))
    const body = fetchBody(this.#coordinator.groupId, as, partitions, ids)
    const options = { timeoutMs: this.#timeoutMs(leftMs), signal, versions: ids.versions(fetchFirst) }
    const group = fetchedGroup((await this.#coordinator.ask(offsetFetch, body, options)).answer)
    if (group.errorCode !== errors.NONE.code) throw this.#judge(group.errorCode, as, {})
    const found: CommittedOffset[] = []
    const settled = new Set<string>()
    let again: ClientError | undefined
    for (const answered of group.topics) {
      const topic = ids.nameOf(answered)
      for (const { partitionIndex: partition, errorCode, ...committed } of answered.partitions) {
        if (topic === undefined) continue
        if (errorCode !== errors.NONE.code) {
          again = this.#judge(errorCode, as, { topic, partition })
          if (!again.retriable) throw again
          continue
        }
        settled.add(`${topic}-${partition}`)
        const { committedOffset: offset, committedLeaderEpoch: leaderEpoch, metadata } = committed
        if (offset >= 0) found.push({ topic, partition, offset, leaderEpoch, metadata: metadata ?? '' })
      }
    }
    const left = partitions.filter(({ topic, partition }) => !settled.has(`${topic}-${partition}`))
    const error = again ?? (left.length > 0 ? this.#incomplete('OffsetFetch') : undefined)
    return { found, left, ...(error && { error }) }
  }

  #identity(): CommitIdentity {
    const { standing, failure } = this.#committer
    const { groupId: group } = this.#coordinator
    if (standing === 'rebalancing') {
      throw new ClientError('REBALANCE_IN_PROGRESS', 'the group is rebalancing', { group, retriable: true })
    }
    if (standing === 'out') {
      const why = failure === undefined ? '' : ` (${failure.message})`
      throw new ClientError('NOT_IN_GROUP', `this consumer is not in the group${why}`, { group, cause: failure })
    }
    return standing.as
  }

  /** The error to throw or note; does what is to be done before the next attempt. */
  #judge(errorCode: number, as: CommitIdentity | undefined, place: Partial<TopicPartition>): ClientError {
    const at = { group: this.#coordinator.groupId, ...place }
    switch (verdictOn(errorCode)) {
      case 'elsewhere':
        this.#coordinator.forget()
        return brokerError(errorCode, { ...at, retriable: true })
      case 'unknown topic':
        this.#cluster.imageIsWrong()
        return brokerError(errorCode, { ...at, retriable: true })
      case 'member':
        return this.#judgeMember(errorCode, as, at)
      default:
        return brokerError(errorCode, at)
    }
  }

  // Asked as a member of an earlier generation, or with an earlier epoch: the next attempt is made as what it is now.
  #judgeMember(errorCode: number, as: CommitIdentity | undefined, at: object): ClientError {
    const { standing } = this.#committer
    const hasMoved = typeof standing === 'object' ? !isSame(standing.as, as) : standing === 'rebalancing'
    if (!hasMoved && as !== undefined) this.#committer.refused(as, errorCode)
    return brokerError(errorCode, { ...at, retriable: hasMoved || passes(errorCode) })
  }

  #disowned({ topic, partition, ownership }: TopicPartition & OffsetsOwner): ClientError | undefined {
    if (ownership === undefined || this.#committer.owns({ topic, partition }, ownership)) return undefined
    const { groupId: group } = this.#coordinator
    return new ClientError('PARTITION_NOT_OWNED', 'the partition was taken away', { topic, partition, group })
  }

  #checkOffset({ topic, partition, offset }: OffsetToCommit): void {
    if (offset >= 0) return
    throw new ClientError('INVALID_ARGUMENT', `${offset} is not an offset`, { topic, partition })
  }

  #incomplete(api: string): ClientError {
    const message = `the answer to ${api} leaves out partitions that were asked for`
    return new ClientError('BROKEN_ANSWER', message, { group: this.#coordinator.groupId })
  }

  #timeoutMs(leftMs: number): number {
    return Math.max(1, Math.min(leftMs, this.#cluster.settings.requestTimeoutMs))
  }
}

function isSame(a: CommitIdentity, b: CommitIdentity | undefined): boolean {
  return a.memberId === b?.memberId && a.generationId === b.generationId
}
