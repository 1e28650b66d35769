// A classic group: its members, who of them waits for what, the protocol they agreed on. What happens to it on a request
// stands in join.ts, static-member.ts, rebalance.ts, sync.ts, heartbeat.ts and leave.ts.
//
// Of all this the log holds what the leader's last SyncGroup decided (generation, protocol, members and assignments); the rest,
// a rebalance under way, ends with this coordinator, and members start another one with the next.
// Source: Kafka 4.3.0's ClassicGroup.

import { errors, type ProtocolError } from '../../../../protocol/errors.ts'
import {
  ClassicMember,
  type JoinResponse,
  type MemberProtocol,
  type MemberTerms,
  type SyncResponse,
} from './classic-member.ts'
import { type ClassicState, mayFollow } from './classic-state.ts'
import { subscribedTopics } from './subscribed-topics.ts'

/** The protocol type of groups of consumers, whose metadata the coordinator can read. */
export const consumerProtocolType = 'consumer'

export interface ClassicGroupFields {
  readonly state: ClassicState
  readonly generation: number
  readonly protocolType: string | null
  readonly protocolName: string | null
  readonly leaderId: string | null
  /** Null: not known, in records of older versions. */
  readonly stateSinceMs: number | null
}

export class ClassicGroup {
  readonly type = 'classic'
  readonly groupId: string
  generation: number
  /** Null: nobody ever joined; offsets were committed by hand ("simple" group). */
  protocolType: string | null
  protocolName: string | null
  leaderId: string | null
  /** A member joined since the delay before the first rebalance was last prolonged. */
  newMemberAdded = false
  /** Null: not a group of consumers, or its metadata could not be read. */
  subscribedTopics: ReadonlySet<string> | null = null
  /** Ids given out with MEMBER_ID_REQUIRED whose owners have not come back yet. */
  readonly pendingMembers = new Set<string>()
  /** Members whose SyncGroup of this generation has not come yet. */
  readonly pendingSync = new Set<string>()
  #state: ClassicState
  #previousState: ClassicState = 'Dead'
  #stateSinceMs: number | null
  readonly #members = new Map<string, ClassicMember>()
  readonly #memberIdByInstance = new Map<string, string>()
  /** How many members support a protocol. */
  readonly #support = new Map<string, number>()
  #awaitingJoinCount = 0

  constructor(groupId: string, fields: ClassicGroupFields) {
    this.groupId = groupId
    this.#state = fields.state
    this.#stateSinceMs = fields.stateSinceMs
    this.generation = fields.generation
    this.protocolType = fields.protocolType
    this.protocolName = fields.protocolName
    this.leaderId = fields.leaderId
  }

  /** A group that nobody has joined yet. */
  static empty(groupId: string, nowMs: number): ClassicGroup {
    const none = { protocolType: null, protocolName: null, leaderId: null }
    return new ClassicGroup(groupId, { state: 'Empty', generation: 0, stateSinceMs: nowMs, ...none })
  }

