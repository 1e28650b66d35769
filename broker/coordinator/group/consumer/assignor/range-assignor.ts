// The range assignor: of each topic every subscriber gets a range of neighbouring partitions, in the order of instance ids, then
// of member ids. So partitions of the same number of topics of the same size go to the same member. It does not look back.
// Source: Kafka 4.3.0's RangeAssignor.

import type { Uuid } from '../../../../../protocol/wire/uuid.ts'
import type { Assignment } from '../assignment.ts'
import { type Assignor, countPartitions, type GroupSpec, type MemberSpec } from './group-spec.ts'

/** A topic as it is being given away, from its first partition on. */
interface Share {
  readonly partitionCount: number
  memberCount: number
  given: number
  membersServed: number
}

export const rangeAssignor: Assignor = {
  name: 'range',
  assign(group) {
    const members = [...group.members].sort(inOrder)
    const shares = sharesOf(group, members)
    return new Map(members.map(([memberId, { topicIds }]) => [memberId, rangesOf(topicIds, shares)]))
  },
}

type Member = readonly [memberId: string, spec: MemberSpec]

/** Static members first: they keep their place when they come back under another member id. */
function inOrder([oneId, one]: Member, [otherId, other]: Member): number {
  if (one.instanceId !== null && other.instanceId !== null) return compare(one.instanceId, other.instanceId)
  if (one.instanceId !== null) return -1
  return other.instanceId !== null ? 1 : compare(oneId, otherId)
}

function compare(one: string, other: string): number {
  if (one === other) return 0
  return one < other ? -1 : 1
}

function sharesOf(group: GroupSpec, members: readonly Member[]): Map<Uuid, Share> {
  const shares = new Map<Uuid, Share>()
  for (const [, { topicIds }] of members) {
    for (const topicId of topicIds) {
      const known = shares.get(topicId)
      if (known !== undefined) known.memberCount++
      else {
        const partitionCount = countPartitions(group, topicId)
        shares.set(topicId, { partitionCount, memberCount: 1, given: 0, membersServed: 0 })
      }
    }
  }
  return shares
}

function rangesOf(topicIds: ReadonlySet<Uuid>, shares: ReadonlyMap<Uuid, Share>): Assignment {
  const ranges = new Map<Uuid, ReadonlySet<number>>()
  for (const topicId of topicIds) {
    const range = nextRange(shares.get(topicId)!)
    if (range.size > 0) ranges.set(topicId, range)
  }
  return ranges
}

/** The first members get one more when the partitions cannot be divided evenly. */
function nextRange(share: Share): ReadonlySet<number> {
  const { partitionCount, memberCount, given } = share
  const hasExtra = share.membersServed < partitionCount % memberCount
  const count = Math.floor(partitionCount / memberCount) + (hasExtra ? 1 : 0)
  share.membersServed++
  share.given += count
  return new Set(Array.from({ length: count }, (_, index) => given + index))
}
