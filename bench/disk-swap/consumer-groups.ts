// Groups of the new protocol whose members stay while brokers change places: by topic names, static, by regular expression, and a
// group in the middle of an online upgrade, with a classic member. The next broker must know members, epochs and assignments.
// Source: KIP-848.

import { consumerGroupDescribe } from '../../protocol/messages/consumer-group-describe.ts'
import { consumerGroupHeartbeat } from '../../protocol/messages/consumer-group-heartbeat.ts'
import { offsetCommit } from '../../protocol/messages/offset-commit.ts'
import type { Facts } from './facts.ts'
import { batchOf } from './made-records.ts'
import { check, type Requests, untilPassed } from './requests.ts'
import type { SwapWork } from './work.ts'

const topics = ['modern-one', 'modern-two'] as const
const partitionCount = 3
const groupId = 'modern'
const regexGroupId = 'modern-by-regex'
/** One for all: both brokers look up a second one of a group ten seconds after the first, not when a member comes with it. */
const regex = 'modern-(one|two)'
const leaveEpoch = -1
const staticLeaveEpoch = -2
const rebalanceTimeoutMs = 60_000
const betweenHeartbeatsMs = 50
const settleMsMax = 60_000

interface Assigned {
  readonly topicId: string
  readonly partitions: readonly number[]
}

/** One member, as it would be in a consumer: it gives up at once what it is told to. */
class Member {
  readonly groupId: string
  readonly #subscription: { subscribedTopicNames?: string[]; subscribedTopicRegex?: string }
  readonly #instanceId: string | null
  readonly #memberId: string
  #epoch = 0
  #owned: readonly Assigned[] = []

  constructor(group: string, name: string, options: { instanceId?: string; regex?: string } = {}) {
    this.groupId = group
    this.#memberId = name
    this.#instanceId = options.instanceId ?? null
    this.#subscription = options.regex
      ? { subscribedTopicNames: [], subscribedTopicRegex: options.regex }
      : { subscribedTopicNames: [...topics] }
  }

  get epoch(): number {
    return this.#epoch
  }