  get state(): ClassicState {
    return this.#state
  }
  get previousState(): ClassicState {
    return this.#previousState
  }
  get stateSinceMs(): number | null {
    return this.#stateSinceMs
  }
  get members(): ReadonlyMap<string, ClassicMember> {
    return this.#members
  }
  get awaitingJoinCount(): number {
    return this.#awaitingJoinCount
  }
  get staticMemberCount(): number {
    return this.#memberIdByInstance.size
  }
  get isSimple(): boolean {
    return this.protocolType === null && this.state === 'Empty' && this.pendingMembers.size === 0
  }
  get isOfConsumers(): boolean {
    return this.protocolType === consumerProtocolType
  }
  get hasAllMembersJoined(): boolean {
    return this.#members.size === this.#awaitingJoinCount && this.pendingMembers.size === 0
  }
  /** The longest that any member asks the others to wait for it. */
  get rebalanceTimeoutMs(): number {
    let longest = 0
    for (const { terms } of this.#members.values()) longest = Math.max(longest, terms.rebalanceTimeoutMs)
    return longest
  }

  transitionTo(state: ClassicState, nowMs: number): void {
    if (!mayFollow(this.#state, state)) {
      throw new Error(`group ${this.groupId} cannot go from ${this.#state} to ${state}`)
    }
    this.#previousState = this.#state
    this.#state = state
    this.#stateSinceMs = nowMs
  }

  staticMemberId(groupInstanceId: string): string | undefined {
    return this.#memberIdByInstance.get(groupInstanceId)
  }

  /** NONE, UNKNOWN_MEMBER_ID, or FENCED_INSTANCE_ID when another member has taken the instance id over. */
  checkMember(memberId: string, groupInstanceId: string | null): ProtocolError {
    if (groupInstanceId !== null) {
      const owner = this.#memberIdByInstance.get(groupInstanceId)
      if (owner === undefined) return errors.UNKNOWN_MEMBER_ID
      if (owner !== memberId) return errors.FENCED_INSTANCE_ID
    }
    return this.#members.has(memberId) ? errors.NONE : errors.UNKNOWN_MEMBER_ID
  }

  /** Whether a member with these protocols can be in the group: it shares one with everybody. */
  supports(protocolType: string, protocols: readonly { readonly name: string }[]): boolean {
    if (this.state === 'Empty') return protocolType !== '' && protocols.length > 0
    const isShared = ({ name }: { readonly name: string }) => (this.#support.get(name) ?? 0) === this.#members.size
    return this.protocolType === protocolType && protocols.some(isShared)
  }

  add(member: ClassicMember): void {
    const { memberId, groupInstanceId } = member
    if (this.#members.size === 0) this.protocolType = member.identity.protocolType
    this.leaderId ??= memberId
    this.#put(member)
    if (groupInstanceId !== null) this.#memberIdByInstance.set(groupInstanceId, memberId)
    this.pendingMembers.delete(memberId)
  }

  /** Its parked requests, if any, must have been answered. */
  remove(memberId: string): void {
    const member = this.#take(memberId)
    if (member !== undefined && member.groupInstanceId !== null) this.#memberIdByInstance.delete(member.groupInstanceId)
    if (this.leaderId === memberId) this.leaderId = this.#members.keys().next().value ?? null
    this.pendingMembers.delete(memberId)
    this.pendingSync.delete(memberId)
  }

  /** A static member came back without knowing its member id: it goes on under another one, with the old assignment. */
  replaceStaticMember(member: ClassicMember, newMemberId: string): ClassicMember {
    const { memberId, groupInstanceId } = member
    const fenced = { errorCode: errors.FENCED_INSTANCE_ID.code }
    this.completeJoin(member, { ...fenced, memberId })
    this.completeSync(member, fenced)
    const replacement = new ClassicMember(
      { ...member.identity, memberId: newMemberId },
      member.terms,
      member.assignment,
    )
    this.#take(memberId)
    this.#put(replacement)
    this.#memberIdByInstance.set(groupInstanceId!, newMemberId)
    if (this.leaderId === memberId) this.leaderId = newMemberId
    // Kafka leaves the old id here: then, when the time for SyncGroup is over, the group rebalances for a member that is gone.
    if (this.pendingSync.delete(memberId)) this.pendingSync.add(newMemberId)
    return replacement
  }

  /** What a member says when it rejoins. */
  updateTerms(member: ClassicMember, terms: MemberTerms): void {
    this.#count(member, -1)
    member.terms = terms
    this.#count(member, 1)
  }

  /** Parks a member's JoinGroup. One that was parked before belongs to a connection that the member has given up. */
  parkJoin(member: ClassicMember, reply: NonNullable<ClassicMember['awaitingJoin']>): void {
    const { memberId } = member
    member.awaitingJoin?.({ memberId, errorCode: errors.REBALANCE_IN_PROGRESS.code })
    if (member.awaitingJoin === undefined) this.#awaitingJoinCount++
    member.awaitingJoin = reply
  }

  /** Parks a member's SyncGroup; of two the later one counts. */
  parkSync(member: ClassicMember, reply: NonNullable<ClassicMember['awaitingSync']>): void {
    member.awaitingSync?.({ errorCode: errors.REBALANCE_IN_PROGRESS.code })
    member.awaitingSync = reply
  }

  /** Answers a member's JoinGroup, if one is parked. */
  completeJoin(member: ClassicMember, response: JoinResponse): boolean {
    const reply = member.awaitingJoin
    if (reply === undefined) return false
    member.awaitingJoin = undefined
    this.#awaitingJoinCount--
    reply(response)
    return true
  }

  /** Answers a member's SyncGroup, if one is parked. */
  completeSync(member: ClassicMember, response: SyncResponse): boolean {
    const reply = member.awaitingSync
    if (reply === undefined) return false
    member.awaitingSync = undefined
    reply(response)
    return true
  }

  /** Whether there is a leader that has joined; if the old one has not, another member that has becomes the leader. */
  electJoinedLeader(): boolean {
    if (this.leaderId === null) return false
    if (this.#members.get(this.leaderId)?.awaitingJoin !== undefined) return true
    for (const member of this.#members.values()) {
      if (member.awaitingJoin === undefined) continue
      this.leaderId = member.memberId
      return true
    }
    return false
  }

  /** The protocol with most votes among those that all members support. */
  selectProtocol(): string {
    const supported = [...this.#support].filter(([, count]) => count === this.#members.size)
    const candidates = new Set(supported.map(([name]) => name))
    const votes = new Map<string, number>()
    for (const member of this.#members.values()) {
      const choice = member.vote(candidates)
      votes.set(choice, (votes.get(choice) ?? 0) + 1)
    }
    return [...votes].reduce((best, next) => (next[1] > best[1] ? next : best))[0]
  }

  /** All who will be there are there: the next generation begins, without members if nobody joined. */
  beginNextGeneration(nowMs: number): void {
    this.generation++
    this.protocolName = this.#members.size > 0 ? this.selectProtocol() : null
    this.updateSubscribedTopics()
    this.transitionTo(this.#members.size > 0 ? 'CompletingRebalance' : 'Empty', nowMs)
    this.pendingSync.clear()
  }

  updateSubscribedTopics(): void {
    this.subscribedTopics = subscribedTopics(this)
  }

  /** A group of consumers whose topics are not known counts as subscribed to all. */
  isSubscribedTo(topic: string): boolean {
    return this.subscribedTopics?.has(topic) ?? this.isOfConsumers
  }

  #put(member: ClassicMember): void {
    this.#members.set(member.memberId, member)
    this.#count(member, 1)
    if (member.awaitingJoin !== undefined) this.#awaitingJoinCount++
  }

  #take(memberId: string): ClassicMember | undefined {
    const member = this.#members.get(memberId)
    if (member === undefined) return undefined
    this.#members.delete(memberId)
    this.#count(member, -1)
    if (member.awaitingJoin !== undefined) this.#awaitingJoinCount--
    return member
  }

  #count(member: ClassicMember, change: 1 | -1): void {
    for (const name of protocolNames(member.terms.protocols)) {
      const count = (this.#support.get(name) ?? 0) + change
      if (count > 0) this.#support.set(name, count)
      else this.#support.delete(name)
    }
  }
}

function protocolNames(protocols: readonly MemberProtocol[]): ReadonlySet<string> {
  return new Set(protocols.map(({ name }) => name))
}
