// A consumer in the classic protocol: subscriptions, assignors and partitions on top of the generic membership.
//
// Eager: all partitions are given up before each join. Cooperative (KIP-429): only those that the assignment takes away are,
// after it, and then the member joins again so that they can be given to others.
// Source: org.apache.kafka.clients.consumer.internals.ConsumerCoordinator, Kafka 4.3.0.

import { DecodeError } from '../../../protocol/wire/decode-error.ts'
import { zeroUuid } from '../../../protocol/wire/uuid.ts'
import type { Assignor, AssignorMember, LastAssignment, RebalanceProtocol } from '../../assignors/assignor.ts'
import { rebalanceProtocolOf } from '../../assignors/assignors.ts'
import {
  consumerProtocolType,
  type MemberSubscription,
  readAssignment,
  readSubscription,
  writeAssignment,
  writeSubscription,
} from '../../assignors/consumer-protocol.ts'
import { ClientError } from '../../client-error.ts'
import type { Cluster } from '../../cluster/cluster.ts'
import type { AssignedPartition, Handover } from '../handover.ts'
import type { CommitIdentity, CommitStanding, MemberSession, SessionLeave } from '../member-session.ts'
import { WakeTimer } from '../wake-timer.ts'
import type { WantedTopics } from '../wanted-topics.ts'
import type { GroupToLead, JoinedMember, MemberAssignmentBytes } from './classic-effect.ts'
import { type GenericAssignment, GroupMember } from './generic-group.ts'
import { assignableTopics, fingerprint } from './group-topics.ts'

export interface ClassicSessionOptions {
  readonly groupId: string
  readonly groupInstanceId: string | null
  readonly assignors: readonly Assignor[]
  readonly sessionTimeoutMs: number
  readonly heartbeatIntervalMs: number
  readonly rebalanceTimeoutMs: number
  /** The coordinator has let this member in. */
  onJoined(): void
  onFailed(error: ClientError): void
}

/** How often the leader looks for topics that are subscribed to and do not exist. */
const missingTopicsMs = 1000

const noOne: MemberSubscription = { topics: [], userData: null, ownedPartitions: [], generationId: -1, rackId: null }

export class ClassicSession implements MemberSession {
  readonly protocol = 'classic'
  readonly #cluster: Cluster
  readonly #options: ClassicSessionOptions
  readonly #wanted: WantedTopics
  readonly #handover: Handover
  readonly #member: GroupMember
  readonly #rebalance: RebalanceProtocol
  /** By assignor: what it was last chosen for. */
  readonly #last = new Map<string, LastAssignment>()
  #assigned: readonly AssignedPartition[] = []
  /** What is done with assignments, one after the other. */
  #work: Promise<void> = Promise.resolve()
  /** Rises when what was assigned was lost: work begun before does not go on. */
  #life = 0
  /** On the leader: which topics it assigned, and as what. */
  #led: { readonly topics: readonly string[]; readonly fingerprint: string } | undefined
  #stopWatching: () => void = () => {}
  readonly #lookAgain: WakeTimer
  /** Topics that the image has because this member leads. */
  #watched: readonly string[] = []
  #isFrozen = false

