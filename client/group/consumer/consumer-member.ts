// A member of a group in the consumer protocol (KIP-848): heartbeats, and what their answers give and take. Pure: events come
// in with the time, effects are taken out.
//
// The coordinator says in each answer which partitions this member should have now; what it does not have any more is given up
// first, then what is new is taken, then a heartbeat says so: only that lets the coordinator give to others what was given up.
// Invariants: at most one heartbeat is under way; what is reported as owned is what is owned; one reconciliation at a time, the
// next goes by the newest assignment; nothing is held longer than the lease (heartbeat-schedule.ts).
// Source: AbstractMembershipManager and ConsumerHeartbeatRequestManager of Kafka 4.3.0's clients. Different from them: the lease;
// after a partition was given up, what is taken goes by the newest assignment instead of the one that began it; and a static
// member whose name is still held by its own former life waits for that to end, as long as the session timeout, instead of failing.

import { errors } from '../../../protocol/errors.ts'
import { brokerError, type ClientError } from '../../client-error.ts'
import type { Backoff } from '../../resilience/backoff.ts'
import { coordinatorTrouble } from '../coordinator-errors.ts'
import { HeartbeatSchedule } from '../heartbeat-schedule.ts'
import type { ConsumerEffect, HeartbeatFields } from './consumer-effect.ts'
import { PartitionSet } from './partition-set.ts'

/** out: not started, or left. expelled: left because the application is too slow; comes back by `resume`. failed: final. */
export type ConsumerPhase = 'out' | 'joining' | 'member' | 'expelled' | 'failed'

export interface ConsumerMemberSettings {
  readonly groupId: string
  readonly memberId: string
  readonly isStatic: boolean
  readonly serverAssignor: string | undefined
  readonly rebalanceTimeoutMs: number
  /** How long the lease is, which the coordinator does not say. */
  readonly sessionTimeoutMs: number
  /** Until the coordinator says how often. */
  readonly heartbeatIntervalMs: number
}

export interface SubscribedTo {
  readonly topics: readonly string[]
  readonly regex: string | undefined
}

export interface HeartbeatAnswer {
  readonly errorCode: number
  readonly errorMessage: string | null
  readonly memberEpoch: number
  readonly heartbeatIntervalMs: number
  readonly assignment: {
    readonly topicPartitions: readonly { topicId: string; partitions: readonly number[] }[]
  } | null
}

const joiningEpoch = 0
const leavingEpoch = -1
const awayEpoch = -2
const none = new PartitionSet()

export class ConsumerMember {
  readonly #settings: ConsumerMemberSettings
  readonly #heartbeats: HeartbeatSchedule
  #effects: ConsumerEffect[] = []
  #phase: ConsumerPhase = 'out'
  #phaseSinceMs = 0
  #epoch = joiningEpoch
  #intervalMs: number
  #subscribed: SubscribedTo = { topics: [], regex: undefined }
  /** Counts the times of joining. */
  #life = 0
  /** What this member should have; undefined: nothing was said in this life. */
  #target: PartitionSet | undefined
  #held = none
  /** What the shell is doing for it, and which of these that is. */
  #step: { readonly id: number; readonly kind: 'revoke' | 'assign' } | undefined
  #stepCount = 0
  /** The coordinator waits to hear that its last assignment is in force. */
  #mustAck = false
  /** Leaves soon: takes and gives no more. */
  #isFrozen = false
  /** What is held was given up because the lease ended, and may turn out to be still this member's. */
  #isSuspended = false
  /** What the next heartbeat has to say. */
  #saysAll = true
  #saysSubscription = false
  #saysHeld = false
  #saidRegex = false
  #unreleasedUntilMs: number | undefined

  constructor(settings: ConsumerMemberSettings, backoff: Backoff) {
    this.#settings = settings
    this.#intervalMs = settings.heartbeatIntervalMs
    this.#heartbeats = new HeartbeatSchedule(settings.sessionTimeoutMs, backoff)
  }

