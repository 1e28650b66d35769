// The sticky assignment when members subscribe to different topics. Everybody keeps what they own and still subscribe to, what
// is left goes to the least loaded who can have it, and then partitions move as long as that makes the load more even; if in
// the end it is not more even than before, nothing moves.
// Source: AbstractStickyAssignor.GeneralAssignmentBuilder, Kafka 4.3.0.

import type { TopicPartition } from '../../../protocol/types.ts'
import type { AssignorMember, GroupAssignment } from '../assignor.ts'
import { compare } from '../member-order.ts'
import { LoadOrder } from './load-order.ts'
import { type OwnedPartitions, unknownGeneration } from './owned-partitions.ts'
import { PartitionMovements } from './partition-movements.ts'
import type { PartitionTable } from './partition-table.ts'
import type { RackInfo } from './rack-info.ts'

/** Who had a partition one or more generations ago. */
interface FormerOwner {
  readonly memberId: string
  readonly generationId: number
}

export class AnySubscriptions {
  assignment: GroupAssignment
  readonly #table: PartitionTable
  readonly #racks: RackInfo
  readonly #former: ReadonlyMap<TopicPartition, FormerOwner>
  /** Subscribed topics that exist, by member; and the other way round. */
  readonly #topicsOf = new Map<string, ReadonlySet<string>>()
  readonly #membersOf = new Map<string, string[]>()
  readonly #movements = new PartitionMovements()
  #ownerOf = new Map<TopicPartition, string>()
  #order: LoadOrder
  #mustRevoke = false

