// The sticky assignment when all members subscribe to the same topics. Everybody keeps what they own up to a quota, the
// remainder is dealt out: near its replicas where racks matter, then round robin to those with the fewest.
// Invariant: at the end each member has minQuota or maxQuota partitions, which differ by one at most.
// Source: AbstractStickyAssignor.ConstrainedAssignmentBuilder, Kafka 4.3.0.

import type { TopicPartition } from '../../../protocol/types.ts'
import type { GroupAssignment } from '../assignor.ts'
import { byTopicAndPartition } from '../consumer-protocol.ts'
import { compare } from '../member-order.ts'
import type { OwnedPartitions } from './owned-partitions.ts'
import type { PartitionTable } from './partition-table.ts'
import type { RackInfo } from './rack-info.ts'

export class EqualSubscriptions {
  readonly assignment: GroupAssignment = new Map()
  /** Partitions that go to somebody else while their owner may still have them, and to whom. */
  readonly moving = new Map<TopicPartition, string>()
  readonly #table: PartitionTable
  readonly #racks: RackInfo
  readonly #owned: OwnedPartitions
  /** Who may have had a partition that nobody keeps. */
  readonly #revoked = new Map<TopicPartition, string>()
  readonly #kept = new Set<TopicPartition>()
  /** Members below minQuota, and members with just that of whom some will get one more. */
  readonly #belowQuota: string[] = []
  readonly #atQuota: string[] = []
  readonly #minQuota: number
  readonly #maxQuota: number
  readonly #aboveQuotaMax: number
  #aboveQuota = 0
  /** Where the next search for a member near a partition begins, in belowQuota. */
  #nextBelow = 0

  constructor(table: PartitionTable, racks: RackInfo, owned: OwnedPartitions) {
    this.#table = table
    this.#racks = racks
    this.#owned = owned
    const members = owned.byMember.size
    this.#minQuota = Math.floor(table.count / members)
    this.#maxQuota = Math.ceil(table.count / members)
    this.#aboveQuotaMax = table.count % members
  }

  assign(): void {
    for (const [memberId, partitions] of this.#owned.byMember) this.#keep(memberId, partitions)
    this.#belowQuota.sort(compare)
    this.#atQuota.sort(compare)
    const unassigned = this.#racks.hardestFirst(this.#unassigned())
    const farAway = this.#racks.isUsed ? unassigned.filter(partition => !this.#assignNear(partition)) : unassigned
    this.#dealOut(farAway)
  }

  #keep(memberId: string, partitions: readonly TopicPartition[]): void {
    const { disputed } = this.#owned
    const far = partitions.filter(partition => this.#racks.isMismatch(memberId, partition))
    for (const partition of far) this.#revoked.set(partition, memberId)
    const near = partitions
      .filter(partition => !this.#racks.isMismatch(memberId, partition) && !disputed.has(partition))
      .sort((a, b) => a.partition - b.partition || compare(a.topic, b.topic))
    const quota = this.#quotaOfOwner(memberId, near.length)
    this.assignment.set(memberId, near.slice(0, quota))
    for (const partition of near.slice(0, quota)) this.#kept.add(partition)
    for (const partition of near.slice(quota)) this.#revoked.set(partition, memberId)
  }

  /** How many of its partitions the member keeps; notes whether it will get more. */
  #quotaOfOwner(memberId: string, owned: number): number {
    if (owned < this.#minQuota) {
      this.#belowQuota.push(memberId)
      return owned
    }
    if (this.#aboveQuota === this.#aboveQuotaMax) return this.#minQuota
    if (owned < this.#maxQuota) {
      this.#atQuota.push(memberId)
      return this.#minQuota
    }
    this.#noteAboveQuota()
    return this.#maxQuota
  }

  // As soon as enough members have one more, those at minQuota are complete.
  #noteAboveQuota(): void {
    this.#aboveQuota += 1
    if (this.#aboveQuota === this.#aboveQuotaMax) this.#atQuota.length = 0
  }

  #unassigned(): TopicPartition[] {
    const all = this.#table.topics.flatMap(topic => [...this.#table.of(topic)])
    return all.filter(partition => !this.#kept.has(partition)).sort(byTopicAndPartition)
  }

  /** Gives the partition to a member in one of its racks, if one has room. */
  #assignNear(partition: TopicPartition): boolean {
    const below = this.#racks.nextNear(partition, this.#belowQuota, this.#nextBelow)
    if (below >= 0) {
      this.#fillBelow(partition, below)
      return true
    }
    const at = this.#racks.nextNear(partition, this.#atQuota, 0)
    if (at < 0) return false
    const memberId = this.#atQuota[at]!
    const isComplete = this.#give(partition, memberId) === this.#maxQuota
    if (isComplete) {
      this.#atQuota.splice(at, 1)
      this.#noteAboveQuota()
    }
    return true
  }

  #fillBelow(partition: TopicPartition, index: number): void {
    const memberId = this.#belowQuota[index]!
    const count = this.#give(partition, memberId)
    let next = index + 1
    if (count >= this.#minQuota) {
      this.#belowQuota.splice(index, 1)
      next = index
      if (count < this.#maxQuota && this.#aboveQuota < this.#aboveQuotaMax) this.#atQuota.push(memberId)
    }
    this.#nextBelow = this.#belowQuota.length === 0 ? 0 : next % this.#belowQuota.length
  }

  #dealOut(partitions: readonly TopicPartition[]): void {
    let turn = 0
    for (const partition of partitions) {
      if (this.#belowQuota.length === 0) {
        const memberId = this.#atQuota.shift()
        if (memberId === undefined) throw new Error('a partition is left and no member has room: the quotas are wrong')
        this.#give(partition, memberId)
        continue
      }
      if (turn >= this.#belowQuota.length) turn = 0
      const memberId = this.#belowQuota[turn]!
      turn += 1
      if (this.#give(partition, memberId) < this.#minQuota) continue
      turn -= 1
      this.#belowQuota.splice(turn, 1)
      this.#atQuota.push(memberId)
    }
  }

  #give(partition: TopicPartition, memberId: string): number {
    const partitions = this.assignment.get(memberId)!
    partitions.push(partition)
    const owner = this.#revoked.get(partition)
    const isOwnedElsewhere = owner !== undefined && owner !== memberId
    if (isOwnedElsewhere || this.#owned.disputed.has(partition)) this.moving.set(partition, memberId)
    return partitions.length
  }
}
