// What a consumer knows of its group, whichever protocol keeps it there: classic (JoinGroup, KIP-345, KIP-429) or consumer
// (KIP-848). Types only; `openMembership` in open-membership.ts makes one.
//
// What always holds, so that nobody processes a partition that was taken away:
// - A partition is owned from `assigned` until `revoked` has been waited for, or until `lost`, and then no more.
// - Calls of the listener do not overlap: `assigned` of a partition comes after the end of its `revoked`.
// - Membership is a lease: when no heartbeat was answered for the session timeout, others may own what this member had, so it
//   is `lost` here at the same time or before. Answered again in the same generation, it is `assigned` again.

import type { TopicPartition } from '../../protocol/types.ts'
import type { Uuid } from '../../protocol/wire/uuid.ts'
import type { ClientError } from '../client-error.ts'

export interface OwnedPartition extends TopicPartition {
  /** All zeros when the broker does not say. A topic that was deleted and made again has another one. */
  readonly topicId: Uuid
  /**
   * Which time of owning this is: rises with every `assigned`. A commit that names an older one is refused with
   * PARTITION_NOT_OWNED, so that work begun before a rebalance cannot move the offsets back after it.
   */
  readonly ownership: number
}

/**
 * What a member wants to read. `pattern` matches anywhere in a name, as RegExp.test does: write /^orders-/ and not /orders-/ for a
 * prefix. `regex` is RE2J's language and matched by the broker, whole names: consumer protocol version 1 and later.
 */
export type GroupSubscription =
  | { readonly topics: readonly string[] }
  | { readonly pattern: RegExp }
  | { readonly regex: string }

/** How long what is revoked may be worked on. */
export interface RevocationTerm {
  /** Raised when the time is over: the member goes on without waiting, what is still under way must be dropped. */
  readonly signal: AbortSignal
  /** By the monotonic clock, in milliseconds. */
  readonly deadlineMs: number
}

export interface GroupListener {
  /**
   * These are owned from now on, besides what is owned already; none, when the group has settled with nothing new for this
   * member. Positions come from `fetchCommitted`, asked after this call.
   */
  assigned(partitions: readonly OwnedPartition[]): void
  /**
   * These are to be given up: stop delivering, finish or drop what is under way, commit, resolve. They are owned until then
   * (commits are accepted), or until the signal. A rejection is logged and counts as done.
   */
  revoked(partitions: readonly OwnedPartition[], term: RevocationTerm): Promise<void>
  /** These are not owned any more, and may be somebody else's already: drop what is under way; a commit would be refused. */
  lost(partitions: readonly OwnedPartition[], reason: string): void
  /** The member has left and does not come back by itself: authorisation, fenced instance id, no common protocol. */
  failed(error: ClientError): void
}

/** What a transactional producer sends along with offsets (KIP-447). */
export interface GroupMetadata {
  readonly groupId: string
  /**
   * The classic generation, or the member epoch: the last one known, also when it is over, because then the coordinator has to
   * refuse the offsets. -1 before the member was first let in.
   */
  readonly generationId: number
  /** Empty before the member was first let in. */
  readonly memberId: string
  readonly groupInstanceId: string | null
}

/** Of the OwnedPartition whose records were processed, or whose offsets are wanted; checked where given. */
export interface OffsetsOwner {
  readonly ownership?: number
}

export interface OffsetToCommit extends TopicPartition, OffsetsOwner {
  /** The next offset to read, not the last that was read. */
  readonly offset: number | bigint
  /** -1 or left out: not known. */
  readonly leaderEpoch?: number
  readonly metadata?: string
}

export interface CommittedOffset extends TopicPartition {
  readonly offset: number | bigint
  /** -1: not known. */
  readonly leaderEpoch: number
  readonly metadata: string
}

export interface OffsetCallOptions {
  /** For all attempts together; 60 s when left out. [default.api.timeout.ms] */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal | undefined
}