  constructor(table: PartitionTable, racks: RackInfo, members: readonly AssignorMember[], owned: OwnedPartitions) {
    this.#table = table
    this.#racks = racks
    this.#former = formerOwners(table, owned)
    for (const topic of table.topics) this.#membersOf.set(topic, [])
    for (const { memberId, subscription } of members) {
      const topics = new Set(subscription.topics.filter(topic => this.#membersOf.has(topic)))
      this.#topicsOf.set(memberId, topics)
      for (const topic of topics) this.#membersOf.get(topic)!.push(memberId)
    }
    this.assignment = new Map()
    for (const [memberId, partitions] of owned.byMember) this.assignment.set(memberId, this.#kept(memberId, partitions))
    this.#order = this.#ordered(this.assignment.keys())
  }

  assign(): void {
    const all = this.#allPartitions()
    const unassigned = all.filter(partition => !this.#ownerOf.has(partition))
    const isNew = this.#countOf(this.#order.last!) === 0
    this.#assignAll(unassigned)
    const fixed = this.#setFixedAside()
    const isMovable = ({ topic }: TopicPartition) => this.#canMove(topic)
    this.#balance(all.filter(isMovable), unassigned.filter(isMovable), isNew)
    for (const [memberId, partitions] of fixed) this.assignment.set(memberId, partitions)
  }

  #kept(memberId: string, partitions: readonly TopicPartition[]): TopicPartition[] {
    const topics = this.#topicsOf.get(memberId)!
    const kept = partitions.filter(partition => {
      return topics.has(partition.topic) && !this.#racks.isMismatch(memberId, partition)
    })
    for (const partition of kept) this.#ownerOf.set(partition, memberId)
    if (kept.length < partitions.length) this.#mustRevoke = true
    return kept
  }

  /** Those that the fewest members can have first. */
  #allPartitions(): TopicPartition[] {
    const subscribers = (topic: string) => this.#membersOf.get(topic)!.length
    const topics = this.#table.topics.sort((a, b) => subscribers(a) - subscribers(b) || compare(a, b))
    return topics.flatMap(topic => [...this.#table.of(topic)])
  }

  #assignAll(partitions: readonly TopicPartition[]): void {
    const near = this.#racks.isUsed ? partitions.filter(partition => !this.#assignOne(partition, true)) : partitions
    for (const partition of near) this.#assignOne(partition, false)
  }

  #assignOne(partition: TopicPartition, nearOnly: boolean): boolean {
    for (const memberId of this.#order) {
      if (!this.#topicsOf.get(memberId)!.has(partition.topic)) continue
      if (nearOnly && this.#racks.isMismatch(memberId, partition)) continue
      this.#order.remove(memberId)
      this.assignment.get(memberId)!.push(partition)
      this.#ownerOf.set(partition, memberId)
      this.#order.add(memberId)
      return true
    }
    return false
  }

  #canMove(topic: string): boolean {
    return this.#membersOf.get(topic)!.length >= 2
  }

  /** Takes out the members whose partitions cannot be anybody else's, and who cannot get more. */
  #setFixedAside(): GroupAssignment {
    const fixed: GroupAssignment = new Map()
    for (const [memberId, partitions] of this.assignment) {
      const canTakePart =
        partitions.length < this.#countMax(memberId) || partitions.some(({ topic }) => this.#canMove(topic))
      if (!canTakePart) fixed.set(memberId, partitions)
    }
    for (const memberId of fixed.keys()) this.assignment.delete(memberId)
    this.#order = this.#ordered(this.assignment.keys())
    return fixed
  }

  #balance(all: readonly TopicPartition[], unassigned: readonly TopicPartition[], isNew: boolean): void {
    if (this.assignment.size === 0) return
    const before = new Map([...this.assignment].map(([memberId, partitions]) => [memberId, [...partitions]]))
    const ownersBefore = new Map(this.#ownerOf)
    // Nobody has to give up anything yet: see how far moving the new partitions goes.
    if (!this.#mustRevoke) this.#moveAround(unassigned)
    const hasMoved = this.#moveAround(all)
    if (isNew || !hasMoved || imbalance(this.assignment) < imbalance(before)) return
    this.assignment = before
    this.#ownerOf = ownersBefore
  }

  #moveAround(partitions: readonly TopicPartition[]): boolean {
    let hasMoved = false
    let isModified: boolean
    do {
      isModified = false
      for (const partition of partitions) {
        if (this.#isBalanced()) break
        if (this.#moveToBetter(partition)) isModified = true
      }
      hasMoved ||= isModified
    } while (isModified)
    return hasMoved
  }

  #moveToBetter(partition: TopicPartition): boolean {
    const owner = this.#ownerOf.get(partition)!
    const former = this.#former.get(partition)?.memberId
    // Java moves it back even to one that has unsubscribed since; that would break the rule of all assignors.
    const canGoBack = former !== undefined && this.#membersOf.get(partition.topic)!.includes(former)
    if (canGoBack && this.#isLighter(former, owner)) {
      this.#move(partition, former)
      return true
    }
    const others = this.#membersOf.get(partition.topic)!
    const ownRack = this.#racks.rackOf(owner)
    const isNear = (memberId: string) => this.#racks.hasReplicaIn(this.#racks.rackOf(memberId), partition)
    const hasBetter =
      (this.#racks.hasReplicaIn(ownRack, partition) &&
        others.some(other => isNear(other) && this.#isLighter(other, owner))) ||
      others.some(other => this.#isLighter(other, owner))
    if (!hasBetter) return false
    this.#move(partition, [...this.#order].find(memberId => this.#topicsOf.get(memberId)!.has(partition.topic))!)
    return true
  }

  /** Whether moving one partition from `owner` to `other` makes them more even. */
  #isLighter(other: string, owner: string): boolean {
    return this.#countOf(owner) > this.#countOf(other) + 1
  }

  #move(wanted: TopicPartition, to: string): void {
    const partition = this.#movements.toBeMoved(wanted, this.#ownerOf.get(wanted)!, to)
    const from = this.#ownerOf.get(partition)!
    this.#order.remove(from)
    if (to !== from) this.#order.remove(to)
    this.#movements.note(partition, from, to)
    const given = this.assignment.get(from)!
    given.splice(given.indexOf(partition), 1)
    this.assignment.get(to)!.push(partition)
    this.#ownerOf.set(partition, to)
    this.#order.add(to)
    if (to !== from) this.#order.add(from)
  }

  #isBalanced(): boolean {
    const fewest = this.#countOf(this.#order.first!)
    if (fewest >= this.#countOf(this.#order.last!) - 1) return true
    for (const memberId of this.#order) {
      const count = this.#countOf(memberId)
      if (count === this.#countMax(memberId)) continue
      for (const topic of this.#topicsOf.get(memberId)!) {
        const couldHave = (partition: TopicPartition) => this.#isLighter(memberId, this.#ownerOf.get(partition)!)
        if (this.#table.of(topic).some(couldHave)) return false
      }
    }
    return true
  }

  #countOf(memberId: string): number {
    return this.assignment.get(memberId)!.length
  }

  #countMax(memberId: string): number {
    let sum = 0
    for (const topic of this.#topicsOf.get(memberId)!) sum += this.#table.of(topic).length
    return sum
  }

  #ordered(memberIds: Iterable<string>): LoadOrder {
    return new LoadOrder(memberIds, memberId => this.#countOf(memberId))
  }
}

/** By how much all pairs of members differ. */
function imbalance(assignment: GroupAssignment): number {
  const counts = [...assignment.values()].map(({ length }) => length)
  let sum = 0
  for (const [index, count] of counts.entries()) {
    for (const other of counts.slice(index + 1)) sum += Math.abs(count - other)
  }
  return sum
}

function formerOwners(table: PartitionTable, { claims, generationMax }: OwnedPartitions) {
  const former = new Map<TopicPartition, FormerOwner>()
  for (const [memberId, { partitions, generationId = unknownGeneration }] of claims) {
    if (generationId >= generationMax) continue
    for (const claimed of partitions) {
      const partition = table.find(claimed)
      if (partition === undefined) continue
      if (generationId > (former.get(partition)?.generationId ?? Number.NEGATIVE_INFINITY)) {
        former.set(partition, { memberId, generationId })
      }
    }
  }
  return former
}
