// The uniform assignor when members have subscribed to different topics: partitions nobody has go to the least loaded
// subscribers, topic by topic, those first that have most partitions for each subscriber; then partitions are moved from the
// most to the least loaded subscribers until that improves nothing.
// Source: Kafka 4.3.0's UniformHeterogeneousAssignmentBuilder.

import type { Uuid } from '../../../../../protocol/wire/uuid.ts'
import type { Assignment } from '../assignment.ts'
import { Draft } from './draft.ts'
import { countPartitions, type GroupSpec } from './group-spec.ts'
import { LoadBalancer } from './load-balancer.ts'
import { compareUuids } from './uuid-order.ts'

/** Rounds over all topics; balancing almost always ends earlier, because nothing moves any more. */
const roundsMax = 16
const nobody = -1

interface Topic {
  readonly topicId: Uuid
  /** Indexes of members. */
  readonly subscribers: number[]
  /** By partition, the index of the member that has it. */
  readonly owners: number[]
}

export function assignHeterogeneous(group: GroupSpec): ReadonlyMap<string, Assignment> {
  const board = new Board(group)
  if (board.topics.length === 0) return new Map()
  for (const topic of board.topics) assignFree(board, topic)
  balance(board)
  return board.assignments()
}

/** Who has what, by index of the members and by topic, the topics in the order in which they are worked on. */
class Board {
  readonly loads: number[]
  readonly topics: readonly Topic[]
  readonly #memberIds: readonly string[]
  readonly #drafts: readonly Draft[]

  constructor(group: GroupSpec) {
    const members = [...group.members]
    this.#memberIds = members.map(([memberId]) => memberId)
    this.#drafts = members.map(([, { assignment }]) => new Draft(assignment))
    this.loads = members.map(() => 0)
    const topics = topicsOf(group)
    for (const [index, [, member]] of members.entries()) {
      for (const [topicId, partitions] of member.assignment) {
        if (!member.topicIds.has(topicId)) this.#drafts[index]!.removeTopic(topicId)
        else {
          this.loads[index]! += partitions.size
          for (const partition of partitions) topics.get(topicId)!.owners[partition] = index
        }
      }
    }
    this.topics = [...topics.values()].sort(inOrder)
  }

  give(topic: Topic, partition: number, member: number): void {
    const { topicId, owners } = topic
    const before = owners[partition]!
    if (before !== nobody) {
      this.#drafts[before]!.remove(topicId, partition)
      this.loads[before]!--
    }
    this.#drafts[member]!.add(topicId, partition)
    owners[partition] = member
    this.loads[member]!++
  }

  assignments(): ReadonlyMap<string, Assignment> {
    return new Map(this.#memberIds.map((memberId, index) => [memberId, this.#drafts[index]!.assignment]))
  }
}

function topicsOf(group: GroupSpec): Map<Uuid, Topic> {
  const topics = new Map<Uuid, Topic>()
  for (const [index, { topicIds }] of [...group.members.values()].entries()) {
    for (const topicId of topicIds) {
      const known = topics.get(topicId)
      if (known !== undefined) known.subscribers.push(index)
      else {
        const owners = new Array<number>(countPartitions(group, topicId)).fill(nobody)
        topics.set(topicId, { topicId, subscribers: [index], owners })
      }
    }
  }
  return topics
}

function inOrder(one: Topic, other: Topic): number {
  return (
    other.owners.length / other.subscribers.length - one.owners.length / one.subscribers.length ||
    one.subscribers.length - other.subscribers.length ||
    compareUuids(one.topicId, other.topicId)
  )
}

function assignFree(board: Board, topic: Topic): void {
  const balancer = new LoadBalancer(topic.subscribers, board.loads)
  for (const [partition, owner] of [...topic.owners].entries()) {
    if (owner === nobody) board.give(topic, partition, balancer.takeLeastLoaded())
  }
}

function balance(board: Board): void {
  const topics = board.topics.filter(({ subscribers }) => subscribers.length > 1)
  /** The last one that was changed: back there with nothing changed since, it is done. */
  let lastChanged: Topic | undefined
  for (let round = 0; round < roundsMax; round++) {
    for (const topic of topics) {
      if (topic === lastChanged) return
      if (balanceTopic(board, topic) > 0) lastChanged = topic
      else lastChanged ??= topic
    }
  }
}

/** Answers how many partitions were moved. */
function balanceTopic(board: Board, topic: Topic): number {
  const balancer = new LoadBalancer(topic.subscribers, board.loads)
  if (balancer.imbalance <= 1) return 0
  const owned = partitionsByOwner(topic)
  let moved = 0
  while (!balancer.isBalanced) {
    const giver = nextGiver(balancer, owned)
    if (giver === undefined) break
    const partition = owned.get(giver)!.pop()!
    const taker = balancer.takeLeastLoaded()
    if (balancer.isBalanced) break
    board.give(topic, partition, taker)
    moved++
  }
  return moved
}

function partitionsByOwner({ owners }: Topic): Map<number, number[]> {
  const owned = new Map<number, number[]>()
  for (const [partition, owner] of owners.entries()) {
    const partitions = owned.get(owner)
    if (partitions === undefined) owned.set(owner, [partition])
    else partitions.push(partition)
  }
  return owned
}

/** The most loaded subscriber that has a partition of the topic it had at the start. */
function nextGiver(balancer: LoadBalancer, owned: ReadonlyMap<number, number[]>): number | undefined {
  for (;;) {
    const member = balancer.takeMostLoaded()
    if (member === undefined || (owned.get(member)?.length ?? 0) > 0) return member
    balancer.excludeMostLoaded()
  }
}
