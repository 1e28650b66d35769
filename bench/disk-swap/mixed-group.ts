// A group in the middle of an online upgrade while brokers change places: a classic member and one of the new protocol. In each turn
// the one of the new protocol leaves, by which the group is classic again, and comes back, by which it is upgraded.
// Source: KIP-848, "Online Upgrade" and "Online Downgrade".

import { errorName } from '../../protocol/errors.ts'
import { consumerGroupDescribe } from '../../protocol/messages/consumer-group-describe.ts'
import { heartbeat } from '../../protocol/messages/heartbeat.ts'
import { joinGroup } from '../../protocol/messages/join-group.ts'
import { listGroups } from '../../protocol/messages/list-groups.ts'
import { offsetCommit } from '../../protocol/messages/offset-commit.ts'
import { syncGroup } from '../../protocol/messages/sync-group.ts'
import { consumerProtocolAssignment } from '../../protocol/stored/data/consumer-protocol-assignment.ts'
import { consumerProtocolSubscription } from '../../protocol/stored/data/consumer-protocol-subscription.ts'
import { encode } from '../../protocol/wire/schema.ts'
import { ConsumerGroupMember } from './consumer-group-member.ts'
import { readConsumerGroups } from './consumer-groups.ts'
import type { Facts } from './facts.ts'
import { check, type Requests, untilPassed } from './requests.ts'
import type { SwapWork } from './work.ts'

const groupId = 'mixed'
const topic = 'of-mixed-group'
const partitions = [0, 1, 2, 3]
const protocolType = 'consumer'
const protocolName = 'range'
const timeouts = { sessionTimeoutMs: 600_000, rebalanceTimeoutMs: 60_000 }
const settleMsMax = 60_000
const betweenHeartbeatsMs = 50
const rejoins = ['REBALANCE_IN_PROGRESS', 'ILLEGAL_GENERATION', 'MEMBER_ID_REQUIRED']

const versionOne = Buffer.from([0, 1])
/** An eager member gives everything up before it joins, and so owns nothing then. */
const subscription = Buffer.concat([versionOne, encode(consumerProtocolSubscription, 1, { topics: [topic] })])
const everything = Buffer.concat([
  versionOne,
  encode(consumerProtocolAssignment, 1, { assignedPartitions: [{ topic, partitions }] }),
])

/** What a classic consumer does, by hand. */
class ClassicMember {
  #memberId = ''
  #generationId = -1
  #assignment = Buffer.alloc(0)

  get #identity() {
    return { groupId, memberId: this.#memberId, generationId: this.#generationId }
  }

  /** Joins and syncs until it has an assignment. */
  async join(requests: Requests): Promise<void> {
    while (!(await this.#joinOnce(requests))) {}
  }

  async #joinOnce(requests: Requests): Promise<boolean> {
    const protocols = [{ name: protocolName, metadata: subscription }]
    const request = { groupId, memberId: this.#memberId, ...timeouts, protocolType, protocols }
    const joined = await requests.send(joinGroup, 9, request)
    this.#memberId = joined.memberId || this.#memberId
    if (isToRejoin('JoinGroup', joined.errorCode)) return false
    this.#generationId = joined.generationId
    // Alone in a classic group it assigns for itself; in an upgraded one the coordinator does.
    const isLeader = joined.leader === this.#memberId
    const assignments = isLeader ? [{ memberId: this.#memberId, assignment: everything }] : []
    const synced = await this.#sync(requests, assignments)
    if (isToRejoin('SyncGroup', synced.errorCode)) return false
    this.#assignment = Buffer.from(synced.assignment)
    return true
  }

  #sync(requests: Requests, assignments: { memberId: string; assignment: Buffer }[]) {
    return requests.send(syncGroup, 5, { ...this.#identity, protocolType, protocolName, assignments })
  }

  /** A heartbeat; joins again when it is told to. */
  async beat(requests: Requests): Promise<void> {
    const { errorCode } = await requests.send(heartbeat, 4, this.#identity)
    if (isToRejoin('Heartbeat', errorCode)) await this.join(requests)
  }

  /** Throws unless the broker knows it by what it agreed on with another one. */
  async resume(requests: Requests): Promise<void> {
    await untilPassed(async () => check('Heartbeat', (await requests.send(heartbeat, 4, this.#identity)).errorCode))
    const { errorCode, assignment } = await this.#sync(requests, [])
    check('SyncGroup', errorCode)
    if (!this.#assignment.equals(assignment)) throw new Error(`the classic member of ${groupId} has another assignment`)
  }

  async commit(requests: Requests, committedOffset: number): Promise<void> {
    const { memberId, generationId } = this.#identity
    const answer = await requests.send(offsetCommit, 9, {
      ...{ groupId, memberId, generationIdOrMemberEpoch: generationId },
      topics: [{ name: topic, partitions: [{ partitionIndex: 0, committedOffset, committedMetadata: 'classic' }] }],
    })
    check('OffsetCommit', answer.topics[0]!.partitions[0]!.errorCode)
  }
}

function isToRejoin(what: string, errorCode: number): boolean {
  if (rejoins.includes(errorName(errorCode) ?? '')) return true
  check(what, errorCode)
  return false
}

export class MixedGroup implements SwapWork {
  readonly #classic = new ClassicMember()
  readonly #modern = new ConsumerGroupMember(groupId, 'AAAAAAAAAAAAAAAAAAAAAE', { topics: [topic] })
  #round = 0

  async start(requests: Requests): Promise<void> {
    await requests.createTopic(topic, partitions.length, { 'retention.ms': '-1' })
    await requests.coordinate(groupId)
    await this.#classic.join(requests)
  }

  async resume(requests: Requests): Promise<void> {
    await requests.coordinate(groupId)
    await this.#classic.resume(requests)
    if (await this.#modern.beat(requests)) throw new Error(`the member of ${groupId} was told something new`)
  }

  async write(requests: Requests): Promise<void> {
    this.#round++
    if (this.#round > 1) {
      await this.#modern.leave(requests)
      await this.#settle(requests, 'classic', [this.#classic])
    }
    await this.#classic.commit(requests, this.#round)
    await this.#modern.join(requests)
    await this.#settle(requests, 'consumer', [this.#classic, this.#modern])
    await this.#classic.commit(requests, this.#round + 100)
  }

  async read(requests: Requests, facts: Facts): Promise<void> {
    await untilPassed(() => readConsumerGroups(requests, [groupId], facts))
  }

  /** Heartbeats until the group is of this type and everybody has what is meant for it. */
  async #settle(requests: Requests, type: string, members: readonly { beat(requests: Requests): Promise<unknown> }[]) {
    const untilMs = Date.now() + settleMsMax
    for (;;) {
      for (const member of members) await member.beat(requests)
      const { groups } = await requests.send(listGroups, 5, {})
      const { groups: described } = await requests.send(consumerGroupDescribe, 1, { groupIds: [groupId] })
      const listed = groups.find(group => group.groupId === groupId)
      // What is listed may be older than what is described.
      const isStable = type === 'classic' ? listed?.groupState === 'Stable' : described[0]!.groupState === 'Stable'
      if (listed?.groupType === type && isStable) return
      if (Date.now() > untilMs) throw new Error(`${groupId} was not a stable ${type} group within ${settleMsMax} ms`)
      await new Promise(resolve => setTimeout(resolve, betweenHeartbeatsMs))
    }
  }
}
