// Range: of each topic, every member gets a run of partitions, those in front one more when it does not come out even; so
// partition 3 of two topics with equally many partitions goes to the same member. Where racks matter, members first get
// partitions with a replica in their rack, as far as that keeps the shares and the co-partitioning.
// Source: org.apache.kafka.clients.consumer.RangeAssignor, Kafka 4.3.0; KIP-881.

import {
  type AssignableTopic,
  type AssignableTopics,
  type Assignor,
  type AssignorMember,
  emptyAssignment,
  type GroupAssignment,
  subscribedTopics,
} from './assignor.ts'
import { byTopicAndPartition } from './consumer-protocol.ts'
import { byInstanceOrMemberId } from './member-order.ts'
import { rackOf, racksMatter } from './rack-use.ts'

export const rangeAssignor: Assignor = {
  name: 'range',
  protocols: ['eager'],
  userData: () => null,
  assign(topics, members) {
    const assignment = emptyAssignment(members)
    const states = statesOf(subscribedTopics(topics, members), members, assignment)
    const usesRacks = states.some(({ needsRacks }) => needsRacks)
    if (usesRacks) for (const together of coPartitioned(states)) matchRacks(together)
    for (const state of states) state.assignRanges(() => true)
    if (usesRacks) for (const partitions of assignment.values()) partitions.sort(byTopicAndPartition)
    return assignment
  },
}

/** One topic while it is being assigned. */
class TopicState {
  readonly memberIds: readonly string[]
  /** Consumers and their racks: topics with the same are co-partitioned when they have equally many partitions. */
  readonly consumersKey: string
  readonly needsRacks: boolean
  /** Partitions whose racks are looked at: none when no consumer says where it is. */
  readonly rackedPartitions: number
  readonly #topic: string
  readonly #assignment: GroupAssignment
  readonly #rackOf: ReadonlyMap<string, string | undefined>
  readonly #replicaRacks: readonly ReadonlySet<string>[]
  readonly #unassigned: Set<number>
  readonly #counts = new Map<string, number>()
  readonly #share: number
  #sharesWithOneMore: number

  constructor(
    topic: string,
    { partitions, replicaRacks }: AssignableTopic,
    members: AssignorMember[],
    assignment: GroupAssignment,
  ) {
    members.sort(byInstanceOrMemberId)
    this.#topic = topic
    this.#assignment = assignment
    this.memberIds = members.map(({ memberId }) => memberId)
    this.#rackOf = new Map(members.map(member => [member.memberId, rackOf(member)]))
    const racks = new Set([...this.#rackOf.values()].filter(rack => rack !== undefined))
    this.rackedPartitions = racks.size === 0 ? 0 : partitions
    this.#replicaRacks = Array.from({ length: this.rackedPartitions }, (_, index) => new Set(replicaRacks?.[index]))
    this.needsRacks = racksMatter(racks, this.#replicaRacks)
    this.consumersKey = JSON.stringify([...this.#rackOf].sort())
    this.#unassigned = new Set(Array.from({ length: partitions }, (_, index) => index))
    this.#share = Math.floor(partitions / members.length)
    this.#sharesWithOneMore = partitions % members.length
  }

  /** How many partitions the member may still get. */
  room(memberId: string): number {
    const share = this.#share + (this.#sharesWithOneMore > 0 ? 1 : 0)
    return Math.max(0, share - (this.#counts.get(memberId) ?? 0))
  }

  hasRack(memberId: string, partition: number): boolean {
    const rack = this.#rackOf.get(memberId)
    return rack === undefined || (this.#replicaRacks[partition]?.has(rack) ?? false)
  }

  assign(memberId: string, partitions: readonly number[]): void {
    for (const partition of partitions) {
      this.#assignment.get(memberId)!.push({ topic: this.#topic, partition })
      this.#unassigned.delete(partition)
    }
    const count = (this.#counts.get(memberId) ?? 0) + partitions.length
    this.#counts.set(memberId, count)
    if (count > this.#share) this.#sharesWithOneMore -= 1
  }

  /** Each member in turn gets of what is left what it may have, up to its share. */
  assignRanges(mayHave: (memberId: string, partition: number) => boolean): void {
    for (const memberId of this.memberIds) {
      const room = this.room(memberId)
      const found: number[] = []
      for (const partition of this.#unassigned) {
        if (found.length === room) break
        if (mayHave(memberId, partition)) found.push(partition)
      }
      if (found.length > 0) this.assign(memberId, found)
    }
  }
}

function statesOf(topics: AssignableTopics, members: readonly AssignorMember[], assignment: GroupAssignment) {
  const subscribers = new Map<string, AssignorMember[]>([...topics.keys()].map(topic => [topic, []]))
  for (const member of members) {
    for (const topic of new Set(member.subscription.topics)) subscribers.get(topic)?.push(member)
  }
  return [...topics].map(([topic, shape]) => new TopicState(topic, shape, subscribers.get(topic)!, assignment))
}

function coPartitioned(states: readonly TopicState[]): TopicState[][] {
  const groups = new Map<string, TopicState[]>()
  for (const state of states) {
    const key = `${state.rackedPartitions} ${state.consumersKey}`
    groups.set(key, [...(groups.get(key) ?? []), state])
  }
  return [...groups.values()]
}

function matchRacks(states: readonly TopicState[]): void {
  const [first] = states as [TopicState]
  if (states.length > 1) matchRacksTogether(states, first)
  else if (first.needsRacks) first.assignRanges((memberId, partition) => first.hasRack(memberId, partition))
}

/** Partition by partition, of all topics to one member, if one has all of their racks and room in all of them. */
function matchRacksTogether(states: readonly TopicState[], { memberIds, rackedPartitions }: TopicState): void {
  const left = new Set(memberIds)
  for (let partition = 0; partition < rackedPartitions && left.size > 0; partition += 1) {
    const fits = (memberId: string) =>
      states.every(state => state.hasRack(memberId, partition) && state.room(memberId) > 0)
    const memberId = [...left].find(fits)
    if (memberId === undefined) continue
    for (const state of states) state.assign(memberId, [partition])
    if (states.every(state => state.room(memberId) === 0)) left.delete(memberId)
  }
}
