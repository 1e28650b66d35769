// The uniform assignor when all members have subscribed to the same topics: each gets its quota of all partitions. First
// members give up what exceeds their quota, then those below it are filled up.
// Source: Kafka 4.3.0's UniformHomogeneousAssignmentBuilder.

import type { Uuid } from '../../../../../protocol/wire/uuid.ts'
import type { Assignment } from '../assignment.ts'
import { Draft } from './draft.ts'
import { AssignorError, countPartitions, type GroupSpec, type MemberSpec } from './group-spec.ts'
import { inHashOrder } from './hash-order.ts'

interface Place {
  readonly topicId: Uuid
  readonly partition: number
}

interface Unfilled {
  readonly draft: Draft
  readonly remaining: number
}

export function assignHomogeneous(group: GroupSpec): ReadonlyMap<string, Assignment> {
  const [anyMember] = group.members.values()
  const { topicIds } = anyMember!
  if (topicIds.size === 0) return new Map()
  const { partitionCount, unassigned } = inventory(group, topicIds)
  const quotas = new Quotas(partitionCount, group.members.size)
  const drafts = new Map<string, Draft>()
  const unfilled: Unfilled[] = []
  for (const [memberId, member] of group.members) {
    const draft = new Draft(member.assignment)
    drafts.set(memberId, draft)
    const remaining = quotas.settle(quota => keepUpTo(quota, { member, draft, topicIds }, unassigned))
    if (remaining > 0) unfilled.push({ draft, remaining })
  }
  fill(unfilled, unassigned)
  return new Map([...drafts].map(([memberId, draft]) => [memberId, draft.assignment]))
}

function inventory(group: GroupSpec, topicIds: ReadonlySet<Uuid>): { partitionCount: number; unassigned: Place[] } {
  let partitionCount = 0
  const unassigned: Place[] = []
  for (const topicId of topicIds) {
    const count = countPartitions(group, topicId)
    for (let partition = 0; partition < count; partition++) {
      if (!group.isAssigned(topicId, partition)) unassigned.push({ topicId, partition })
    }
    partitionCount += count
  }
  return { partitionCount, unassigned }
}

/** How many partitions the members may have, one after the other: some of them one more than the others. */
class Quotas {
  readonly #least: number
  #extras: number
  #membersLeft: number

  constructor(partitionCount: number, memberCount: number) {
    this.#least = Math.floor(partitionCount / memberCount)
    this.#extras = partitionCount % memberCount
    this.#membersLeft = memberCount
  }

  /** `keep` answers what is left of the quota. Answers how many partitions the next member is to get. */
  settle(keep: (quota: number) => number): number {
    const hasExtra = this.#extras > 0
    let remaining = keep(this.#least + (hasExtra ? 1 : 0))
    // A member that does not fill the extra place leaves it to one that may have it filled already: the partition stays there.
    const isGivenUp = hasExtra && remaining > 0 && this.#membersLeft > this.#extras
    if (isGivenUp) remaining--
    else if (hasExtra) this.#extras--
    this.#membersLeft--
    return remaining
  }
}

interface Keeper {
  readonly member: MemberSpec
  readonly draft: Draft
  readonly topicIds: ReadonlySet<Uuid>
}

/** Takes away what exceeds the quota or is not subscribed to; answers what is left of the quota. */
function keepUpTo(quota: number, { member, draft, topicIds }: Keeper, unassigned: Place[]): number {
  let remaining = quota
  for (const [topicId, partitions] of member.assignment) {
    if (!topicIds.has(topicId)) {
      draft.removeTopic(topicId)
      continue
    }
    if (partitions.size <= remaining) {
      remaining -= partitions.size
      continue
    }
    for (const partition of inHashOrder(partitions)) {
      if (remaining > 0) remaining--
      else {
        draft.remove(topicId, partition)
        unassigned.push({ topicId, partition })
      }
    }
  }
  return remaining
}

function fill(unfilled: readonly Unfilled[], unassigned: readonly Place[]): void {
  let next = 0
  for (const { draft, remaining } of unfilled) {
    const end = Math.min(next + remaining, unassigned.length)
    while (next < end) {
      const { topicId, partition } = unassigned[next++]!
      draft.add(topicId, partition)
    }
  }
  if (next < unassigned.length) throw new AssignorError(`${unassigned.length - next} partitions were left unassigned`)
}