  get phase(): ConsumerPhase {
    return this.#phase
  }

  /** By the monotonic clock. */
  get phaseSinceMs(): number {
    return this.#phaseSinceMs
  }

  /** 0 or less outside the group. */
  get epoch(): number {
    return this.#epoch
  }

  /** What is waited for, besides the coordinator. */
  get step(): 'revoke' | 'assign' | undefined {
    return this.#step?.kind
  }

  /** Whether the member still waits for this: what was not done by the time it does not is not to be done. */
  isCurrent(step: number): boolean {
    return this.#step?.id === step
  }

  takeEffects(): ConsumerEffect[] {
    const effects = this.#effects
    this.#effects = []
    return effects
  }

  /** When `tick` is next of use, by the monotonic clock; Infinity: after the next event. */
  get wakeMs(): number {
    if (this.#phase !== 'joining' && this.#phase !== 'member') return Number.POSITIVE_INFINITY
    const leaseMs = this.#holds ? this.#heartbeats.leaseUntilMs : Number.POSITIVE_INFINITY
    return Math.min(this.#heartbeats.dueMs, leaseMs)
  }

  start(subscribed: SubscribedTo, nowMs: number): void {
    if (this.#phase !== 'out') return
    this.#subscribed = subscribed
    this.#join(nowMs)
  }

  subscribe(subscribed: SubscribedTo, nowMs: number): void {
    this.#subscribed = subscribed
    this.#saysSubscription = true
    this.#beatSoon(nowMs)
  }

  /** Learns at once what the coordinator thinks: a commit was told that the epoch is not right. */
  askSoon(epoch: number, nowMs: number): void {
    if (epoch === this.#epoch) this.#beatSoon(nowMs)
  }

  tick(nowMs: number): void {
    if (this.#holds && nowMs >= this.#heartbeats.leaseUntilMs) this.#suspend()
    if (this.#phase !== 'joining' && this.#phase !== 'member') return
    if (this.#heartbeats.tryBeat(nowMs)) this.#beat()
  }

  answered(life: number, answer: HeartbeatAnswer, sentMs: number, nowMs: number): void {
    if (life !== this.#life || !this.#heartbeats.isBeating) return
    if (answer.errorCode !== errors.NONE.code) {
      this.#refused(answer, nowMs)
      return
    }
    this.#intervalMs = answer.heartbeatIntervalMs
    this.#heartbeats.answered(sentMs, this.#intervalMs, nowMs)
    this.#heartbeats.confirmed(sentMs)
    this.#unreleasedUntilMs = undefined
    this.#epoch = answer.memberEpoch
    this.#enter('member', nowMs)
    if (answer.assignment !== null) this.#retarget(PartitionSet.of(answer.assignment.topicPartitions))
    if (this.#isSuspended) this.#regain(nowMs)
    this.#reconcile(nowMs)
    // What had to be said while this one was under way.
    if (this.#saysSubscription || this.#saysHeld) this.#beatSoon(nowMs)
  }

  /** The coordinator was not reached, or did not answer. Something retriable: other errors end in `giveUp`. */
  requestFailed(life: number, nowMs: number): void {
    if (life !== this.#life || !this.#heartbeats.isBeating) return
    this.#saysAll = true
    this.#heartbeats.failed(nowMs)
  }

  revoked(step: number, partitions: PartitionSet, nowMs: number): void {
    if (!this.isCurrent(step)) return
    this.#step = undefined
    this.#held = this.#held.without(partitions)
    this.#saysHeld = true
    this.#reconcile(nowMs)
  }

  /** These, of those that were to be taken, were: the others are asked for again. */
  assigned(step: number, partitions: PartitionSet, nowMs: number): void {
    if (!this.isCurrent(step)) return
    this.#step = undefined
    this.#held = this.#held.with(partitions)
    this.#saysHeld = true
    this.#reconcile(nowMs)
  }

  /** Before `leave`: heartbeats go on, so that what is held can be given up in peace, and nothing else. */
  freeze(): void {
    this.#isFrozen = true
    this.#step = undefined
  }

  giveUp(error: ClientError, nowMs: number): void {
    if (this.#phase !== 'out') this.#fail(error, nowMs)
  }

  expel(reason: string, nowMs: number): void {
    if (this.#phase !== 'joining' && this.#phase !== 'member') return
    this.#sayGoodbye(this.#settings.isStatic ? awayEpoch : leavingEpoch)
    this.#lose(reason)
    this.#quiet('expelled', nowMs)
  }

  resume(nowMs: number): void {
    if (this.#phase === 'expelled') this.#join(nowMs)
  }

  /** Says goodbye, if asked to, and is out. What is held is to be given up before. `says` of a static member: for good. */
  leave({ says }: { readonly says: boolean }, nowMs: number): void {
    const isIn = this.#phase === 'joining' || this.#phase === 'member'
    // A static member that does not say so is away: its partitions wait for it until the session timeout.
    if (isIn && says) this.#sayGoodbye(leavingEpoch)
    else if (isIn && this.#settings.isStatic) this.#sayGoodbye(awayEpoch)
    this.#quiet('out', nowMs)
  }

  get #holds(): boolean {
    return this.#held.size > 0 && !this.#isSuspended
  }

  #enter(phase: ConsumerPhase, nowMs: number): void {
    if (this.#phase !== phase) this.#phaseSinceMs = nowMs
    this.#phase = phase
  }

  #join(nowMs: number): void {
    this.#reset()
    this.#saysAll = true
    this.#heartbeats.restart(nowMs)
    this.#enter('joining', nowMs)
  }

  #quiet(phase: 'out' | 'expelled' | 'failed', nowMs: number): void {
    this.#reset()
    this.#heartbeats.stop()
    this.#enter(phase, nowMs)
  }

  #reset(): void {
    this.#life += 1
    this.#epoch = joiningEpoch
    this.#target = undefined
    this.#held = none
    this.#step = undefined
    this.#mustAck = false
    this.#isFrozen = false
    this.#isSuspended = false
    this.#saysHeld = false
    this.#saysSubscription = false
  }

  #beatSoon(nowMs: number): void {
    if (this.#phase !== 'joining' && this.#phase !== 'member') return
    if (!this.#heartbeats.isBeating) this.#heartbeats.restart(nowMs)
  }

  #beat(): void {
    this.#effects.push({ kind: 'heartbeat', life: this.#life, fields: this.#fields() })
    this.#saysAll = false
    this.#saysSubscription = false
    this.#saysHeld = false
  }

  /** Everything when joining, and after a failure, since nobody knows what has arrived; else what has changed. */
  #fields(): HeartbeatFields {
    const { memberId, rebalanceTimeoutMs, serverAssignor } = this.#settings
    const { topics, regex } = this.#subscribed
    const assignor = serverAssignor === undefined ? {} : { serverAssignor }
    // An empty one takes back the expression that was sent before.
    const expression =
      regex === undefined && (this.#saysAll || !this.#saidRegex) ? {} : { subscribedTopicRegex: regex ?? '' }
    this.#saidRegex = regex !== undefined
    return {
      memberId,
      memberEpoch: this.#epoch,
      ...(this.#saysAll && { rebalanceTimeoutMs, ...assignor }),
      ...((this.#saysAll || this.#saysSubscription) && { subscribedTopicNames: topics, ...expression }),
      ...((this.#saysAll || this.#saysHeld) && { topicPartitions: this.#held.topics }),
    }
  }

  #sayGoodbye(memberEpoch: number): void {
    this.#effects.push({ kind: 'leave', fields: { memberId: this.#settings.memberId, memberEpoch } })
  }

  #refused({ errorCode, errorMessage }: HeartbeatAnswer, nowMs: number): void {
    this.#saysAll = true
    switch (errorCode) {
      case errors.FENCED_MEMBER_EPOCH.code:
      case errors.UNKNOWN_MEMBER_ID.code:
        this.#fence(errorCode, nowMs)
        return
      // Not as a member any more, and the group has been deleted, or become one of classic members, since.
      case errors.GROUP_ID_NOT_FOUND.code:
        if (this.#phase === 'member') this.#fence(errorCode, nowMs)
        else this.#failWith(errorCode, errorMessage, nowMs)
        return
      case errors.UNRELEASED_INSTANCE_ID.code:
        this.#unreleasedUntilMs ??= nowMs + this.#settings.sessionTimeoutMs
        if (nowMs < this.#unreleasedUntilMs) this.#heartbeats.failed(nowMs)
        else this.#failWith(errorCode, errorMessage, nowMs)
        return
      default: {
        const trouble = coordinatorTrouble(errorCode)
        if (trouble === 'no') this.#failWith(errorCode, errorMessage, nowMs)
        else this.#heartbeats.failed(nowMs)
        if (trouble === 'elsewhere') this.#effects.push({ kind: 'forgetCoordinator' })
      }
    }
  }

  #fence(errorCode: number, nowMs: number): void {
    const isNew = this.#phase === 'joining'
    this.#lose(brokerError(errorCode).message)
    this.#join(nowMs)
    if (isNew) this.#heartbeats.failed(nowMs)
  }

  // A topic that is gone, or not known yet, would keep the member from what it can have by now.
  #retarget(target: PartitionSet): void {
    if (this.#step?.kind === 'assign' && this.#target?.equals(target) === false) this.#step = undefined
    this.#target = target
    this.#mustAck = true
  }

  /** One step at a time towards the newest assignment; says so when there is nothing left to do. */
  #reconcile(nowMs: number): void {
    const isBusy = this.#step !== undefined || this.#isSuspended || this.#isFrozen
    if (isBusy || this.#target === undefined) return
    const revoked = this.#held.without(this.#target)
    const added = this.#target.without(this.#held)
    if (revoked.size > 0) this.#begin('revoke', revoked)
    else if (added.size > 0) this.#begin('assign', added)
    else if (this.#mustAck) {
      this.#mustAck = false
      this.#saysHeld = true
    }
    // What was given up is for others: they do not wait until this member knows the names of what it gets.
    if (this.#saysHeld && revoked.size === 0) this.#beatSoon(nowMs)
  }

  #begin(kind: 'revoke' | 'assign', partitions: PartitionSet): void {
    this.#stepCount += 1
    this.#step = { id: this.#stepCount, kind }
    this.#effects.push({ kind, step: this.#stepCount, partitions: partitions.all })
  }

  #suspend(): void {
    this.#isSuspended = true
    const seconds = this.#settings.sessionTimeoutMs / 1000
    this.#effects.push({ kind: 'lost', reason: `no heartbeat was answered for ${seconds} s, the session timeout` })
  }

  #regain(nowMs: number): void {
    if (nowMs >= this.#heartbeats.leaseUntilMs) return
    this.#isSuspended = false
    // What is to be given up need not be taken back for that.
    const kept = this.#target === undefined ? this.#held : this.#held.without(this.#held.without(this.#target))
    if (kept.size < this.#held.size) this.#saysHeld = true
    this.#held = kept
    this.#effects.push({ kind: 'regained', partitions: kept.all })
  }

  #lose(reason: string): void {
    if (this.#holds) this.#effects.push({ kind: 'lost', reason })
  }

  #failWith(errorCode: number, detail: string | null, nowMs: number): void {
    this.#fail(brokerError(errorCode, { group: this.#settings.groupId }, detail), nowMs)
  }

  #fail(error: ClientError, nowMs: number): void {
    const hasJoined = this.#epoch > joiningEpoch
    this.#lose(error.message)
    this.#quiet('failed', nowMs)
    this.#effects.push({ kind: 'failed', error, hasJoined })
  }
}