  constructor(cluster: Cluster, options: ClassicSessionOptions, wanted: WantedTopics, handover: Handover) {
    this.#cluster = cluster
    this.#options = options
    this.#wanted = wanted
    this.#handover = handover
    this.#rebalance = rebalanceProtocolOf(options.assignors)
    this.#lookAgain = new WakeTimer(cluster.world.clock, () => {
      cluster.refresh().catch(error => {
        cluster.world.logger.debug({ err: error }, 'no fresh topics')
        this.#lookAtTopics()
      })
    })
    this.#member = new GroupMember(cluster, {
      groupId: options.groupId,
      groupInstanceId: options.groupInstanceId ?? undefined,
      protocolType: consumerProtocolType,
      sessionTimeoutMs: options.sessionTimeoutMs,
      heartbeatIntervalMs: options.heartbeatIntervalMs,
      rebalanceTimeoutMs: options.rebalanceTimeoutMs,
      protocols: () => this.#protocols(),
      prepare: () => this.#prepare(),
      lead: group => this.#lead(group),
      assigned: assignment => this.#onAssigned(assignment),
      lost: reason => this.#onLost(reason),
      regained: () => this.#onRegained(),
      failed: error => this.#onFailed(error),
    })
  }

  get standing(): CommitStanding {
    const { memberId, generationId, isJoining } = this.#member
    if (generationId < 0) return 'out'
    // Who leaves does not wait for the next generation: with luck the coordinator still takes it from this one.
    if (isJoining && !this.#isFrozen) return 'rebalancing'
    return { as: { memberId, generationId, groupInstanceId: this.#options.groupInstanceId } }
  }

  start(): void {
    this.#isFrozen = false
    this.#stopWatching = this.#cluster.onImage(() => this.#lookAtTopics())
    this.#member.start()
  }

  subscriptionChanged(): void {
    this.#member.rejoin('subscription has changed')
  }

  expel(reason: string): void {
    this.#member.expel(reason)
  }

  resume(): void {
    this.#member.resume()
  }

  enforceRebalance(reason: string): void {
    this.#member.rejoin(reason)
  }

  commitRefused({ memberId, generationId }: CommitIdentity, errorCode: number): void {
    this.#member.fenced(memberId, generationId, errorCode)
  }

  freeze(): void {
    this.#isFrozen = true
    this.#life += 1
  }

  async leave(options: SessionLeave): Promise<void> {
    this.#stopWatching()
    this.#lookAgain.stop()
    this.#life += 1
    this.#led = undefined
    this.#watchTopics([])
    await this.#member.leave(options)
  }

  explain(): string {
    if (this.#handover.isDraining) return `waits for revoked partitions to be given up; ${this.#member.explain()}`
    return this.#member.explain()
  }

  #protocols() {
    const { topics } = this.#wanted
    const { generationId } = this.#member
    const { owned: ownedPartitions } = this.#handover
    const rackId = this.#cluster.settings.rack ?? null
    return this.#options.assignors.map(({ name, userData }) => {
      const subscription = { topics, userData: userData(this.#last.get(name)), ownedPartitions, generationId, rackId }
      return { name, metadata: writeSubscription(subscription) }
    })
  }

  async #prepare(): Promise<void> {
    await this.#work
    // Waits for the end: `leave` gives up what there is.
    if (this.#isFrozen) await new Promise(() => {})
    const isEager = this.#rebalance === 'eager'
    await this.#handover.revoke(({ topic }) => isEager || !this.#wanted.includes(topic))
    // A pattern means what the cluster has now: without this each member would join again for topics it finds one by one.
    const { subscription } = this.#wanted
    if (subscription === undefined || !('pattern' in subscription)) return
    await this.#cluster.refresh().catch(error => this.#cluster.world.logger.debug({ err: error }, 'no fresh topics'))
  }

  async #lead({ protocolName, members, skipAssignment }: GroupToLead): Promise<MemberAssignmentBytes[]> {
    const assignor = this.#options.assignors.find(({ name }) => name === protocolName)
    if (assignor === undefined) throw this.#unknownAssignor(protocolName)
    const subscribed = members.map(member => this.#read(member))
    const topics = [...new Set(subscribed.flatMap(({ subscription }) => subscription.topics))]
    await this.#learnOf(topics)
    const known = assignableTopics(this.#cluster.image, topics)
    this.#led = { topics, fingerprint: fingerprint(known) }
    this.#lookAtTopics()
    if (skipAssignment) return []
    const assignment = assignor.assign(known, subscribed)
    return [...assignment].map(([memberId, partitions]) => {
      return { memberId, assignment: writeAssignment({ partitions, userData: null }) }
    })
  }

  // One member that sends nonsense must not stop the others: it gets nothing.
  #read({ memberId, groupInstanceId, metadata }: JoinedMember): AssignorMember {
    try {
      return { memberId, groupInstanceId, subscription: readSubscription(metadata) }
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      this.#cluster.world.logger.warn({ err: error, memberId }, 'a member has a subscription that cannot be read')
      return { memberId, groupInstanceId, subscription: noOne }
    }
  }

  /** The leader has to know topics that only other members subscribe to. */
  async #learnOf(topics: readonly string[]): Promise<void> {
    const { image } = this.#cluster
    const unknown = topics.filter(topic => !image.topics.has(topic))
    this.#watchTopics(topics)
    if (unknown.length > 0) await this.#cluster.refresh()
  }

  #watchTopics(topics: readonly string[]): void {
    for (const topic of topics) this.#cluster.topics.add(topic)
    for (const topic of this.#watched) this.#cluster.topics.remove(topic)
    this.#watched = topics
  }

  #lookAtTopics(): void {
    if (this.#led === undefined || !this.#member.isLeader) return
    const known = assignableTopics(this.#cluster.image, this.#led.topics)
    // Somebody waits for a topic that is about to be made: the image's own age would be long to wait for.
    const isMissing = known.size < this.#led.topics.length
    this.#lookAgain.setTo(
      isMissing ? this.#cluster.world.clock.monotonicMs() + missingTopicsMs : Number.POSITIVE_INFINITY,
    )
    const now = fingerprint(known)
    if (now === this.#led.fingerprint) return
    this.#led = { ...this.#led, fingerprint: now }
    this.#member.rejoin('cached metadata has changed')
  }

  #onAssigned({ assignment, generationId, protocolName, isLeader }: GenericAssignment): void {
    if (!isLeader) {
      this.#led = undefined
      this.#watchTopics([])
    }
    if (this.#isFrozen) return
    this.#options.onJoined()
    try {
      const { partitions } = readAssignment(assignment)
      const stranger = partitions.find(({ topic }) => !this.#wanted.includes(topic))
      if (stranger !== undefined) {
        this.#member.rejoin('received assignment does not match the current subscription')
        return
      }
      this.#last.set(protocolName, { partitions, generationId })
      const { topics } = this.#cluster.image
      this.#assigned = partitions.map(({ topic, partition }) => {
        return { topic, partition, topicId: topics.get(topic)?.topicId ?? zeroUuid }
      })
      this.#take(this.#assigned)
    } catch (cause) {
      if (!(cause instanceof DecodeError)) throw cause
      const message = `the leader's assignment cannot be read (${cause.message})`
      this.#member.giveUp(
        new ClientError('INCONSISTENT_GROUP_PROTOCOL', message, { group: this.#options.groupId, cause }),
      )
    }
  }

  /** What is not assigned any more is given up first, what is new is taken then. */
  #take(assigned: readonly AssignedPartition[]): void {
    const life = this.#life
    const kept = new Set(assigned.map(({ topic, partition }) => `${topic}-${partition}`))
    const isRevoked = ({ topic, partition }: AssignedPartition) => !kept.has(`${topic}-${partition}`)
    this.#work = this.#work.then(async () => {
      if (life !== this.#life) return
      const revokes = this.#handover.owned.some(isRevoked)
      if (revokes) await this.#handover.revoke(isRevoked)
      if (life !== this.#life) return
      this.#handover.assign(assigned)
      if (revokes) this.#member.rejoin('need to revoke partitions and re-join')
    })
  }

  #onLost(reason: string): void {
    this.#life += 1
    this.#handover.lose(reason)
  }

  #onRegained(): void {
    this.#take(this.#assigned)
  }

  #onFailed(error: ClientError): void {
    this.#life += 1
    this.#stopWatching()
    this.#lookAgain.stop()
    this.#watchTopics([])
    this.#options.onFailed(error)
  }

  #unknownAssignor(name: string): ClientError {
    const message = `the coordinator has chosen the assignor ${name}, which this member does not know`
    return new ClientError('INCONSISTENT_GROUP_PROTOCOL', message, { group: this.#options.groupId })
  }
}
