// Membership of a group of any protocol type: leader election, distribution of work. What the members say of themselves and
// what the leader gives them are bytes that mean something to them alone. Consumers stand on it too.
//
// The shell round ClassicMember: sends what it wants sent, tells it what came back, wakes it in time.

import { heartbeat } from '../../../protocol/messages/heartbeat.ts'
import { joinGroup as joinGroupApi } from '../../../protocol/messages/join-group.ts'
import { leaveGroup } from '../../../protocol/messages/leave-group.ts'
import { metadata } from '../../../protocol/messages/metadata.ts'
import { syncGroup } from '../../../protocol/messages/sync-group.ts'
import { ClientError, isRetriable } from '../../client-error.ts'
import type { Cluster } from '../../cluster/cluster.ts'
import type { Lane } from '../../cluster/lane.ts'
import { GroupCoordinator } from '../group-coordinator.ts'
import { heartbeatTimeoutMs } from '../heartbeat-schedule.ts'
import { MemberDriver } from '../member-driver.ts'
import {
  heartbeatBody,
  type JoinProtocol,
  type JoinSettings,
  joinBody,
  leaveBody,
  staticVersions,
  syncBody,
} from './classic-bodies.ts'
import type { ClassicEffect, ClassicGeneration, GroupToLead, MemberAssignmentBytes } from './classic-effect.ts'
import { ClassicMember } from './classic-member.ts'
import { classicPhaseInWords } from './phase-in-words.ts'

export interface GenericAssignment extends ClassicGeneration {
  /** What the leader gave to this member; empty when nothing. */
  readonly assignment: Buffer
}

export interface GenericGroupOptions {
  readonly groupId: string
  /** Static membership (KIP-345). [group.instance.id] */
  readonly groupInstanceId?: string | undefined
  /** All members of a group have the same: 'consumer', 'connect', 'sr', ... */
  readonly protocolType: string
  /** Best first; asked anew before each join. */
  protocols(): readonly JoinProtocol[]
  /** Gives each member its assignment; on the leader only. What rejects with a retriable ClientError is tried again. */
  lead(group: GroupToLead): readonly MemberAssignmentBytes[] | Promise<readonly MemberAssignmentBytes[]>
  assigned(assignment: GenericAssignment): void
  /** Before each join: give up what must not be held on to. The others wait, up to the rebalance timeout. */
  prepare?(): Promise<void>
  /** What was assigned may be somebody else's: drop it at once. */
  lost?(reason: string): void
  /** After `lost`: it was not, and is this member's again. Joins anew when left out. */
  regained?(): void
  /** The member is out of the group and does not come back by itself. */
  failed?(error: ClientError): void
  /** 45 s. [session.timeout.ms] */
  readonly sessionTimeoutMs?: number
  /** How long the members may take to join; 5 min. [rebalance.timeout.ms] */
  readonly rebalanceTimeoutMs?: number
  /** 3 s. [heartbeat.interval.ms] */
  readonly heartbeatIntervalMs?: number
}

export interface LeaveGroupOptions {
  /** Whether the coordinator is told; else it finds out by the session timeout. */
  readonly says: boolean
  readonly reason: string
  readonly timeoutMs: number
}

/** Joins, and comes back after every failure that is not final. */
export function joinGroup(cluster: Cluster, options: GenericGroupOptions): GroupMember {
  const member = new GroupMember(cluster, options)
  member.start()
  return member
}

/** On top of the rebalance timeout, for an answer to arrive. As in Java. */
const joinExtraMs = 5000

export class GroupMember {
  readonly #cluster: Cluster
  readonly #options: GenericGroupOptions
  readonly #settings: JoinSettings & { readonly heartbeatIntervalMs: number }
  readonly #coordinator: GroupCoordinator
  readonly #member: ClassicMember
  readonly #driver: MemberDriver<ClassicEffect>
  #lane: Lane
  #leaveTimeoutMs: number | undefined
  /** Requests in a row that were not answered. */
  #failures = 0
  /** The goodbye under way. */
  #leaving: Promise<unknown> = Promise.resolve()

