// The group coordinator of this broker: classic groups and committed offsets, event-sourced on __consumer_offsets.

import type { World } from '../../../io/world.ts'
import type { deleteGroups } from '../../../protocol/messages/delete-groups.ts'
import type { describeGroups } from '../../../protocol/messages/describe-groups.ts'
import type { heartbeat } from '../../../protocol/messages/heartbeat.ts'
import type { joinGroup } from '../../../protocol/messages/join-group.ts'
import type { leaveGroup } from '../../../protocol/messages/leave-group.ts'
import type { listGroups } from '../../../protocol/messages/list-groups.ts'
import type { offsetCommit } from '../../../protocol/messages/offset-commit.ts'
import type { offsetDelete } from '../../../protocol/messages/offset-delete.ts'
import type { offsetFetch } from '../../../protocol/messages/offset-fetch.ts'
import type { syncGroup } from '../../../protocol/messages/sync-group.ts'
import type { LeaderEpoch } from '../../../protocol/types.ts'
import type { Message, MessageInput } from '../../../protocol/wire/schema.ts'
import type { BrokerConfig } from '../../config/broker-config.ts'
import type { Metadata } from '../../metadata/metadata.ts'
import type { Partitions } from '../../partition/partitions.ts'

/** Who asks. A handler's RequestContext is one. */
export interface GroupRequestContext {
  readonly apiVersion: number
  readonly clientId: string | null
  /** As Kafka prints an address: "/127.0.0.1". */
  readonly clientHost: string
}

export interface GroupCoordinatorOptions {
  readonly world: Pick<World, 'clock' | 'random' | 'logger'>
  readonly config: BrokerConfig
  readonly partitions: Pick<Partitions, 'get'>
  readonly metadata: Pick<Metadata, 'image' | 'subscribe'>
}

type Asked<A extends { request: unknown }> = Message<A['request']>
type Answered<A extends { response: unknown }> = Promise<MessageInput<A['response']>>

export class GroupCoordinator {
  constructor(_options: GroupCoordinatorOptions) {}

  /** The partition of __consumer_offsets that holds a group: Java's String.hashCode, absolute, modulo. */
  partitionFor(_groupId: string): number {
    throw new Error('not built yet')
  }
  /** This broker leads a partition of __consumer_offsets from now on: replays it in the background. */
  onLeadership(_partitionIndex: number, _leaderEpoch: LeaderEpoch): void {
    throw new Error('not built yet')
  }
  /** It does not any more: whoever waits is answered NOT_COORDINATOR. */
  onResignation(_partitionIndex: number): void {
    throw new Error('not built yet')
  }
  joinGroup(_context: GroupRequestContext, _request: Asked<typeof joinGroup>): Answered<typeof joinGroup> {
    throw new Error('not built yet')
  }
  syncGroup(_context: GroupRequestContext, _request: Asked<typeof syncGroup>): Answered<typeof syncGroup> {
    throw new Error('not built yet')
  }
  heartbeat(_context: GroupRequestContext, _request: Asked<typeof heartbeat>): Answered<typeof heartbeat> {
    throw new Error('not built yet')
  }
  leaveGroup(_context: GroupRequestContext, _request: Asked<typeof leaveGroup>): Answered<typeof leaveGroup> {
    throw new Error('not built yet')
  }
  offsetCommit(_context: GroupRequestContext, _request: Asked<typeof offsetCommit>): Answered<typeof offsetCommit> {
    throw new Error('not built yet')
  }
  offsetFetch(_context: GroupRequestContext, _request: Asked<typeof offsetFetch>): Answered<typeof offsetFetch> {
    throw new Error('not built yet')
  }
  listGroups(_context: GroupRequestContext, _request: Asked<typeof listGroups>): Answered<typeof listGroups> {
    throw new Error('not built yet')
  }
  describeGroups(
    _context: GroupRequestContext,
    _request: Asked<typeof describeGroups>,
  ): Answered<typeof describeGroups> {
    throw new Error('not built yet')
  }
  deleteGroups(_context: GroupRequestContext, _request: Asked<typeof deleteGroups>): Answered<typeof deleteGroups> {
    throw new Error('not built yet')
  }
  offsetDelete(_context: GroupRequestContext, _request: Asked<typeof offsetDelete>): Answered<typeof offsetDelete> {
    throw new Error('not built yet')
  }
  /** Answers whoever waits NOT_COORDINATOR, stops all timers. Close it before the partitions. */
  close(): Promise<void> {
    throw new Error('not built yet')
  }
}
