// The consumer and its group: membership when it subscribes, offsets in any case, commits.

import type { TopicPartition } from '../../protocol/types.ts'
import { ClientError } from '../client-error.ts'
import type { Cluster } from '../cluster/cluster.ts'
import type {
  CommittedOffset,
  GroupListener,
  GroupMembership,
  GroupMembershipOptions,
  GroupMetadata,
  GroupOffsets,
  GroupSubscription,
  LeaveOptions,
  OffsetCallOptions,
  OffsetToCommit,
} from '../group/group-membership.ts'
import { offsetsWithoutMembership } from '../group/group-offsets.ts'
import { openMembership } from '../group/open-membership.ts'
import { Committer } from './committer.ts'
import type { ConsumerEmitter } from './consumer-events.ts'
import type { ConsumerNews } from './consumer-news.ts'
import type { PartitionState } from './partition-state.ts'

export interface ConsumerGroupOptions {
  readonly cluster: Cluster
  readonly membership: GroupMembershipOptions
  readonly listener: GroupListener
  readonly events: ConsumerEmitter
  readonly news: ConsumerNews
  readonly states: () => readonly PartitionState[]
  readonly autoCommitIntervalMs: number | undefined
  readonly commitMetadata: string
}

export class ConsumerGroup {
  readonly committer: Committer
  readonly #options: ConsumerGroupOptions
  readonly #withoutMembership: GroupOffsets
  #membership: GroupMembership | undefined
  #isMember = false
  #subscription: GroupSubscription | undefined

  constructor(options: ConsumerGroupOptions) {
    const { cluster, membership, events, states, autoCommitIntervalMs: intervalMs, commitMetadata } = options
    this.#options = options
    this.#withoutMembership = offsetsWithoutMembership(cluster, membership.groupId)
    const offsets: GroupOffsets = {
      commit: (...parts) => options.news.commit(parts[0], this.#offsets.commit(...parts)),
      fetchCommitted: (...parts) => this.#offsets.fetchCommitted(...parts),
    }
    const { clock } = cluster.world
    this.committer = new Committer({ clock, offsets, events, states, intervalMs, metadata: commitMetadata })
  }

  /** Subscribed, and so a member, or about to be. */
  get isSubscribed(): boolean {
    return this.#isMember
  }

  get subscription(): GroupSubscription | undefined {
    return this.#subscription
  }

  get metadata(): GroupMetadata {
    const { groupId, groupInstanceId = null } = this.#options.membership
    return this.#membership?.metadata ?? { groupId, generationId: -1, memberId: '', groupInstanceId }
  }

  subscribe(subscription: GroupSubscription): void {
    const { cluster, membership, listener } = this.#options
    this.#membership ??= openMembership(cluster, membership, listener)
    if (this.#isMember) this.#membership.resubscribe(subscription)
    else this.#membership.start(subscription)
    this.#isMember = true
    this.#subscription = subscription
  }

  /** These topics besides those that are subscribed to. Throws INVALID_ARGUMENT without a subscription by names. */
  subscribeAlso(topics: readonly string[]): void {
    const known = this.#subscription
    if (known === undefined || !('topics' in known)) {
      throw new ClientError('INVALID_ARGUMENT', 'retry topics need a subscription by names', {
        help: 'subscribe to topics by their names before run()',
      })
    }
    this.subscribe({ topics: [...new Set([...known.topics, ...topics])] })
  }

  async leave(options: LeaveOptions): Promise<void> {
    if (!this.#isMember) return
    await this.#membership?.leave(options)
    this.#isMember = false
    this.#subscription = undefined
  }

  noteWorking(): void {
    if (this.#isMember) this.#membership?.noteWorking()
  }

  noteWaiting(): void {
    if (this.#isMember) this.#membership?.noteWaiting()
  }

  enforceRebalance(reason: string): void {
    this.#membership?.enforceRebalance(reason)
  }

  fetchCommitted(
    partitions: readonly TopicPartition[],
    options?: OffsetCallOptions,
  ): Promise<readonly CommittedOffset[]> {
    return this.#offsets.fetchCommitted(partitions, options)
  }

  commit(offsets: readonly OffsetToCommit[] | undefined, options?: OffsetCallOptions): Promise<void> {
    if (offsets === undefined) return this.committer.commitProcessed(undefined, options)
    return this.committer.commit(offsets, options)
  }

  explain(): string {
    const { groupId } = this.#options.membership
    if (!this.#isMember) {
      return `is no member of group ${groupId}, for which it commits: subscribe() joins it, assign() reads without`
    }
    return this.#membership!.explain()
  }

  get #offsets(): GroupOffsets {
    return this.#isMember && this.#membership !== undefined ? this.#membership : this.#withoutMembership
  }
}

/** What topics, names or a pattern, mean as a subscription. */
export function subscriptionTo(
  topics: string | readonly string[] | RegExp | { readonly regex: string },
): GroupSubscription {
  if (topics instanceof RegExp) return { pattern: topics }
  if (typeof topics === 'string') return { topics: [topics] }
  return 'regex' in topics ? topics : { topics: topics as readonly string[] }
}

/** Throws INVALID_ARGUMENT where there is none. */
export function requiredGroup(group: ConsumerGroup | undefined, call: string): ConsumerGroup {
  if (group !== undefined) return group
  throw new ClientError('INVALID_ARGUMENT', `${call} needs a group`, { help: 'give the consumer the option `group`' })
}
