// In a group of the consumer protocol a partition is with one member at a time, over restarts of the coordinator too.
// Invariant: while a member has a partition, nobody else is given it. A member has it from the answer that gives it on until it
// gives it up or learns that it has been fenced; and no longer than its session, counted from when its last answered heartbeat
// was sent, since behind that the coordinator may fence it without its knowing. A member's epoch never goes back.
// Source: KIP-848.

import type { Violation } from './violation.ts'

export interface OwnerClaim {
  readonly groupId: string
  readonly memberId: string
  readonly partition: string
}

interface Member {
  readonly partitions: Set<string>
  epoch: number
  /** When the session may be over. */
  untilMs: number
}

export class OneOwnerAtATime {
  /** By group and member. */
  readonly #members = new Map<string, Map<string, Member>>()

  /** An answer without error. `untilMs`: when its session may be over, should nothing more be answered. */
  hear(groupId: string, memberId: string, epoch: number, untilMs: number): Violation[] {
    const members = this.#group(groupId)
    const member = members.get(memberId) ?? { partitions: new Set(), epoch, untilMs }
    members.set(memberId, member)
    const before = member.epoch
    member.epoch = epoch
    member.untilMs = untilMs
    if (epoch >= before) return []
    return [{ name: 'memberEpochWentBack', what: `${groupId}: ${memberId} has epoch ${epoch} after ${before}` }]
  }

  /** It was told that the partition is its own, at this time, in an answer that `hear` was told of. */
  take({ groupId, memberId, partition }: OwnerClaim, nowMs: number): Violation[] {
    const members = this.#group(groupId)
    members.get(memberId)?.partitions.add(partition)
    if ((members.get(memberId)?.untilMs ?? 0) <= nowMs) return []
    for (const [other, { partitions, untilMs, epoch }] of members) {
      if (other === memberId || untilMs <= nowMs || !partitions.has(partition)) continue
      const what = `${groupId}: ${memberId} is given ${partition}, which ${other} has in epoch ${epoch}`
      return [{ name: 'partitionHasTwoOwners', what }]
    }
    return []
  }

  /** Before it tells the coordinator. */
  giveUp({ groupId, memberId, partition }: OwnerClaim): void {
    this.#group(groupId).get(memberId)?.partitions.delete(partition)
  }

  /** It leaves, is gone, or was told that it is no member any more. */
  leave(groupId: string, memberId: string): void {
    this.#group(groupId).delete(memberId)
  }

  /** Who has it now, as far as members know. */
  ownerOf(groupId: string, partition: string, nowMs: number): string | undefined {
    for (const [memberId, { partitions, untilMs }] of this.#group(groupId)) {
      if (untilMs > nowMs && partitions.has(partition)) return memberId
    }
    return undefined
  }

  /** A loss that the durability of the groups allows. */
  forget(): void {
    this.#members.clear()
  }

  #group(groupId: string): Map<string, Member> {
    const known = this.#members.get(groupId)
    if (known !== undefined) return known
    const members = new Map<string, Member>()
    this.#members.set(groupId, members)
    return members
  }
}
