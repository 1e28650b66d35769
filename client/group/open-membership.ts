// A consumer's membership of its group, in whichever protocol group and broker allow.
//
// `auto` begins with the consumer protocol. It goes over to the classic one where the broker does not have it, or the group is
// one of classic members that is not to be upgraded; and back where the group turns out to be one of the consumer protocol whose
// members leave no room for this one's assignors. Once it has been a member it stays with its protocol.

import { consumerGroupHeartbeat } from '../../protocol/messages/consumer-group-heartbeat.ts'
import type { TopicPartition } from '../../protocol/types.ts'
import type { Api } from '../../protocol/wire/schema.ts'
import { ClientError } from '../client-error.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { wait } from '../resilience/wait.ts'
import { ClassicSession } from './classic/classic-session.ts'
import { asClientError } from './classic/generic-group.ts'
import { ConsumerSession } from './consumer/consumer-session.ts'
import { GroupCoordinator } from './group-coordinator.ts'
import type {
  CommittedOffset,
  GroupListener,
  GroupMembership,
  GroupMembershipOptions,
  GroupMetadata,
  GroupProtocol,
  GroupSubscription,
  LeaveOptions,
  OffsetCallOptions,
  OffsetsOwner,
  OffsetToCommit,
  OwnedPartition,
} from './group-membership.ts'
import { Handover } from './handover.ts'
import type { CommitIdentity, CommitStanding, MemberSession } from './member-session.ts'
import { type MembershipSettings, membershipSettings } from './membership-settings.ts'
import { OffsetCalls } from './offsets/offset-calls.ts'
import { PollInterval } from './poll-interval.ts'
import { WantedTopics } from './wanted-topics.ts'

/** Throws INVALID_ARGUMENT. `listener` is called from then on, when `start` has been. */
export function openMembership(
  cluster: Cluster,
  options: GroupMembershipOptions,
  listener: GroupListener,
): GroupMembership {
  return new Membership(cluster, membershipSettings(options), listener)
}

const leaveTimeoutMsStandard = 30_000
/** Of that, what is left for telling the coordinator, however long it takes to give up partitions. */
const goodbyeMsMin = 1000

class Membership implements GroupMembership {
  readonly #cluster: Cluster
  readonly #settings: MembershipSettings
  readonly #listener: GroupListener
  readonly #coordinator: GroupCoordinator
  readonly #wanted: WantedTopics
  readonly #handover: Handover
  readonly #offsets: OffsetCalls
  readonly #pollInterval: PollInterval
  #session: MemberSession | undefined
  #isStarted = false
  #isExpelled = false
  /** Ends the search for the protocol. */
  #choosing = new AbortController()
  #refused = new Map<GroupProtocol, ClientError>()
  #failure: ClientError | undefined
  /** By the monotonic clock. */
  #startedMs = 0
  /** Why the coordinator was not found when last asked for. */
  #trouble: ClientError | undefined
  /** What a transaction's offsets are sent as. Without a member id they would be taken from anybody. */
  #lastIdentity: CommitIdentity

