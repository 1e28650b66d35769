// A member of a group in the classic protocol, of any protocol type: what it asks the coordinator, when, and what the answers
// mean. Pure: events come in with the time, effects are taken out.
//
// A round is prepare -> JoinGroup -> (the leader: lead ->) SyncGroup -> assigned. Heartbeats go on in all of it as soon as the
// member has a generation, so that slow work of anybody does not cost it its membership.
// Invariants: at most one JoinGroup or SyncGroup, and at most one Heartbeat, is under way; what was assigned is held no longer
// than the session timeout after the last request that the coordinator has confirmed was sent (the lease).
// Source: org.apache.kafka.clients.consumer.internals.AbstractCoordinator, Kafka 4.3.0; KIP-345, KIP-394, KIP-429, KIP-800,
// KIP-814. Different from it: the lease; heartbeats while joining, and a join that is asked anew when those fail (Java waits for
// the join's own timeout, which is longer than the rebalance's).

import { errorName, errors } from '../../../protocol/errors.ts'
import { brokerError, ClientError } from '../../client-error.ts'
import type { Backoff } from '../../resilience/backoff.ts'
import { coordinatorTrouble } from '../coordinator-errors.ts'
import { HeartbeatSchedule } from '../heartbeat-schedule.ts'
import type {
  ClassicEffect,
  ClassicGeneration,
  GroupToLead,
  JoinedMember,
  MemberAssignmentBytes,
} from './classic-effect.ts'

/**
 * out: not started, or left. waiting: joins when the backoff is over. The others say what is waited for; stable: for nothing.
 * expelled: left because the application is too slow; comes back by `resume`. failed: final.
 */
export type ClassicPhase =
  | 'out'
  | 'preparing'
  | 'waiting'
  | 'joining'
  | 'leading'
  | 'syncing'
  | 'stable'
  | 'expelled'
  | 'failed'

export interface ClassicMemberSettings {
  readonly groupId: string
  readonly groupInstanceId: string | null
  readonly protocolType: string
  readonly sessionTimeoutMs: number
  readonly heartbeatIntervalMs: number
}

export interface JoinAnswer {
  readonly errorCode: number
  readonly generationId: number
  readonly protocolType: string | null
  readonly protocolName: string | null
  readonly leader: string
  readonly skipAssignment: boolean
  readonly memberId: string
  readonly members: readonly JoinedMember[]
}

export interface SyncAnswer {
  readonly errorCode: number
  readonly protocolType: string | null
  readonly protocolName: string | null
  readonly assignment: Buffer
}

const noGeneration = -1

export class ClassicMember {
  readonly #settings: ClassicMemberSettings
  readonly #backoff: Backoff
  #effects: ClassicEffect[] = []
  #phase: ClassicPhase = 'out'
  #phaseSinceMs = 0
  #memberId = ''
  #generationId = noGeneration
  #protocolName = ''
  #isLeader = false
  /** Counts the attempts to join. */
  #life = 0
  /** Why to join again; undefined: no need to. */
  #rejoinReason: string | undefined
  /** Attempts to join that failed in a row. */
  #failures = 0
  #joinAtMs = 0
  readonly #heartbeats: HeartbeatSchedule
  #hasAssignment = false
  /** The assignment was given up because the lease ended, and may turn out to be still ours. */
  #isSuspended = false

  constructor(settings: ClassicMemberSettings, backoff: Backoff) {
    this.#settings = settings
    this.#backoff = backoff
    this.#heartbeats = new HeartbeatSchedule(settings.sessionTimeoutMs, backoff)
  }

  get phase(): ClassicPhase {
    return this.#phase
  }

  /** By the monotonic clock. */
  get phaseSinceMs(): number {
    return this.#phaseSinceMs
  }

  /** Empty outside the group. */
  get memberId(): string {
    return this.#memberId
  }

  /** -1 outside the group. */
  get generationId(): number {
    return this.#generationId
  }

  get isLeader(): boolean {
    return this.#isLeader
  }

