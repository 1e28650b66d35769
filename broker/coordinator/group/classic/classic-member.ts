// One member of a classic group, and the requests of it that are parked: its JoinGroup while others join, its SyncGroup while
// the assignment is awaited.

import type { joinGroup } from '../../../../protocol/messages/join-group.ts'
import type { syncGroup } from '../../../../protocol/messages/sync-group.ts'
import type { MessageInput } from '../../../../protocol/wire/schema.ts'

export type JoinResponse = MessageInput<typeof joinGroup.response>
export type SyncResponse = MessageInput<typeof syncGroup.response>
/** Answers a parked request; called once. */
export type JoinReply = (response: JoinResponse) => void
export type SyncReply = (response: SyncResponse) => void

/** An assignment strategy that a member supports, with what it tells the leader under it. */
export interface MemberProtocol {
  readonly name: string
  readonly metadata: Buffer
}

/** What a member is as long as it is a member. */
export interface MemberIdentity {
  readonly memberId: string
  /** Null: a dynamic member. */
  readonly groupInstanceId: string | null
  readonly clientId: string
  readonly clientHost: string
  readonly protocolType: string
}

/** What a member may change when it rejoins. */
export interface MemberTerms {
  readonly rebalanceTimeoutMs: number
  readonly sessionTimeoutMs: number
  /** Preferred first. */
  readonly protocols: readonly MemberProtocol[]
}

export const noAssignment = Buffer.alloc(0)

export class ClassicMember {
  readonly identity: MemberIdentity
  terms: MemberTerms
  assignment: Buffer
  awaitingJoin: JoinReply | undefined
  awaitingSync: SyncReply | undefined
  /** It has not been told of its membership yet, so it cannot send heartbeats. */
  isNew = false

  constructor(identity: MemberIdentity, terms: MemberTerms, assignment: Buffer = noAssignment) {
    this.identity = identity
    this.terms = terms
    this.assignment = assignment
  }

  get memberId(): string {
    return this.identity.memberId
  }

  get groupInstanceId(): string | null {
    return this.identity.groupInstanceId
  }

  get isStatic(): boolean {
    return this.identity.groupInstanceId !== null
  }

  /** Whether the session may run out now: one whose request is parked here cannot send heartbeats. */
  get isExcusedFromHeartbeat(): boolean {
    return !this.isNew && (this.awaitingJoin !== undefined || this.awaitingSync !== undefined)
  }

  /** What it says under a protocol that it supports. */
  metadata(protocolName: string): Buffer {
    const protocol = this.terms.protocols.find(({ name }) => name === protocolName)
    if (protocol === undefined) throw new Error(`member ${this.memberId} does not support ${protocolName}`)
    return protocol.metadata
  }

  /** The same protocols in the same order with the same metadata. */
  hasProtocols(protocols: readonly MemberProtocol[]): boolean {
    const own = this.terms.protocols
    return own.length === protocols.length && own.every((protocol, index) => isSame(protocol, protocols[index]!))
  }

  /** The protocol it likes best among those that all members support. */
  vote(candidates: ReadonlySet<string>): string {
    const protocol = this.terms.protocols.find(({ name }) => candidates.has(name))
    if (protocol === undefined)
      throw new Error(`member ${this.memberId} supports none of ${[...candidates].join(', ')}`)
    return protocol.name
  }
}

function isSame(one: MemberProtocol, other: MemberProtocol): boolean {
  return one.name === other.name && one.metadata.equals(other.metadata)
}