  constructor(cluster: Cluster, settings: MembershipSettings, listener: GroupListener) {
    const { clock, logger } = cluster.world
    const { excludeInternalTopics, drainTimeoutMs, maxPollIntervalMs, allowAutoCreateTopics } = settings
    if (allowAutoCreateTopics) cluster.topics.mayCreate = true
    this.#cluster = cluster
    this.#settings = settings
    this.#listener = listener
    this.#coordinator = new GroupCoordinator(cluster, settings.groupId)
    this.#wanted = new WantedTopics(cluster, { excludeInternalTopics }, () => this.#session?.subscriptionChanged())
    this.#lastIdentity = { memberId: '', generationId: -1, groupInstanceId: settings.groupInstanceId }
    this.#handover = new Handover({
      clock,
      logger,
      drainTimeoutMs,
      listener: {
        assigned: partitions => {
          this.#noteIdentity()
          listener.assigned(partitions)
        },
        revoked: (partitions, term) => listener.revoked(partitions, term),
        lost: (partitions, reason) => listener.lost(partitions, reason),
      },
    })
    this.#pollInterval = new PollInterval(clock, maxPollIntervalMs, () => this.#expel())
    const standing = () => this.#standing
    const hasEpoch = () => this.#session?.protocol === 'consumer'
    const failure = () => this.#failure
    this.#offsets = new OffsetCalls(cluster, this.#coordinator, {
      get standing() {
        return standing()
      },
      get hasEpoch() {
        return hasEpoch()
      },
      get failure() {
        return failure()
      },
      owns: (partition, ownership) => this.#handover.owns(partition, ownership),
      refused: (identity, errorCode) => this.#session?.commitRefused(identity, errorCode),
    })
  }

  get owned(): readonly OwnedPartition[] {
    return this.#handover.owned
  }

  get protocol(): GroupProtocol | undefined {
    return this.#session?.protocol
  }

  get metadata(): GroupMetadata {
    this.#noteIdentity()
    return { groupId: this.#settings.groupId, ...this.#lastIdentity }
  }

  start(subscription: GroupSubscription): void {
    if (this.#isStarted) throw new ClientError('INVALID_ARGUMENT', 'the membership was started before')
    this.#checkSubscription(subscription)
    this.#isStarted = true
    this.#isExpelled = false
    this.#failure = undefined
    this.#refused = new Map()
    this.#startedMs = this.#cluster.world.clock.monotonicMs()
    this.#trouble = undefined
    this.#wanted.set(subscription)
    this.#choosing = new AbortController()
    this.#choose(this.#choosing.signal)
  }

  resubscribe(subscription: GroupSubscription): void {
    if (!this.#isStarted) throw new ClientError('INVALID_ARGUMENT', 'the membership was not started')
    this.#checkSubscription(subscription)
    this.#wanted.set(subscription)
    this.#session?.subscriptionChanged()
  }

  noteWorking(): void {
    this.#resumed()
    this.#pollInterval.working()
  }

  noteWaiting(): void {
    this.#resumed()
    this.#pollInterval.waiting()
  }

  enforceRebalance(reason: string): void {
    this.#session?.enforceRebalance(reason)
  }

  async leave(options: LeaveOptions = {}): Promise<void> {
    const { timeoutMs = leaveTimeoutMsStandard, reason = 'the consumer is being closed', membership } = options
    if (!this.#isStarted) return
    const { clock } = this.#cluster.world
    const deadlineMs = clock.monotonicMs() + timeoutMs
    const goodbyeMs = Math.min(goodbyeMsMin, timeoutMs / 2)
    const says = (membership ?? (this.#settings.groupInstanceId === null ? 'leave' : 'remain')) === 'leave'
    const session = this.#session
    this.#isStarted = false
    this.#choosing.abort()
    this.#pollInterval.waiting()
    session?.freeze()
    await this.#handover.revoke(() => true, timeoutMs - goodbyeMs)
    await session?.leave({ says, reason, timeoutMs: Math.max(goodbyeMs, deadlineMs - clock.monotonicMs()) })
    if (this.#isStarted) return
    this.#session = undefined
    this.#wanted.clear()
  }

  commit(offsets: readonly OffsetToCommit[], options?: OffsetCallOptions): Promise<void> {
    return this.#offsets.commit(offsets, options)
  }

  fetchCommitted(
    partitions: readonly (TopicPartition & OffsetsOwner)[],
    options?: OffsetCallOptions,
  ): Promise<CommittedOffset[]> {
    return this.#offsets.fetchCommitted(partitions, options)
  }

  explain(): string {
    if (this.#failure !== undefined) return `has given up group ${this.#settings.groupId}: ${this.#failure.message}`
    if (this.#session !== undefined) return this.#session.explain()
    const { groupId } = this.#settings
    if (!this.#isStarted) return `has not joined group ${groupId}`
    const seconds = Math.round((this.#cluster.world.clock.monotonicMs() - this.#startedMs) / 100) / 10
    const why = this.#trouble === undefined ? '' : `; so far: ${this.#trouble.message}`
    return `looks for the coordinator of group ${groupId}, since ${seconds} s${why}`
  }

  get #standing(): CommitStanding {
    return this.#session?.standing ?? 'out'
  }

  #noteIdentity(): void {
    const standing = this.#standing
    if (typeof standing === 'object') this.#lastIdentity = standing.as
  }

  #checkSubscription(subscription: GroupSubscription): void {
    if (!('regex' in subscription) || this.#settings.protocol !== 'classic') return
    const help = 'give a RegExp as `pattern`, which is matched here'
    throw new ClientError('INVALID_ARGUMENT', 'the classic protocol has no regular expressions', { help })
  }

  /** As long as it takes: a cluster that is down may come up. */
  async #choose(signal: AbortSignal): Promise<void> {
    const { retrying, world } = this.#cluster
    for (let failures = 1; !signal.aborted; failures += 1) {
      try {
        const protocol = await this.#firstChoice(signal)
        if (!signal.aborted) this.#open(protocol)
        return
      } catch (cause) {
        const error = asClientError(cause)
        if (signal.aborted) return
        if (!error.retriable) {
          this.#fail(error)
          return
        }
        this.#trouble = error
        world.logger.debug({ err: error }, 'the protocol of the group is not known yet')
        const delayMs = retrying.backoff.delayMs(failures)
        this.#cluster.noteRetry(`join group ${this.#settings.groupId}`, failures, delayMs, error)
        await wait(world.clock, delayMs, signal).catch(() => {})
      }
    }
  }

  async #firstChoice(signal: AbortSignal): Promise<GroupProtocol> {
    const { protocol } = this.#settings
    if (protocol !== 'auto') return protocol
    const { requestTimeoutMs } = this.#cluster.settings
    const broker = await this.#coordinator.find({ timeoutMs: requestTimeoutMs, signal })
    const version = await broker.versionOf(consumerGroupHeartbeat as unknown as Api)
    return version === undefined && this.#wanted.regex === undefined ? 'classic' : 'consumer'
  }

  #open(protocol: GroupProtocol): void {
    const { groupId, groupInstanceId, sessionTimeoutMs, heartbeatIntervalMs, maxPollIntervalMs } = this.#settings
    const { assignors, serverAssignor } = this.#settings
    const timeouts = { sessionTimeoutMs, heartbeatIntervalMs, rebalanceTimeoutMs: maxPollIntervalMs }
    // What was refused before may have changed when this one is put out again.
    const onJoined = () => this.#refused.clear()
    const shared = { groupId, groupInstanceId, ...timeouts, onJoined }
    if (protocol === 'classic') {
      const options = {
        ...shared,
        assignors,
        onFailed: (error: ClientError) => this.#onFailed('classic', error, false),
      }
      this.#session = new ClassicSession(this.#cluster, options, this.#wanted, this.#handover)
    } else {
      const onFailed = (error: ClientError, hasJoined: boolean) => this.#onFailed('consumer', error, hasJoined)
      const options = { ...shared, serverAssignor, onFailed }
      this.#session = new ConsumerSession(this.#cluster, options, this.#wanted, this.#handover)
    }
    this.#session.start()
    if (this.#isExpelled) this.#session.expel(expelReason)
  }

  #onFailed(protocol: GroupProtocol, error: ClientError, hasJoined: boolean): void {
    const other = this.#otherProtocol(protocol, error)
    if (hasJoined || other === undefined) {
      this.#fail(error)
      return
    }
    this.#refused.set(protocol, error)
    const otherError = this.#refused.get(other)
    if (otherError === undefined) this.#open(other)
    else this.#fail(this.#noCommonProtocol())
  }

  /** The protocol to try in place of one in which the group cannot be joined; undefined when that would not help. */
  #otherProtocol(protocol: GroupProtocol, { code }: ClientError): GroupProtocol | undefined {
    if (this.#settings.protocol !== 'auto') return undefined
    const notConsumer = [
      'UNSUPPORTED_VERSION',
      'UNSUPPORTED_BY_BROKER',
      'GROUP_ID_NOT_FOUND',
      'INCONSISTENT_GROUP_PROTOCOL',
    ]
    if (protocol === 'consumer') {
      return notConsumer.includes(code) && this.#wanted.regex === undefined ? 'classic' : undefined
    }
    return code === 'INCONSISTENT_GROUP_PROTOCOL' ? 'consumer' : undefined
  }

  #noCommonProtocol(): ClientError {
    const reasons = [...this.#refused].map(([protocol, { message }]) => `${protocol}: ${message}`).join('; ')
    const message = `the group takes this consumer in neither protocol (${reasons})`
    const cause = [...this.#refused.values()].at(-1)
    return new ClientError('NO_COMMON_GROUP_PROTOCOL', message, { group: this.#settings.groupId, cause })
  }

  #fail(error: ClientError): void {
    this.#failure = error
    this.#pollInterval.waiting()
    this.#handover.lose(error.message)
    try {
      this.#listener.failed(error)
    } catch (thrown) {
      this.#cluster.world.logger.error({ err: thrown }, 'the listener threw when the membership failed')
    }
  }

  #expel(): void {
    this.#isExpelled = true
    this.#session?.expel(expelReason)
  }

  #resumed(): void {
    if (!this.#isExpelled) return
    this.#isExpelled = false
    this.#session?.resume()
  }
}

/** As Java says it. */
const expelReason = 'consumer poll timeout has expired.'