  get rejoinReason(): string | undefined {
    return this.#rejoinReason
  }

  /** What is to be done since it was last asked, in order. */
  takeEffects(): ClassicEffect[] {
    const effects = this.#effects
    this.#effects = []
    return effects
  }

  /** When `tick` is next of use, by the monotonic clock; Infinity: after the next event. */
  get wakeMs(): number {
    if (this.#phase === 'out' || this.#phase === 'expelled' || this.#phase === 'failed') return Number.POSITIVE_INFINITY
    const joinMs = this.#phase === 'waiting' ? this.#joinAtMs : Number.POSITIVE_INFINITY
    const { dueMs, leaseUntilMs } = this.#heartbeats
    return Math.min(joinMs, dueMs, this.#holds ? leaseUntilMs : Number.POSITIVE_INFINITY)
  }

  start(nowMs: number): void {
    if (this.#phase !== 'out') return
    this.#failures = 0
    this.#joinAtMs = nowMs
    this.#rejoin('', nowMs)
  }

  /** The group is to be put together anew; without effect when that is under way already and this member has not joined yet. */
  rejoin(reason: string, nowMs: number): void {
    if (['out', 'expelled', 'failed'].includes(this.#phase)) return
    this.#rejoinReason ??= reason
    if (this.#phase === 'stable') this.#prepare(nowMs)
  }

  /** What had to be given up is. */
  prepared(life: number, nowMs: number): void {
    if (this.#phase !== 'preparing' || life !== this.#life) return
    this.#enter('waiting', nowMs)
    this.tick(nowMs)
  }

  tick(nowMs: number): void {
    if (this.#holds && nowMs >= this.#heartbeats.leaseUntilMs) this.#suspend()
    if (this.#phase === 'waiting' && nowMs >= this.#joinAtMs) this.#join(nowMs)
    if (this.#heartbeats.tryBeat(nowMs)) this.#beat()
  }

  joinAnswered(life: number, answer: JoinAnswer, nowMs: number): void {
    if (this.#phase !== 'joining' || life !== this.#life) return
    const { errorCode, protocolType } = answer
    if (errorCode !== errors.NONE.code) {
      this.#joinRefused(errorCode, answer.memberId, nowMs)
      return
    }
    if (this.#isOtherType(protocolType)) {
      this.#fail(this.#inconsistent(`the group is of type ${protocolType}`), nowMs)
      return
    }
    this.#failures = 0
    this.#memberId = answer.memberId
    this.#generationId = answer.generationId
    this.#protocolName = answer.protocolName ?? ''
    this.#isLeader = answer.leader === answer.memberId
    this.#heartbeats.restart(nowMs + this.#settings.heartbeatIntervalMs)
    if (this.#isLeader) {
      this.#enter('leading', nowMs)
      this.#effects.push({ kind: 'lead', life, group: this.#toLead(answer) })
    } else this.#sync([], nowMs)
  }

  /** The leader has decided. */
  led(life: number, assignments: readonly MemberAssignmentBytes[], nowMs: number): void {
    if (this.#phase === 'leading' && life === this.#life) this.#sync(assignments, nowMs)
  }

  /** The leader could not decide: now, or never. */
  couldNotLead(life: number, error: ClientError, nowMs: number): void {
    if (this.#phase !== 'leading' || life !== this.#life) return
    if (error.retriable) this.#retryJoin(`the leader could not assign: ${error.code}`, nowMs)
    else this.#fail(error, nowMs)
  }

  syncAnswered(life: number, answer: SyncAnswer, sentMs: number, nowMs: number): void {
    if (this.#phase !== 'syncing' || life !== this.#life) return
    const { errorCode, protocolType, protocolName } = answer
    if (errorCode !== errors.NONE.code) {
      this.#syncRefused(errorCode, nowMs)
      return
    }
    if (this.#isOtherType(protocolType) || (protocolName !== null && protocolName !== this.#protocolName)) {
      this.#fail(this.#inconsistent(`the group has agreed on ${protocolType} ${protocolName} by now`), nowMs)
      return
    }
    this.#failures = 0
    this.#hasAssignment = true
    this.#isSuspended = false
    this.#heartbeats.confirmed(sentMs)
    this.#enter('stable', nowMs)
    this.#effects.push({ kind: 'assigned', generation: this.#generation, assignment: answer.assignment })
    if (this.#rejoinReason !== undefined) this.#prepare(nowMs)
  }

  heartbeatAnswered(life: number, errorCode: number, sentMs: number, nowMs: number): void {
    if (life !== this.#life || !this.#heartbeats.isBeating) return
    this.#heartbeats.answered(sentMs, this.#settings.heartbeatIntervalMs, nowMs)
    const isMember = errorCode === errors.NONE.code || errorCode === errors.REBALANCE_IN_PROGRESS.code
    if (!isMember) {
      this.#heartbeatRefused(errorCode, nowMs)
      return
    }
    this.#heartbeats.confirmed(sentMs)
    if (this.#isSuspended && this.#phase === 'stable') this.#regain(nowMs)
    // In any other phase it is this very rebalance that is spoken of.
    const isNews = errorCode === errors.REBALANCE_IN_PROGRESS.code && this.#phase === 'stable'
    if (isNews) this.rejoin('group is already rebalancing', nowMs)
  }

  /** The coordinator was not reached, or did not answer. Something retriable: other errors end in `giveUp`. */
  requestFailed(life: number, kind: 'join' | 'sync' | 'heartbeat', nowMs: number): void {
    if (life !== this.#life) return
    if (kind === 'heartbeat') {
      if (this.#heartbeats.isBeating) this.#heartbeatFailed(nowMs)
    } else if (this.#phase === (kind === 'join' ? 'joining' : 'syncing')) {
      this.#retryJoin(`${kind} was not answered`, nowMs)
    }
  }

  /** A commit was told that the member, or its generation, is no more. */
  fenced(memberId: string, generationId: number, errorCode: number, nowMs: number): void {
    if (memberId !== this.#memberId || generationId !== this.#generationId) return
    if (this.#phase !== 'stable' && this.#phase !== 'preparing') return
    this.#heartbeatRefused(errorCode, nowMs)
  }

  giveUp(error: ClientError, nowMs: number): void {
    if (this.#phase !== 'out') this.#fail(error, nowMs)
  }

  /** The application is too slow: leaves, so that others can go on, until `resume`. A static member is only silent. */
  expel(reason: string, nowMs: number): void {
    if (['out', 'expelled', 'failed'].includes(this.#phase)) return
    if (this.#settings.groupInstanceId === null) this.#sayGoodbye(reason)
    this.#lose(reason)
    this.#forgetMember()
    this.#quiet('expelled', nowMs)
  }

  resume(nowMs: number): void {
    if (this.#phase === 'expelled') this.#rejoin('the application asks for records again', nowMs)
  }

  /** Says goodbye, if asked to, and is out. What is owned is to be given up before. */
  leave(options: { readonly says: boolean; readonly reason: string }, nowMs: number): void {
    if (options.says && this.#phase !== 'failed') this.#sayGoodbye(options.reason)
    this.#hasAssignment = false
    this.#forgetMember()
    this.#quiet('out', nowMs)
  }

  /** What was assigned is this member's, as far as it can know. */
  get #holds(): boolean {
    return this.#hasAssignment && !this.#isSuspended
  }

  get #generation(): ClassicGeneration {
    const protocolName = this.#protocolName
    return { generationId: this.#generationId, memberId: this.#memberId, protocolName, isLeader: this.#isLeader }
  }

  #toLead({ generationId, leader: leaderId, members, skipAssignment }: JoinAnswer): GroupToLead {
    return { generationId, leaderId, members, skipAssignment, protocolName: this.#protocolName }
  }

  #enter(phase: ClassicPhase, nowMs: number): void {
    if (this.#phase !== phase) this.#phaseSinceMs = nowMs
    this.#phase = phase
  }

  #quiet(phase: 'out' | 'expelled' | 'failed', nowMs: number): void {
    if (['joining', 'leading', 'syncing'].includes(this.#phase)) this.#effects.push({ kind: 'abandon' })
    this.#life += 1
    this.#heartbeats.stop()
    this.#rejoinReason = undefined
    this.#isLeader = false
    this.#enter(phase, nowMs)
  }

  #rejoin(reason: string, nowMs: number): void {
    this.#rejoinReason = reason
    this.#prepare(nowMs)
  }

  #prepare(nowMs: number): void {
    this.#enter('preparing', nowMs)
    this.#effects.push({ kind: 'prepare', life: this.#life })
  }

  #join(nowMs: number): void {
    this.#life += 1
    this.#heartbeats.disown()
    this.#isLeader = false
    const reason = this.#rejoinReason ?? ''
    this.#rejoinReason = undefined
    this.#enter('joining', nowMs)
    this.#effects.push({ kind: 'join', life: this.#life, memberId: this.#memberId, reason })
  }

  #sync(assignments: readonly MemberAssignmentBytes[], nowMs: number): void {
    this.#enter('syncing', nowMs)
    this.#effects.push({ kind: 'sync', life: this.#life, generation: this.#generation, assignments })
  }

  #beat(): void {
    const { memberId, generationId } = this.#generation
    this.#effects.push({ kind: 'heartbeat', life: this.#life, memberId, generationId })
  }

  #joinRefused(errorCode: number, memberId: string, nowMs: number): void {
    switch (errorCode) {
      case errors.MEMBER_ID_REQUIRED.code:
        this.#memberId = memberId
        this.#joinAgain(`need to re-join with the given member-id: ${memberId}`, nowMs, nowMs)
        return
      case errors.UNKNOWN_MEMBER_ID.code:
        this.#becomeUnknown()
        this.#retryJoin('rebalance failed due to UnknownMemberIdException', nowMs)
        return
      // A replication timeout of the coordinator.
      case errors.REBALANCE_IN_PROGRESS.code:
        this.#retryJoin('rebalance failed due to RebalanceInProgressException', nowMs)
        return
      default:
        this.#refusedByCoordinator('JoinGroup', errorCode, nowMs)
    }
  }

  #syncRefused(errorCode: number, nowMs: number): void {
    switch (errorCode) {
      // The next round has begun: with this generation's member id, and what a cooperative member owns.
      case errors.REBALANCE_IN_PROGRESS.code:
        this.#joinAgain('rebalance failed due to RebalanceInProgressException', nowMs, nowMs)
        return
      case errors.UNKNOWN_MEMBER_ID.code:
        this.#becomeUnknown()
        this.#retryJoin('rebalance failed due to UnknownMemberIdException', nowMs)
        return
      case errors.ILLEGAL_GENERATION.code:
        this.#lose('the group has moved on to another generation')
        this.#forgetGeneration()
        this.#retryJoin('rebalance failed due to IllegalGenerationException', nowMs)
        return
      default:
        this.#refusedByCoordinator('SyncGroup', errorCode, nowMs)
    }
  }

  #becomeUnknown(): void {
    this.#lose('the coordinator does not know this member')
    this.#forgetMember()
  }

  #refusedByCoordinator(what: string, errorCode: number, nowMs: number): void {
    const trouble = coordinatorTrouble(errorCode)
    if (trouble === 'no') {
      this.#fail(brokerError(errorCode, { group: this.#settings.groupId }), nowMs)
      return
    }
    if (trouble === 'elsewhere') this.#effects.push({ kind: 'forgetCoordinator' })
    this.#retryJoin(`${what} was refused: ${errorName(errorCode)}`, nowMs)
  }

  #heartbeatRefused(errorCode: number, nowMs: number): void {
    switch (errorCode) {
      case errors.ILLEGAL_GENERATION.code:
        // The answer to JoinGroup, with the new generation, is on its way.
        if (this.#phase === 'joining') return
        this.#lose('the group has moved on to another generation')
        this.#forgetGeneration()
        this.#restart('encountered ILLEGAL_GENERATION from HEARTBEAT response', nowMs)
        return
      case errors.UNKNOWN_MEMBER_ID.code:
        this.#becomeUnknown()
        this.#restart('encountered UNKNOWN_MEMBER_ID from HEARTBEAT response', nowMs)
        return
      default:
        this.#heartbeatTrouble(errorCode, nowMs)
    }
  }

  #heartbeatTrouble(errorCode: number, nowMs: number): void {
    const trouble = coordinatorTrouble(errorCode)
    if (trouble === 'no') {
      this.#fail(brokerError(errorCode, { group: this.#settings.groupId }), nowMs)
      return
    }
    if (trouble === 'elsewhere') this.#effects.push({ kind: 'forgetCoordinator' })
    this.#heartbeatFailed(nowMs)
  }

  #heartbeatFailed(nowMs: number): void {
    this.#heartbeats.failed(nowMs)
    // The coordinator that is to answer the join is not there any more, or not the coordinator.
    if (this.#phase === 'joining' || this.#phase === 'syncing') this.#retryJoin('the coordinator was lost', nowMs)
  }

  /** Joins again after a failure, later each time. */
  #retryJoin(reason: string, nowMs: number): void {
    this.#failures += 1
    this.#joinAgain(reason, nowMs, nowMs + this.#backoff.delayMs(this.#failures))
  }

  #joinAgain(reason: string, nowMs: number, joinAtMs: number): void {
    if (this.#phase === 'joining' || this.#phase === 'syncing') this.#effects.push({ kind: 'abandon' })
    this.#life += 1
    this.#heartbeats.disown()
    this.#rejoinReason = reason
    this.#joinAtMs = joinAtMs
    this.#enter('waiting', nowMs)
    if (nowMs >= joinAtMs) this.#join(nowMs)
  }

  /** After the membership was lost: whatever was under way does not count any more. */
  #restart(reason: string, nowMs: number): void {
    if (this.#phase === 'preparing') this.#rejoinReason = reason
    else this.#joinAgain(reason, nowMs, nowMs)
  }

  #suspend(): void {
    this.#isSuspended = true
    const seconds = this.#settings.sessionTimeoutMs / 1000
    this.#effects.push({ kind: 'lost', reason: `no heartbeat was answered for ${seconds} s, the session timeout` })
  }

  #regain(nowMs: number): void {
    if (nowMs >= this.#heartbeats.leaseUntilMs) return
    this.#isSuspended = false
    this.#effects.push({ kind: 'regained' })
  }

  #lose(reason: string): void {
    if (this.#holds) this.#effects.push({ kind: 'lost', reason })
    this.#hasAssignment = false
    this.#isSuspended = false
  }

  #forgetGeneration(): void {
    this.#generationId = noGeneration
    this.#protocolName = ''
    this.#heartbeats.stop()
  }

  #forgetMember(): void {
    this.#forgetGeneration()
    this.#memberId = ''
  }

  #sayGoodbye(reason: string): void {
    const hasJoined = this.#memberId !== '' || this.#settings.groupInstanceId !== null
    if (hasJoined) this.#effects.push({ kind: 'leave', memberId: this.#memberId, reason })
  }

  #fail(error: ClientError, nowMs: number): void {
    this.#lose(error.message)
    this.#forgetMember()
    this.#quiet('failed', nowMs)
    this.#effects.push({ kind: 'failed', error })
  }

  #isOtherType(protocolType: string | null): boolean {
    return protocolType !== null && protocolType !== this.#settings.protocolType
  }

  #inconsistent(why: string): ClientError {
    const { groupId, protocolType } = this.#settings
    const message = `${why}, this member is of type ${protocolType}`
    return new ClientError('INCONSISTENT_GROUP_PROTOCOL', message, { group: groupId, help: 'use another group id' })
  }
}
