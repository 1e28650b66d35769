// A member of a group of the new protocol that outlives brokers: it goes on with its epoch and its partitions.
// Source: KIP-848.

import { consumerGroupHeartbeat } from '../../protocol/messages/consumer-group-heartbeat.ts'
import { check, type Requests, untilPassed } from './requests.ts'

const leaveEpoch = -1
const staticLeaveEpoch = -2
const rebalanceTimeoutMs = 60_000

interface Assigned {
  readonly topicId: string
  readonly partitions: readonly number[]
}

export interface MemberOptions {
  readonly topics?: readonly string[]
  readonly regex?: string
  /** Of a static member. */
  readonly instanceId?: string
}

/** One member, as it would be in a consumer: it gives up at once what it is told to. */
export class ConsumerGroupMember {
  readonly groupId: string
  readonly #subscription: { subscribedTopicNames?: string[]; subscribedTopicRegex?: string }
  readonly #instanceId: string | null
  readonly #memberId: string
  #epoch = 0
  #owned: readonly Assigned[] = []

  constructor(group: string, name: string, options: MemberOptions) {
    this.groupId = group
    this.#memberId = name
    this.#instanceId = options.instanceId ?? null
    this.#subscription = options.regex
      ? { subscribedTopicNames: [], subscribedTopicRegex: options.regex }
      : { subscribedTopicNames: [...(options.topics ?? [])] }
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

/** Assignments and subscriptions are sets: brokers may say them in any order. */
export function sorted<T>(value: T): T {
  if (Array.isArray(value))
    return value.map(sorted).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)) as T
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, sorted(each)])) as T
}
