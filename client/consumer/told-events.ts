// The events of a consumer, told twice: to who listens to `consumer.events`, and on the channels of client/observability, where what
// the group does has one channel for all of it.

import { EventEmitter } from 'node:events'
import type { TopicPartition } from '../../protocol/types.ts'
import type { GroupMetadata } from '../group/group-membership.ts'
import { channels } from '../observability/channels.ts'
import type { RebalanceMessage } from '../observability/messages.ts'
import type { ConsumerEvents } from './consumer-events.ts'

export interface EventsOwner {
  readonly clientId: string
  readonly group: string | undefined
  /** As what the group knows it; undefined without a group. */
  member(): GroupMetadata | undefined
}

type Names = keyof ConsumerEvents
type RebalanceName = 'assigned' | 'revoked' | 'lost'

/** Those whose channel has the event's own payload. */
const sameAsEvent = {
  stall: channels.consumerStall,
  hedged: channels.consumerHedged,
  reset: channels.consumerReset,
  truncated: channels.consumerTruncated,
  skipped: channels.consumerSkipped,
  poison: channels.consumerPoison,
} as const

export class ToldEvents extends EventEmitter<ConsumerEvents> {
  readonly #owner: EventsOwner

  constructor(owner: EventsOwner) {
    super()
    this.#owner = owner
  }

  override emit(name: unknown, ...args: readonly unknown[]): boolean {
    this.#publish(name as Names, args)
    return super.emit(name as never, ...(args as never))
  }

  #publish(name: Names, [payload, reason]: readonly unknown[]): void {
    const { clientId, group } = this.#owner
    const who = { clientId, group }
    switch (name) {
      case 'assigned':
      case 'revoked':
      case 'lost':
        if (channels.consumerRebalance.hasSubscribers) {
          channels.consumerRebalance.publish(this.#rebalance(name, payload as TopicPartition[], reason as string))
        }
        return
      case 'lag':
        if (!channels.consumerLag.hasSubscribers) return
        channels.consumerLag.publish({ ...who, partitions: payload as ConsumerEvents['lag'][0] })
        return
      case 'commitFailed':
        if (!channels.consumerCommitFailed.hasSubscribers) return
        channels.consumerCommitFailed.publish({ ...who, error: payload as ConsumerEvents['commitFailed'][0] })
        return
      default: {
        const channel = sameAsEvent[name]
        if (channel?.hasSubscribers) channel.publish({ ...who, ...(payload as object) } as never)
      }
    }
  }

  #rebalance(kind: RebalanceName, partitions: readonly TopicPartition[], reason: string | undefined): RebalanceMessage {
    const { clientId, group, member } = this.#owner
    const { memberId = '', generationId = -1 } = member() ?? {}
    const places = partitions.map(({ topic, partition }) => ({ topic, partition }))
    return { clientId, group, kind, partitions: places, reason, memberId, generationId }
  }
}
