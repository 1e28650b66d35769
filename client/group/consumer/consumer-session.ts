// A consumer in the consumer protocol (KIP-848): the shell round ConsumerMember. Sends its heartbeats, gives up and takes what
// it says, finds the names of topics.

import { consumerGroupHeartbeat } from '../../../protocol/messages/consumer-group-heartbeat.ts'
import type { VersionRange } from '../../../protocol/wire/schema.ts'
import type { Uuid } from '../../../protocol/wire/uuid.ts'
import type { ClientError } from '../../client-error.ts'
import type { Cluster } from '../../cluster/cluster.ts'
import { wait } from '../../resilience/wait.ts'
import { asClientError } from '../classic/generic-group.ts'
import { GroupCoordinator } from '../group-coordinator.ts'
import type { AssignedPartition, Handover } from '../handover.ts'
import { heartbeatTimeoutMs } from '../heartbeat-schedule.ts'
import { MemberDriver } from '../member-driver.ts'
import type { CommitIdentity, CommitStanding, MemberSession, SessionLeave } from '../member-session.ts'
import type { WantedTopics } from '../wanted-topics.ts'
import type { ConsumerEffect, HeartbeatFields } from './consumer-effect.ts'
import { ConsumerMember } from './consumer-member.ts'
import { newMemberId } from './member-id.ts'
import { type IdPartition, PartitionSet } from './partition-set.ts'
import { memberInWords } from './phase-in-words.ts'
import { TopicNames } from './topic-names.ts'

export interface ConsumerSessionOptions {
  readonly groupId: string
  readonly groupInstanceId: string | null
  readonly serverAssignor: string | undefined
  readonly sessionTimeoutMs: number
  readonly heartbeatIntervalMs: number
  readonly rebalanceTimeoutMs: number
  /** The coordinator has let this member in. */
  onJoined(): void
  onFailed(error: ClientError, hasJoined: boolean): void
}

/** ConsumerGroupHeartbeat: version from which it has regular expressions. */
const regexSince: VersionRange = [1, 1]

export class ConsumerSession implements MemberSession {
  readonly protocol = 'consumer'
  readonly #cluster: Cluster
  readonly #options: ConsumerSessionOptions
  readonly #wanted: WantedTopics
  readonly #handover: Handover
  readonly #coordinator: GroupCoordinator
  readonly #member: ConsumerMember
  readonly #memberId: string
  readonly #names: TopicNames
  readonly #driver: MemberDriver<ConsumerEffect>
  #leaveTimeoutMs: number | undefined
  /** Heartbeats in a row that were not answered. */
  #failures = 0
  /** The goodbye under way. */
  #leaving: Promise<unknown> = Promise.resolve()
  /** Topics that the image has because partitions of them are held. */
  #watched: readonly string[] = []

  constructor(cluster: Cluster, options: ConsumerSessionOptions, wanted: WantedTopics, handover: Handover) {
    const { groupId, groupInstanceId, serverAssignor, sessionTimeoutMs, heartbeatIntervalMs, rebalanceTimeoutMs } =
      options
    this.#cluster = cluster
    this.#options = options
    this.#wanted = wanted
    this.#handover = handover
    this.#coordinator = new GroupCoordinator(cluster, groupId)
    this.#memberId = newMemberId(cluster.world.random)
    const timeouts = { sessionTimeoutMs, heartbeatIntervalMs, rebalanceTimeoutMs }
    const settings = {
      groupId,
      memberId: this.#memberId,
      isStatic: groupInstanceId !== null,
      serverAssignor,
      ...timeouts,
    }
    this.#member = new ConsumerMember(settings, cluster.retrying.backoff)
    this.#names = new TopicNames(cluster)
    this.#driver = new MemberDriver(cluster.world.clock, this.#member, effect => this.#perform(effect))
  }

  get standing(): CommitStanding {
    const { epoch: generationId, phase } = this.#member
    if (phase !== 'member' || generationId <= 0) return 'out'
    return { as: { memberId: this.#memberId, generationId, groupInstanceId: this.#options.groupInstanceId } }
  }

  start(): void {
    this.#tell(nowMs => this.#member.start(this.#subscribed, nowMs))
  }

  subscriptionChanged(): void {
    this.#tell(nowMs => this.#member.subscribe(this.#subscribed, nowMs))
  }

  expel(reason: string): void {
    this.#tell(nowMs => this.#member.expel(reason, nowMs))
  }

  resume(): void {
    this.#tell(nowMs => this.#member.resume(nowMs))
  }

  enforceRebalance(): void {}

  commitRefused({ generationId }: CommitIdentity): void {
    this.#tell(nowMs => this.#member.askSoon(generationId, nowMs))
  }

  freeze(): void {
    this.#tell(() => this.#member.freeze())
  }

  async leave({ says, timeoutMs }: SessionLeave): Promise<void> {
    this.#leaveTimeoutMs = timeoutMs
    this.#tell(nowMs => this.#member.leave({ says }, nowMs))
    this.#driver.stop()
    this.#watchTopics([])
    await this.#leaving
  }

  explain(): string {
    return memberInWords(this.#member, this.#options.groupId, this.#nowMs)
  }

  get #subscribed() {
    return { topics: this.#wanted.topics, regex: this.#wanted.regex }
  }

  get #nowMs(): number {
    return this.#cluster.world.clock.monotonicMs()
  }

  #tell(event: (nowMs: number) => void): void {
    this.#driver.tell(event)
  }

  #perform(effect: ConsumerEffect): void {
    switch (effect.kind) {
      case 'heartbeat':
        this.#beat(effect.life, effect.fields)
        return
      case 'leave':
        this.#leaving = this.#sayGoodbye(effect.fields)
        return
      case 'revoke':
        this.#revoke(effect.step, new PartitionSet(effect.partitions))
        return
      case 'assign':
        this.#assign(effect.step, effect.partitions)
        return
      case 'lost':
        this.#handover.lose(effect.reason)
        return
      case 'regained':
        this.#handover.assign(this.#named(effect.partitions))
        return
      case 'forgetCoordinator':
        this.#coordinator.forget()
        return
      case 'failed':
        this.#options.onFailed(effect.error, effect.hasJoined)
    }
  }

