// Groups of the new protocol whose members stay while brokers change places: by topic names, static, by regular expression. The next
// broker must know members, epochs and assignments.
// Source: KIP-848.

import { consumerGroupDescribe } from '../../protocol/messages/consumer-group-describe.ts'
import { offsetCommit } from '../../protocol/messages/offset-commit.ts'
import { ConsumerGroupMember, sorted } from './consumer-group-member.ts'
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
const betweenHeartbeatsMs = 50
const settleMsMax = 60_000

export class ConsumerGroups implements SwapWork {
  readonly #staying: readonly ConsumerGroupMember[] = [
    new ConsumerGroupMember(groupId, 'AAAAAAAAAAAAAAAAAAAAAA', { topics }),
    new ConsumerGroupMember(groupId, 'AAAAAAAAAAAAAAAAAAAAAB', { topics, instanceId: 'static-1' }),
    new ConsumerGroupMember(regexGroupId, 'AAAAAAAAAAAAAAAAAAAAAC', { regex }),
    new ConsumerGroupMember(regexGroupId, 'AAAAAAAAAAAAAAAAAAAAAD', { regex, instanceId: 'static-2' }),
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
      const guest = new ConsumerGroupMember(group, `guest-${this.#round}-of-${group}`, { topics })
      await guest.join(requests)
      await settle(requests, [...this.#staying, guest])
      await commit(requests, guest, this.#round)
      await guest.leave(requests)
    }
    await settle(requests, this.#staying)
    for (const member of this.#staying) await commit(requests, member, this.#round)
  }

  async read(requests: Requests, facts: Facts): Promise<void> {
    await untilPassed(() => readConsumerGroups(requests, [groupId, regexGroupId], facts))
  }
}

export async function readConsumerGroups(requests: Requests, groupIds: string[], facts: Facts): Promise<void> {
  const { groups } = await requests.send(consumerGroupDescribe, 1, { groupIds })
  for (const { members, ...group } of groups) {
    check(`ConsumerGroupDescribe of ${group.groupId}`, group.errorCode, group.errorMessage)
    facts.set(`consumer group ${group.groupId}`, JSON.stringify(group))
    for (const member of members) {
      facts.set(`member ${member.memberId} of group ${group.groupId}`, JSON.stringify(sorted(member)))
    }
  }
}

/** Heartbeats of all until the broker says that everybody has what the assignor meant for it; it may take its time to run it. */
async function settle(requests: Requests, members: readonly ConsumerGroupMember[]): Promise<void> {
  const untilMs = Date.now() + settleMsMax
  for (;;) {
    for (const member of members) await member.beat(requests)
    const { groups } = await requests.send(consumerGroupDescribe, 1, { groupIds: [groupId, regexGroupId] })
    if (groups.every(group => group.groupState === 'Stable')) return
    if (Date.now() > untilMs) throw new Error(`the groups were not stable within ${settleMsMax} ms`)
    await new Promise(resolve => setTimeout(resolve, betweenHeartbeatsMs))
  }
}

async function commit(requests: Requests, member: ConsumerGroupMember, round: number): Promise<void> {
  const { groupId: group, memberId, groupInstanceId } = member.identity
  const partitions = [{ partitionIndex: round % partitionCount, committedOffset: round, committedMetadata: memberId }]
  const committed = await requests.send(offsetCommit, 9, {
    ...{ groupId: group, memberId, groupInstanceId, generationIdOrMemberEpoch: member.epoch },
    topics: [{ name: topics[1], partitions }],
  })
  check('OffsetCommit', committed.topics[0]!.partitions[0]!.errorCode)
}
