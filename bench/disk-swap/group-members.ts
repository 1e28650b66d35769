// Members of a classic group that stay in it while the brokers change places: one static, one dynamic. What a group has
// agreed on is on disk, so the next broker must know members, generation and assignments, and take their heartbeats.

import { errorName } from '../../protocol/errors.ts'
import { heartbeat } from '../../protocol/messages/heartbeat.ts'
import { joinGroup } from '../../protocol/messages/join-group.ts'
import { syncGroup } from '../../protocol/messages/sync-group.ts'
import { consumerProtocolSubscription } from '../../protocol/stored/data/consumer-protocol-subscription.ts'
import { encode } from '../../protocol/wire/schema.ts'
import { check, Requests, untilPassed } from './requests.ts'

const protocolType = 'consumer'
const protocolName = 'range'
/** Longer than a run: nobody is taken out of the group while brokers start. */
const sessionTimeoutMs = 600_000
const rebalanceTimeoutMs = 20_000

interface Member {
  readonly groupInstanceId: string | null
  memberId: string
  generationId: number
  assignment: Buffer
}

/** As a consumer writes it: Kafka reads it when it loads the group. */
function subscription(round: number): Buffer {
  const version = Buffer.from([0, 1])
  return Buffer.concat([
    version,
    encode(consumerProtocolSubscription, 1, { topics: ['codec-none', `of-round-${round}`] }),
  ])
}

const newMember = (groupInstanceId: string | null): Member => ({
  groupInstanceId,
  memberId: '',
  generationId: -1,
  assignment: Buffer.alloc(0),
})

export class GroupMembers {
  readonly #groupId: string
  readonly #members: readonly Member[] = [newMember('static-1'), newMember(null)]

  constructor(groupId: string) {
    this.#groupId = groupId
  }

  /** Whether the broker knows the members by what they agreed on with another broker; throws AnswerError otherwise. */
  async resume(requests: Requests): Promise<void> {
    await requests.coordinate(this.#groupId)
    for (const member of this.#members) {
      await untilPassed(async () => check('Heartbeat', await this.#heartbeat(requests, member)))
      const { errorCode, assignment } = await this.#sync(requests, member, [])
      check('SyncGroup', errorCode)
      if (!assignment.equals(member.assignment)) throw new Error(`member ${member.memberId} has another assignment`)
    }
  }

  /** All members join and agree on new assignments, each on a connection of its own because joining waits for the others. */
  async rebalance(port: number, round: number): Promise<void> {
    const from = Math.max(...this.#members.map(member => member.generationId))
    const isDone = () => {
      const [first] = this.#members as [Member]
      return first.generationId > from && this.#members.every(member => member.generationId === first.generationId)
    }
    await Promise.all(
      this.#members.map(async member => {
        const requests = await Requests.open(port, 'member')
        await requests.coordinate(this.#groupId)
        while (!(await this.#join(requests, member, round))) {}
        while (!isDone()) {
          const errorCode = await this.#heartbeat(requests, member)
          if (errorCode !== 0) while (!(await this.#join(requests, member, round))) {}
          await new Promise(resolve => setTimeout(resolve, 20))
        }
        requests.close()
      }),
    )
  }

  #identity({ memberId, groupInstanceId, generationId }: Member) {
    return { groupId: this.#groupId, memberId, groupInstanceId, generationId }
  }

  async #heartbeat(requests: Requests, member: Member): Promise<number> {
    return (await requests.send(heartbeat, 4, this.#identity(member))).errorCode
  }

  #sync(requests: Requests, member: Member, assignments: readonly { memberId: string; assignment: Buffer }[]) {
    const body = { ...this.#identity(member), protocolType, protocolName, assignments: [...assignments] }
    return requests.send(syncGroup, 5, body)
  }

  /** Joins and syncs once. Answers whether it came through: false when it has to join again. */
  async #join(requests: Requests, member: Member, round: number): Promise<boolean> {
    const joined = await requests.send(joinGroup, 9, {
      ...{ groupId: this.#groupId, memberId: member.memberId, groupInstanceId: member.groupInstanceId },
      ...{ sessionTimeoutMs, rebalanceTimeoutMs, protocolType },
      protocols: [{ name: protocolName, metadata: subscription(round) }],
    })
    member.memberId = joined.memberId || member.memberId
    if (errorName(joined.errorCode) === 'MEMBER_ID_REQUIRED') return false
    check('JoinGroup', joined.errorCode)
    member.generationId = joined.generationId
    const assignments = joined.members.map(({ memberId, groupInstanceId }) => ({
      memberId,
      assignment: Buffer.from(`assignment of ${groupInstanceId ?? 'dynamic'} in generation ${joined.generationId}`),
    }))
    const { errorCode, assignment } = await this.#sync(requests, member, assignments)
    if (['REBALANCE_IN_PROGRESS', 'ILLEGAL_GENERATION'].includes(errorName(errorCode) ?? '')) return false
    check('SyncGroup', errorCode)
    member.assignment = assignment
    return true
  }
}