  #beat(life: number, fields: HeartbeatFields): void {
    const timeoutMs = heartbeatTimeoutMs(this.#cluster.settings, this.#options.sessionTimeoutMs)
    const options = { timeoutMs, ...(this.#wanted.regex !== undefined && { versions: regexSince }) }
    this.#coordinator.ask(consumerGroupHeartbeat, this.#body(fields), options).then(
      ({ answer, sentMs }) => {
        this.#failures = 0
        this.#tell(nowMs => this.#member.answered(life, answer, sentMs, nowMs))
        if (this.#member.phase === 'member') this.#options.onJoined()
      },
      cause => {
        const error = asClientError(cause)
        this.#tell(nowMs => {
          if (error.retriable) this.#member.requestFailed(life, nowMs)
          else this.#member.giveUp(error, nowMs)
          if (error.retriable) this.#noteRetry(nowMs, error)
        })
      },
    )
  }

  #noteRetry(nowMs: number, error: ClientError): void {
    const delayMs = this.#member.wakeMs - nowMs
    if (!Number.isFinite(delayMs)) return
    this.#failures += 1
    this.#cluster.noteRetry(`heartbeat of group ${this.#options.groupId}`, this.#failures, Math.max(0, delayMs), error)
  }

  #body(fields: HeartbeatFields) {
    const { groupId, groupInstanceId } = this.#options
    const { rack } = this.#cluster.settings
    const { subscribedTopicRegex, ...rest } = fields
    const regex = subscribedTopicRegex === undefined ? {} : { subscribedTopicRegex }
    const rackId = fields.rebalanceTimeoutMs === undefined ? null : (rack ?? null)
    return { groupId, instanceId: groupInstanceId, rackId, ...rest, ...regex }
  }

  async #sayGoodbye(fields: HeartbeatFields): Promise<void> {
    const timeoutMs = this.#leaveTimeoutMs ?? this.#cluster.settings.requestTimeoutMs
    try {
      await this.#coordinator.ask(consumerGroupHeartbeat, this.#body(fields), { timeoutMs })
    } catch (error) {
      this.#cluster.world.logger.debug({ err: error }, 'the group was left without the coordinator being told')
    }
  }

  #revoke(step: number, partitions: PartitionSet): void {
    const isRevoked = ({ topicId, partition }: AssignedPartition) => partitions.has({ topicId, partition })
    this.#handover.revoke(isRevoked).then(() => this.#tell(nowMs => this.#member.revoked(step, partitions, nowMs)))
  }

  #assign(step: number, partitions: readonly IdPartition[]): void {
    const known = this.#named(partitions)
    if (known.length > 0) this.#take(step, known)
    else this.#learn(step, partitions)
  }

  #take(step: number, partitions: readonly AssignedPartition[]): void {
    const topicIds = new Set([...this.#handover.owned, ...partitions].map(({ topicId }) => topicId))
    this.#names.retain(topicIds)
    this.#watchTopics([...new Set([...this.#handover.owned, ...partitions].map(({ topic }) => topic))])
    this.#handover.assign(partitions)
    this.#tell(nowMs => this.#member.assigned(step, new PartitionSet(partitions), nowMs))
  }

  /** Asks for the names until there is one, or they are not wanted any more. */
  async #learn(step: number, partitions: readonly IdPartition[]): Promise<void> {
    const { clock, logger } = this.#cluster.world
    const topicIds = [...new Set(partitions.map(({ topicId }) => topicId))]
    for (let failures = 1; this.#member.isCurrent(step); failures += 1) {
      await this.#names.learn(topicIds).catch(error => logger.debug({ err: error }, 'topics have no names yet'))
      if (!this.#member.isCurrent(step)) return
      const known = this.#named(partitions)
      if (known.length > 0) {
        this.#take(step, known)
        return
      }
      await wait(clock, this.#cluster.retrying.backoff.delayMs(failures))
    }
  }

  #named(partitions: readonly IdPartition[]): AssignedPartition[] {
    const withName = ({ topicId, partition }: IdPartition) => ({ topic: this.#names.get(topicId), partition, topicId })
    return partitions.map(withName).filter((found): found is AssignedPartition => found.topic !== undefined)
  }

  #watchTopics(topics: readonly Uuid[]): void {
    for (const topic of topics) this.#cluster.topics.add(topic)
    for (const topic of this.#watched) this.#cluster.topics.remove(topic)
    this.#watched = topics
  }
}