/** Offsets of a group: of a member, or, for a consumer that assigns partitions by itself, of nobody. */
export interface GroupOffsets {
  /**
   * Commits. Retries what may succeed within the time: coordinator moved, loading, not reached; a rebalance under way, after
   * which it goes on if the partitions are still owned; STALE_MEMBER_EPOCH while the membership is valid. Rejects with
   * - an error for which `isFenced` holds: this member, or its ownership of the partition, is no more; do not repeat;
   * - another non-retriable one that names the partition (TOPIC_AUTHORIZATION_FAILED, OFFSET_METADATA_TOO_LARGE, ...);
   * - COMMIT_OVERTAKEN: it could not be repeated because a later call for the same partition was made, and that failed;
   * - DEADLINE_EXCEEDED, ABORTED, CLOSED.
   * When it names one partition, the others are committed. Calls may overlap: an earlier one never takes back a later one.
   */
  commit(offsets: readonly OffsetToCommit[], options?: OffsetCallOptions): Promise<void>
  /**
   * Committed offsets; partitions without one are missing from the answer. Waits until no transaction holds one of them open
   * (requireStable, KIP-447). Rejects as `commit`; also with PARTITION_NOT_OWNED when one was taken away in the meantime.
   */
  fetchCommitted(
    partitions: readonly (TopicPartition & OffsetsOwner)[],
    options?: OffsetCallOptions,
  ): Promise<CommittedOffset[]>
}

export type GroupProtocol = 'classic' | 'consumer'

export interface LeaveOptions {
  /** For `revoked` and the goodbye together; 30 s when left out. */
  readonly timeoutMs?: number
  /**
   * leave: the group goes on without this member at once. remain: it is waited for until the session timeout. When left out:
   * leave, but a static member remains, so that it can come back without a rebalance (KIP-345, KIP-1092).
   */
  readonly membership?: 'leave' | 'remain'
  /** For the broker's log (KIP-800). */
  readonly reason?: string
}

export interface GroupMembership extends GroupOffsets {
  /** Joins, and comes back after every failure that is not final. Call it once, or again after `leave`. */
  start(subscription: GroupSubscription): void
  /** Another subscription, from the next rebalance on. */
  resubscribe(subscription: GroupSubscription): void
  /**
   * The application has been given records and works on them: from now on it has maxPollIntervalMs until the next call of
   * `noteWorking` or `noteWaiting`, or the member leaves the group (partitions `lost`) until one of them is called.
   */
  noteWorking(): void
  /** The application waits for records: no time runs. So it is at the start. */
  noteWaiting(): void
  /** The members are to be given partitions anew. [enforceRebalance, KIP-568] Without effect in the consumer protocol, as in Java. */
  enforceRebalance(reason: string): void
  /** Gives up all partitions (`revoked`) and leaves. Resolves when that is done, at the latest after the time given. Never rejects. */
  leave(options?: LeaveOptions): Promise<void>

  /** Owned now, including what is being revoked. */
  readonly owned: readonly OwnedPartition[]
  readonly metadata: GroupMetadata
  /** Which protocol was chosen; undefined until that is known (`protocol: 'auto'`). */
  readonly protocol: GroupProtocol | undefined
  /** In words, for a person: "waits in JoinGroup for the other members of billing, since 2 s (generation 12 ended: ...)". */
  explain(): string
}

export interface GroupMembershipOptions {
  readonly groupId: string
  /** Static membership (KIP-345): the name under which this member is known across restarts. [group.instance.id] */
  readonly groupInstanceId?: string
  /** auto (when left out): consumer where broker and group allow it, else classic. [group.protocol] */
  readonly protocol?: GroupProtocol | 'auto'
  /**
   * Of the classic protocol, best first: 'range', 'roundrobin', 'sticky', 'cooperative-sticky'.
   * ['range', 'cooperative-sticky'] when left out. [partition.assignment.strategy]
   */
  readonly assignors?: readonly string[]
  /** Of the consumer protocol: 'uniform' or 'range'; the broker's choice when left out. [group.remote.assignor] */
  readonly serverAssignor?: string
  /** Without a heartbeat for so long the member is taken for dead; 45 s. Consumer protocol: the broker's setting rules there,
   *  and this one ends the lease here. [session.timeout.ms] */
  readonly sessionTimeoutMs?: number
  /** 3 s. Consumer protocol: the broker's setting rules. [heartbeat.interval.ms] */
  readonly heartbeatIntervalMs?: number
  /** How long the application may work on what it was given, and the members may take for a rebalance; 5 min. [max.poll.interval.ms] */
  readonly maxPollIntervalMs?: number
  /** How long `revoked` may take; what is left of maxPollIntervalMs' rebalance less one heartbeat when left out. */
  readonly drainTimeoutMs?: number
  /** Whether asking for a subscribed topic may create it; true as in Java. [allow.auto.create.topics] */
  readonly allowAutoCreateTopics?: boolean
  /** Internal topics do not match a pattern. true. [exclude.internal.topics] */
  readonly excludeInternalTopics?: boolean
}