  get identity() {
    return { groupId: this.groupId, memberId: this.#memberId, groupInstanceId: this.#instanceId }
  }

  /** All that a heartbeat may say: with the first one, and when the member's partitions have changed. */
  join(requests: Requests): Promise<boolean> {
    this.#epoch = 0
    this.#owned = []
    return this.#beat(requests, { rebalanceTimeoutMs, ...this.#subscription, topicPartitions: [] })
  }

  /** Answers whether it was told another epoch or other partitions. */
  beat(requests: Requests): Promise<boolean> {
    return this.#beat(requests, {})
  }

  async leave(requests: Requests): Promise<void> {
    await this.#beat(requests, {}, this.#instanceId === null ? leaveEpoch : staticLeaveEpoch)
  }

  async #beat(requests: Requests, said: Record<string, unknown>, memberEpoch = this.#epoch): Promise<boolean> {
    const answer = await untilPassed(async () => {
      const got = await requests.send(consumerGroupHeartbeat, 1, {
        ...{ groupId: this.groupId, memberId: this.#memberId, memberEpoch, instanceId: this.#instanceId },
        ...said,
      })
      check(`ConsumerGroupHeartbeat of ${this.#memberId}`, got.errorCode, got.errorMessage)
      return got
    })
    const isNews = answer.memberEpoch !== this.#epoch
    this.#epoch = answer.memberEpoch
    const assigned = answer.assignment?.topicPartitions
    // The answer to a heartbeat that says everything has the assignment also when it is the same.
    if (memberEpoch < 0 || !assigned || same(assigned, this.#owned)) return isNews
    this.#owned = assigned
    const topicPartitions = assigned.map(({ topicId, partitions }) => ({ topicId, partitions: [...partitions] }))
    // Says what it has now, so that others may get what it has no more.
    await this.#beat(requests, { topicPartitions })
    return true
  }
}

const same = (one: readonly Assigned[], other: readonly Assigned[]) =>
  JSON.stringify(sorted(one)) === JSON.stringify(sorted(other))

export class ConsumerGroups implements SwapWork {
  readonly #staying: readonly Member[] = [
    new Member(groupId, 'AAAAAAAAAAAAAAAAAAAAAA'),
    new Member(groupId, 'AAAAAAAAAAAAAAAAAAAAAB', { instanceId: 'static-1' }),
    new Member(regexGroupId, 'AAAAAAAAAAAAAAAAAAAAAC', { regex }),
    new Member(regexGroupId, 'AAAAAAAAAAAAAAAAAAAAAD', { regex, instanceId: 'static-2' }),
  ]
  #round = 0

  async start(requests: Requests): Promise<void> {
    for (const topic of topics) await requests.createTopic(topic, partitionCount, { 'retention.ms': '-1' })
    for (const each of [groupId, regexGroupId]) await requests.coordinate(each)
    for (const member of this.#staying) await member.join(requests)
    await settle(requests, this.#staying)
  }

  /** Nobody's epoch or partitions change because the broker did. */
  async resume(requests: Requests): Promise<void> {
    for (const each of [groupId, regexGroupId]) await requests.coordinate(each)
    for (const member of this.#staying) {
      if (await member.beat(requests)) {
        throw new Error(`a member of ${member.groupId} was told another epoch or assignment by another broker`)
      }
    }
  }

  async write(requests: Requests): Promise<void> {
    this.#round++
    for (const topic of topics) await requests.produce(topic, 0, batchOf({ round: this.#round, index: 0 }).bytes)
    // The static member goes and comes back under its name; the others see no difference.
    const [, fixed] = this.#staying
    await fixed!.leave(requests)
    await fixed!.join(requests)
    for (const group of [groupId, regexGroupId]) {
      const guest = new Member(group, `guest-${this.#round}-of-${group}`)
      await guest.join(requests)
      await settle(requests, [...this.#staying, guest])
      await commit(requests, guest, this.#round)
      await guest.leave(requests)
    }
    await settle(requests, this.#staying)
    for (const member of this.#staying) await commit(requests, member, this.#round)
  }

  async read(requests: Requests, facts: Facts): Promise<void> {
    await untilPassed(async () => {
      const asked = { groupIds: [groupId, regexGroupId] }
      const { groups } = await requests.send(consumerGroupDescribe, 1, asked)
      for (const { members, ...group } of groups) {
        check(`ConsumerGroupDescribe of ${group.groupId}`, group.errorCode, group.errorMessage)
        facts.set(`consumer group ${group.groupId}`, JSON.stringify(group))
        for (const member of members) {
          facts.set(`member ${member.memberId} of group ${group.groupId}`, JSON.stringify(sorted(member)))
        }
      }
    })
  }
}

/** Assignments and subscriptions are sets: brokers may say them in any order. */
function sorted<T>(value: T): T {
  if (Array.isArray(value))
    return value.map(sorted).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)) as T
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, sorted(each)])) as T
}

/** Heartbeats of all until the broker says that everybody has what the assignor meant for it; it may take its time to run it. */
async function settle(requests: Requests, members: readonly Member[]): Promise<void> {
  const untilMs = Date.now() + settleMsMax
  for (;;) {
    for (const member of members) await member.beat(requests)
    const { groups } = await requests.send(consumerGroupDescribe, 1, { groupIds: [groupId, regexGroupId] })
    if (groups.every(group => group.groupState === 'Stable')) return
    if (Date.now() > untilMs) throw new Error(`the groups were not stable within ${settleMsMax} ms`)
    await new Promise(resolve => setTimeout(resolve, betweenHeartbeatsMs))
  }
}

async function commit(requests: Requests, member: Member, round: number): Promise<void> {
  const { groupId: group, memberId, groupInstanceId } = member.identity
  const partitions = [{ partitionIndex: round % partitionCount, committedOffset: round, committedMetadata: memberId }]
  const committed = await requests.send(offsetCommit, 9, {
    ...{ groupId: group, memberId, groupInstanceId, generationIdOrMemberEpoch: member.epoch },
    topics: [{ name: topics[1], partitions }],
  })
  check('OffsetCommit', committed.topics[0]!.partitions[0]!.errorCode)
}