  constructor(cluster: Cluster, options: GenericGroupOptions) {
    const { groupId, groupInstanceId = null, protocolType } = options
    const { sessionTimeoutMs = 45_000, rebalanceTimeoutMs = 300_000, heartbeatIntervalMs = 3000 } = options
    this.#cluster = cluster
    this.#options = options
    this.#settings = {
      groupId,
      groupInstanceId,
      protocolType,
      sessionTimeoutMs,
      rebalanceTimeoutMs,
      heartbeatIntervalMs,
    }
    this.#coordinator = new GroupCoordinator(cluster, groupId)
    this.#member = new ClassicMember(this.#settings, cluster.retrying.backoff)
    this.#driver = new MemberDriver(cluster.world.clock, this.#member, effect => this.#perform(effect))
    this.#lane = this.#newLane()
  }

  /** Empty outside the group. */
  get memberId(): string {
    return this.#member.memberId
  }

  /** -1 outside the group. */
  get generationId(): number {
    return this.#member.generationId
  }

  get isLeader(): boolean {
    return this.#member.isLeader
  }

  /** Whether the generation is settled: all have their assignments, as far as this member knows. */
  get isStable(): boolean {
    return this.#member.phase === 'stable'
  }

  /** A new generation is being made, and this member has asked to be in it. */
  get isJoining(): boolean {
    return ['waiting', 'joining', 'leading', 'syncing'].includes(this.#member.phase)
  }

  /** In words, for a person. */
  explain(): string {
    return classicPhaseInWords(this.#member, this.#settings.groupId, this.#nowMs)
  }

  /** Again after `leave`. */
  start(): void {
    this.#tell(nowMs => this.#member.start(nowMs))
  }

  /** The group is to be put together anew, all members join again. */
  rejoin(reason: string): void {
    this.#tell(nowMs => this.#member.rejoin(reason, nowMs))
  }

  /** Leaves until `resume`: the application is too slow. */
  expel(reason: string): void {
    this.#tell(nowMs => this.#member.expel(reason, nowMs))
  }

  resume(): void {
    this.#tell(nowMs => this.#member.resume(nowMs))
  }

  /** A commit was refused because of who sent it. */
  fenced(memberId: string, generationId: number, errorCode: number): void {
    this.#tell(nowMs => this.#member.fenced(memberId, generationId, errorCode, nowMs))
  }

  giveUp(error: ClientError): void {
    this.#tell(nowMs => this.#member.giveUp(error, nowMs))
  }

  /** Resolves when the coordinator has answered, or did not within the time. Never rejects. */
  async leave({ says, reason, timeoutMs }: LeaveGroupOptions): Promise<void> {
    this.#leaveTimeoutMs = timeoutMs
    this.#tell(nowMs => this.#member.leave({ says, reason }, nowMs))
    this.#driver.stop()
    await this.#leaving
    this.#coordinator.dropLane(this.#lane)
  }

  get #nowMs(): number {
    return this.#cluster.world.clock.monotonicMs()
  }

  #tell(event: (nowMs: number) => void): void {
    this.#driver.tell(event)
  }

  #perform(effect: ClassicEffect): void {
    switch (effect.kind) {
      case 'prepare':
        this.#prepare(effect.life)
        return
      case 'join':
        this.#join(effect)
        return
      case 'abandon':
        this.#abandon()
        return
      case 'lead':
        this.#lead(effect)
        return
      case 'sync':
        this.#sync(effect)
        return
      case 'heartbeat':
        this.#beat(effect)
        return
      case 'leave':
        this.#leaving = this.#sayGoodbye(effect)
        return
      case 'forgetCoordinator':
        this.#coordinator.forget()
        return
      default:
        this.#report(effect)
    }
  }

  #report(effect: Extract<ClassicEffect, { readonly kind: 'assigned' | 'lost' | 'regained' | 'failed' }>): void {
    const on = this.#options
    try {
      if (effect.kind === 'assigned') on.assigned({ ...effect.generation, assignment: effect.assignment })
      else if (effect.kind === 'lost') on.lost?.(effect.reason)
      else if (effect.kind === 'failed') on.failed?.(effect.error)
      else if (on.regained !== undefined) on.regained()
      else this.rejoin('what was taken for lost is still assigned')
    } catch (error) {
      this.#cluster.world.logger.error({ err: error }, `the callback for ${effect.kind} threw`)
    }
  }

  #prepare(life: number): void {
    const done = () => this.#tell(nowMs => this.#member.prepared(life, nowMs))
    if (this.#options.prepare === undefined) {
      done()
      return
    }
    this.#options.prepare().then(done, error => {
      this.#cluster.world.logger.error({ err: error }, 'giving up partitions before a rebalance failed')
      done()
    })
  }

  #join(effect: Extract<ClassicEffect, { readonly kind: 'join' }>): void {
    // A membership begins on a connection of its own: the last one's may have died with it, and nobody would say so.
    if (effect.memberId === '') this.#abandon()
    const body = joinBody(this.#settings, effect, this.#options.protocols())
    const options = { ...staticVersions('join', this.#settings), ...this.#waiting() }
    const answered = this.#whenIdle(options.lane, this.#coordinator.ask(joinGroupApi, body, options))
    if (this.#member.generationId < 0) this.#watch(effect, answered)
    answered.then(
      ({ answer }) => this.#tell(nowMs => this.#member.joinAnswered(effect.life, answer, nowMs)),
      error => this.#failed(effect, error),
    )
  }

  /**
   * A join may be waited for as long as a rebalance takes. Without a generation there are no heartbeats, which would tell that the
   * coordinator is not there any more: it is asked for something that it answers at once.
   */
  #watch(effect: Extract<ClassicEffect, { readonly kind: 'join' }>, answered: Promise<unknown>): void {
    const { clock } = this.#cluster.world
    const { heartbeatIntervalMs, sessionTimeoutMs } = this.#settings
    const timeoutMs = heartbeatTimeoutMs(this.#cluster.settings, sessionTimeoutMs)
    let isOver = false
    let cancel = () => {}
    const askLater = () => {
      if (!isOver) cancel = clock.after(heartbeatIntervalMs, ask)
    }
    const ask = () => {
      this.#coordinator.ask(metadata, { topics: [] }, { lane: 'group', timeoutMs }).then(askLater, error => {
        if (!isOver && isRetriable(error)) this.#failed(effect, error)
      })
    }
    const over = () => {
      isOver = true
      cancel()
    }
    answered.then(over, over)
    askLater()
  }

  #lead({ life, group }: Extract<ClassicEffect, { readonly kind: 'lead' }>): void {
    Promise.resolve()
      .then(() => this.#options.lead(group))
      .then(
        assignments => this.#tell(nowMs => this.#member.led(life, assignments, nowMs)),
        error => this.#tell(nowMs => this.#member.couldNotLead(life, asClientError(error), nowMs)),
      )
  }

  #sync(effect: Extract<ClassicEffect, { readonly kind: 'sync' }>): void {
    const body = syncBody(this.#settings, effect)
    const options = { ...staticVersions('sync', this.#settings), ...this.#waiting() }
    this.#whenIdle(options.lane, this.#coordinator.ask(syncGroup, body, options)).then(
      ({ answer, sentMs }) => this.#tell(nowMs => this.#member.syncAnswered(effect.life, answer, sentMs, nowMs)),
      error => this.#failed(effect, error),
    )
  }

  #beat(effect: Extract<ClassicEffect, { readonly kind: 'heartbeat' }>): void {
    const { life } = effect
    const timeoutMs = heartbeatTimeoutMs(this.#cluster.settings, this.#settings.sessionTimeoutMs)
    const options = { ...staticVersions('heartbeat', this.#settings), timeoutMs }
    this.#coordinator.ask(heartbeat, heartbeatBody(this.#settings, effect), options).then(
      ({ answer, sentMs }) => {
        this.#failures = 0
        this.#tell(nowMs => this.#member.heartbeatAnswered(life, answer.errorCode, sentMs, nowMs))
      },
      error => this.#failed(effect, error),
    )
  }

  // One attempt: whoever leaves does not want to wait, and the session timeout does the same later.
  async #sayGoodbye(effect: Extract<ClassicEffect, { readonly kind: 'leave' }>): Promise<void> {
    const timeoutMs = this.#leaveTimeoutMs ?? this.#cluster.settings.requestTimeoutMs
    try {
      const options = { ...staticVersions('leave', this.#settings), timeoutMs }
      await this.#coordinator.ask(leaveGroup, leaveBody(this.#settings, effect), options)
    } catch (error) {
      this.#cluster.world.logger.debug({ err: error }, 'the group was left without the coordinator being told')
    }
  }

  #failed(effect: { readonly kind: 'join' | 'sync' | 'heartbeat'; readonly life: number }, cause: unknown): void {
    const error = asClientError(cause)
    this.#tell(nowMs => {
      if (error.retriable) this.#member.requestFailed(effect.life, effect.kind, nowMs)
      else this.#member.giveUp(error, nowMs)
      if (error.retriable) this.#noteRetry(effect.kind, nowMs, error)
    })
  }

  #noteRetry(kind: string, nowMs: number, error: ClientError): void {
    const delayMs = this.#member.wakeMs - nowMs
    if (!Number.isFinite(delayMs)) return
    this.#failures += 1
    this.#cluster.noteRetry(`${kind} of group ${this.#settings.groupId}`, this.#failures, Math.max(0, delayMs), error)
  }

  /** For requests that are answered when all members have come. */
  #waiting() {
    const { requestTimeoutMs } = this.#cluster.settings
    const timeoutMs = Math.max(requestTimeoutMs, this.#settings.rebalanceTimeoutMs + joinExtraMs)
    return { timeoutMs, lane: this.#lane }
  }

  // A broker reads nothing more from a connection on which a join waits: the next one needs another.
  #abandon(): void {
    this.#coordinator.dropLane(this.#lane)
    this.#lane = this.#newLane()
  }

  /** The lane may have been abandoned while it was being opened: then it is dropped when it is of no more use. */
  #whenIdle<T>(lane: Lane, work: Promise<T>): Promise<T> {
    return work.finally(() => {
      if (lane !== this.#lane) this.#coordinator.dropLane(lane)
    })
  }

  #newLane(): Lane {
    return `join ${this.#cluster.world.random.bytes(6).toString('base64url')}`
  }
}

/** What went wrong, as one of the client's own errors. */
export function asClientError(cause: unknown): ClientError {
  if (cause instanceof ClientError) return cause
  return new ClientError('UNEXPECTED_FAILURE', (cause as Error)?.message ?? String(cause), { cause })
}
