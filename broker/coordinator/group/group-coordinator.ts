// The group coordinator of this broker: classic groups, consumer groups (KIP-848) and committed offsets, event-sourced on
// __consumer_offsets.
//
// Here a request finds its partition and is refused if it cannot have one; what is decided stands in group-state.ts and the
// files it leads to. Which topics exist is the handlers' business: they come here with those that do.
// Source: Kafka 4.3.0's GroupCoordinatorService.

import type { World } from '../../../io/world.ts'
import { errors, type ProtocolError } from '../../../protocol/errors.ts'
import type { consumerGroupHeartbeat } from '../../../protocol/messages/consumer-group-heartbeat.ts'
import type { heartbeat } from '../../../protocol/messages/heartbeat.ts'
import type { joinGroup } from '../../../protocol/messages/join-group.ts'
import type { leaveGroup } from '../../../protocol/messages/leave-group.ts'
import type { listGroups } from '../../../protocol/messages/list-groups.ts'
import type { syncGroup } from '../../../protocol/messages/sync-group.ts'
import type { LeaderEpoch } from '../../../protocol/types.ts'
import type { Message, MessageInput } from '../../../protocol/wire/schema.ts'
import type { BrokerConfig } from '../../config/broker-config.ts'
import type { Metadata } from '../../metadata/metadata.ts'
import type { MetadataDelta } from '../../metadata/metadata-delta.ts'
import type { TopicImage } from '../../metadata/metadata-image.ts'
import { CoordinatorRuntime } from '../runtime/coordinator-runtime.ts'
import type { Decision, TransactionEnd, TransactionOfRecords } from '../runtime/coordinator-state.ts'
import { coordinatorPartition } from '../runtime/java-hash.ts'
import { coordinatorLogsOf, type LedPartition } from '../runtime/partition-coordinator-log.ts'
import type { JoinResponse, SyncResponse } from './classic/classic-member.ts'
import type { LeaveResponse } from './classic/leave.ts'
import { decideHeartbeat, decideJoin, decideLeave, decideSync } from './classic-requests.ts'
import { clientError } from './client-error.ts'
import { type ConsumerSettings, consumerSettings } from './consumer/consumer-settings.ts'
import { Refusal } from './consumer/consumer-step.ts'
import { type DescribedConsumerGroup, describedConsumerGroup } from './consumer/describe.ts'
import { GroupTopics } from './consumer/group-topics.ts'
import { decideConsumerHeartbeat, type HeartbeatResponse, refusedHeartbeat } from './consumer/heartbeat.ts'
import { checkHeartbeat } from './consumer/heartbeat-check.ts'
import { GroupCounters } from './group-counters.ts'
import { addGroupCounts, countGroups, type GroupCounts } from './group-counts.ts'
import { type GroupRecord, groupRecordCodec } from './group-record.ts'
import { type DeletedGroup, type DescribedGroup, decideDelete, describedGroup, listedGroups } from './group-requests.ts'
import { type GroupSettings, groupSettings } from './group-settings.ts'
import { GroupState } from './group-state.ts'
import { memberId, memberUuid } from './member-id.ts'
import { type FetchedGroup, type FetchedOffsets, fetchOffsets } from './offset-fetch.ts'
import {
  decideCommit,
  decideOffsetDelete,
  decideTopicsDeleted,
  type OffsetCommitRequest,
  type OffsetCommitResponse,
  type OffsetDeleteRequest,
  type OffsetDeleteResponse,
  type TxnOffsetCommitRequest,
  type TxnOffsetCommitResponse,
} from './offset-requests.ts'
import { decideTransactionalCommit } from './transactional-offsets.ts'

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
  /** As settings are now; undefined: they do not change. */
  readonly liveConfig?: () => BrokerConfig
  readonly partitions: { get(topic: string, index: number): LedPartition | undefined }
  readonly metadata: Pick<Metadata, 'image' | 'subscribe'>
}

/** An answer, or the error that stands for all of it. */
type Answer<Response> = Response | { readonly error: ProtocolError }

const offsetsTopic = '__consumer_offsets'

/** Answers per partition that wait for their records to be committed; beyond, clients are told to try again. */
const parkedEventsMax = 20_000

export class GroupCoordinator {
  readonly counters = new GroupCounters()
  readonly #options: GroupCoordinatorOptions
  readonly #settings: GroupSettings
  readonly #consumer: ConsumerSettings
  readonly #topics: GroupTopics
  readonly #runtime: CoordinatorRuntime<GroupState, GroupRecord>
  #partitionCount: number | undefined
  #isClosed = false

  constructor(options: GroupCoordinatorOptions) {
    const { world, config, partitions, metadata } = options
    this.#options = options
    this.#settings = groupSettings(config)
    const { clock, logger } = world
    const overrides = (groupId: string) => metadata.image.configOverrides('group', groupId)
    this.#consumer = consumerSettings(config, options.liveConfig ?? (() => config), overrides)
    this.#topics = new GroupTopics(() => metadata.image)
    const stateOptions = {
      settings: this.#settings,
      consumer: this.#consumer,
      topics: this.#topics,
      logger,
      counters: this.counters,
      newMemberId: (prefix: string) => memberId(prefix, world.random),
      newUuid: () => memberUuid(world.random),
      now: () => clock.now(),
    }
    this.#runtime = new CoordinatorRuntime({
      topic: offsetsTopic,
      logOf: coordinatorLogsOf(partitions, offsetsTopic),
      codec: groupRecordCodec,
      createState: context => new GroupState(stateOptions, context),
      clock,
      logger,
      writeTimeoutMs: this.#settings.commitTimeoutMs,
      parkedEventsMax,
    })
    void metadata.subscribe((_image, delta) => {
      this.#onTopicsChanged(delta)
      return this.onTopicsDeleted(delta.deletedTopics)
    })
  }

  /** What its partitions have in common with those of other coordinators. */
  get runtime(): Pick<CoordinatorRuntime<GroupState, GroupRecord>, 'counters' | 'partitionCounts' | 'parkedCount'> {
    return this.#runtime
  }

  /** The groups led here as of the last commit. */
  get counts(): GroupCounts {
    const outcomes = this.#runtime.readAll(countGroups)
    return addGroupCounts(outcomes.flatMap(outcome => (outcome.ok ? [outcome.response] : [])))
  }

  /** The partition of __consumer_offsets that holds a group. */
  partitionFor(groupId: string): number {
    // Partitions added while the broker runs do not count until it is restarted: groups would change their place.
    this.#partitionCount ??= this.#options.metadata.image.topicByName(offsetsTopic)?.partitions.length
    return coordinatorPartition(groupId, this.#partitionCount ?? this.#settings.partitionCount)
  }

  /** This broker leads a partition of __consumer_offsets from now on. Resolves when it is replayed, or has failed to be. */
  onLeadership(partitionIndex: number, leaderEpoch: LeaderEpoch): Promise<void> {
    return this.#isClosed ? Promise.resolve() : this.#runtime.onLeadership(partitionIndex, leaderEpoch)
  }

  /** It does not any more: whoever waits is answered NOT_COORDINATOR. */
  onResignation(partitionIndex: number): void {
    this.#runtime.onResignation(partitionIndex)
  }

  /** Forgets what was committed for topics that are gone. Resolves when that is written, or cannot be now. */
  async onTopicsDeleted(topics: readonly Pick<TopicImage, 'name' | 'id'>[]): Promise<void> {
    if (topics.length === 0 || this.#isClosed) return
    await this.#runtime.writeAll(state => decideTopicsDeleted(state, topics))
  }

  /** Consumer groups look at the topics that they have subscribed to again, with the next heartbeat. */
  #onTopicsChanged({ createdTopics, changedPartitions, deletedTopics }: MetadataDelta): void {
    if (createdTopics.length > 0) this.#topics.versionWithNewTopics = this.#topics.version
    const changed = [...createdTopics, ...changedPartitions.map(({ topic }) => topic), ...deletedTopics]
    const names = new Set(changed.map(({ name }) => name))
    if (names.size > 0) this.#runtime.readAll(state => state.onTopicsChanged(names))
  }

  async consumerGroupHeartbeat(
    context: GroupRequestContext,
    request: Message<typeof consumerGroupHeartbeat.request>,
  ): Promise<HeartbeatResponse> {
    const refusal = this.#consumerRefusal ?? checkHeartbeat(request, context.apiVersion, this.#consumer)
    if (refusal !== undefined) return refusedHeartbeat(refusal)
    const client = { clientId: context.clientId ?? '', clientHost: context.clientHost }
    const answer = await this.#write(request.groupId, (state, nowMs) => {
      return decideConsumerHeartbeat(state.consumerStep(nowMs), request, client)
    })
    return 'error' in answer ? { errorCode: answer.error.code } : answer
  }

  /** In the order asked for. */
  consumerGroupDescribe(_context: GroupRequestContext, groupIds: readonly string[]): DescribedConsumerGroup[] {
    const refusal = this.#consumerRefusal
    return groupIds.map(groupId => {
      if (refusal !== undefined) return { groupId, errorCode: refusal.error.code, errorMessage: refusal.message }
      if (this.#isClosed) return { groupId, errorCode: errors.COORDINATOR_NOT_AVAILABLE.code }
      if (groupId === '') return { groupId, errorCode: errors.INVALID_GROUP_ID.code }
      const outcome = this.#runtime.read(this.partitionFor(groupId), state => {
        return describedConsumerGroup(state.groups.getCommitted(groupId), groupId, this.#consumer, this.#topics)
      })
      return outcome.ok ? outcome.response : { groupId, errorCode: outcome.error.code }
    })
  }

  /** Why the new protocol is not spoken at all. */
  get #consumerRefusal(): Refusal | undefined {
    const level = this.#options.metadata.image.features.get('group.version') ?? 0
    if (this.#consumer.isEnabled && level >= 1) return undefined
    const why = this.#consumer.isEnabled
      ? 'group.version is 0: raise it with kafka-features upgrade --feature group.version=1'
      : 'group.coordinator.rebalance.protocols does not name consumer'
    return new Refusal(errors.UNSUPPORTED_VERSION, `The consumer group protocol is off: ${why}.`)
  }

  joinGroup(context: GroupRequestContext, request: Message<typeof joinGroup.request>): Promise<JoinResponse> {
    const error = this.#refusal(request.groupId) ?? this.#sessionRefusal(request.sessionTimeoutMs)
    if (error) return Promise.resolve({ memberId: request.memberId, errorCode: error.code })
    const { apiVersion, clientHost } = context
    return this.#reply(request.groupId, (state, nowMs, reply) => {
      return decideJoin(state, nowMs, { request, apiVersion, clientHost, clientId: context.clientId ?? '', reply })
    })
  }

  syncGroup(_context: GroupRequestContext, request: Message<typeof syncGroup.request>): Promise<SyncResponse> {
    const error = this.#refusal(request.groupId)
    if (error) return Promise.resolve({ errorCode: error.code })
    return this.#reply(request.groupId, (state, nowMs, reply) => decideSync(state, nowMs, request, reply))
  }

  async heartbeat(
    _context: GroupRequestContext,
    request: Message<typeof heartbeat.request>,
  ): Promise<MessageInput<typeof heartbeat.response>> {
    const answer = await this.#write(request.groupId, (state, nowMs) => decideHeartbeat(state, nowMs, request))
    if (!('error' in answer)) return answer
    // While the group is being read nothing can be said against the member.
    const isLoading = answer.error === errors.COORDINATOR_LOAD_IN_PROGRESS
    return { errorCode: isLoading ? errors.NONE.code : answer.error.code }
  }

  /** With the members of the newest version: one for older ones. */
  async leaveGroup(
    _context: GroupRequestContext,
    request: Pick<Message<typeof leaveGroup.request>, 'groupId' | 'members'>,
  ): Promise<LeaveResponse> {
    const { groupId, members } = request
    const answer = await this.#write(groupId, (state, nowMs) => decideLeave(state, nowMs, groupId, members))
    return 'error' in answer ? { errorCode: answer.error.code } : answer
  }

  /** Of partitions that exist, with topic names and ids. */
  offsetCommit(context: GroupRequestContext, request: OffsetCommitRequest): Promise<Answer<OffsetCommitResponse>> {
    const { apiVersion } = context
    return this.#writeAnyId(request.groupId, (state, nowMs) => decideCommit(state, nowMs, request, apiVersion))
  }

  /** The same in a transaction, of which the transaction's coordinator knows that this partition is part of it. */
  async txnOffsetCommit(
    _context: GroupRequestContext,
    request: TxnOffsetCommitRequest,
    verification: TransactionOfRecords['verification'],
  ): Promise<Answer<TxnOffsetCommitResponse>> {
    const { producerId, producerEpoch } = request
    return this.#write(request.groupId, (state, nowMs) => {
      return decideTransactionalCommit(state, nowMs, request, { producerId, producerEpoch, verification })
    })
  }

  /** A producer's transaction ends in a partition: the offsets that it committed count from now on, or never. */
  async endTransaction(partition: number, end: TransactionEnd): Promise<ProtocolError> {
    if (this.#isClosed) return errors.COORDINATOR_NOT_AVAILABLE
    const outcome = await this.#runtime.endTransaction(partition, end)
    return outcome.ok ? errors.NONE : outcome.error
  }

  /** One group; topics with names, null for all. */
  async offsetFetch(
    _context: GroupRequestContext,
    request: FetchedGroup,
    requireStable: boolean,
  ): Promise<Answer<FetchedOffsets>> {
    if (this.#isClosed) return { error: errors.COORDINATOR_NOT_AVAILABLE }
    const partition = this.partitionFor(request.groupId)
    if (requireStable) {
      const outcome = await this.#runtime.write(partition, state => {
        return { response: fetchOffsets(state, request, true) }
      })
      return outcome.ok ? outcome.response : { error: stableFetchError(outcome.error) }
    }
    const outcome = this.#runtime.read(partition, state => fetchOffsets(state, request, false))
    return outcome.ok ? outcome.response : { error: outcome.error }
  }

  /** Of partitions that exist. */
  async offsetDelete(_context: GroupRequestContext, request: OffsetDeleteRequest): Promise<OffsetDeleteResponse> {
    const answer = await this.#write(request.groupId, state => decideOffsetDelete(state, request))
    return 'error' in answer ? { errorCode: answer.error.code } : answer
  }

  /** The groups of all partitions led here; an error while any of them is being read. */
  async listGroups(
    _context: GroupRequestContext,
    request: Message<typeof listGroups.request>,
  ): Promise<MessageInput<typeof listGroups.response>> {
    if (this.#isClosed) return { errorCode: errors.COORDINATOR_NOT_AVAILABLE.code }
    const filter = { states: request.statesFilter, types: request.typesFilter }
    const outcomes = this.#runtime.readAll(state => listedGroups(state, filter))
    const groups = []
    for (const outcome of outcomes) {
      if (outcome.ok) groups.push(...outcome.response)
      else if (outcome.error !== errors.NOT_COORDINATOR) return { errorCode: outcome.error.code }
    }
    return { errorCode: errors.NONE.code, groups }
  }

  /** In the order asked for. */
  describeGroups(context: GroupRequestContext, groupIds: readonly string[]): DescribedGroup[] {
    return groupIds.map(groupId => {
      if (this.#isClosed) return { groupId, errorCode: errors.COORDINATOR_NOT_AVAILABLE.code }
      const question = (state: GroupState) => describedGroup(state, groupId, context.apiVersion)
      const outcome = this.#runtime.read(this.partitionFor(groupId), question)
      return outcome.ok ? outcome.response : { groupId, errorCode: outcome.error.code }
    })
  }

  /** Each group once. */
  async deleteGroups(_context: GroupRequestContext, groupIds: readonly string[]): Promise<DeletedGroup[]> {
    const byPartition = new Map<number, string[]>()
    for (const groupId of new Set(groupIds)) {
      const partition = this.partitionFor(groupId)
      byPartition.set(partition, [...(byPartition.get(partition) ?? []), groupId])
    }
    const answers = [...byPartition.values()].map(async ids => {
      const answer = await this.#writeAnyId(ids[0]!, state => decideDelete(state, ids))
      return 'error' in answer ? ids.map(groupId => ({ groupId, errorCode: answer.error.code })) : answer
    })
    return (await Promise.all(answers)).flat()
  }

  /** Answers whoever waits NOT_COORDINATOR and stops all timers. Before the partitions are closed. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#runtime.close()
  }

  /** Why a request about a group is not even looked at. */
  #refusal(groupId: string): ProtocolError | undefined {
    if (this.#isClosed) return errors.COORDINATOR_NOT_AVAILABLE
    return groupId === '' ? errors.INVALID_GROUP_ID : undefined
  }

  #sessionRefusal(sessionTimeoutMs: number): ProtocolError | undefined {
    const { sessionTimeoutMsMin, sessionTimeoutMsMax } = this.#settings
    const isInRange = sessionTimeoutMs >= sessionTimeoutMsMin && sessionTimeoutMs <= sessionTimeoutMsMax
    return isInRange ? undefined : errors.INVALID_SESSION_TIMEOUT
  }

  /** An event that replies by itself, now or later; an error of the runtime is the reply if it comes first. */
  #reply<Response extends { readonly errorCode?: number }>(
    groupId: string,
    decide: (state: GroupState, nowMs: number, reply: (r: Response) => void) => Decision<undefined, GroupRecord>,
  ): Promise<Response> {
    return new Promise(resolve => {
      const event = (state: GroupState, nowMs: number) => decide(state, nowMs, resolve)
      void this.#runtime.write(this.partitionFor(groupId), event).then(outcome => {
        if (!outcome.ok) resolve({ errorCode: clientError(outcome.error).code } as Response)
      })
    })
  }

  async #write<Response>(
    groupId: string,
    decide: (state: GroupState, nowMs: number) => Decision<Response, GroupRecord>,
  ): Promise<Answer<Response>> {
    const error = this.#refusal(groupId)
    return error ? { error } : this.#writeAnyId(groupId, decide)
  }

  /** Also for the empty group id, which old consumers commit offsets under. */
  async #writeAnyId<Response>(
    groupId: string,
    decide: (state: GroupState, nowMs: number) => Decision<Response, GroupRecord>,
  ): Promise<Answer<Response>> {
    if (this.#isClosed) return { error: errors.COORDINATOR_NOT_AVAILABLE }
    const outcome = await this.#runtime.write(this.partitionFor(groupId), decide)
    return outcome.ok ? outcome.response : { error: clientError(outcome.error) }
  }
}

/** Consumers before 3.9 give up at COORDINATOR_NOT_AVAILABLE here; NOT_COORDINATOR has them look for it and ask again. */
function stableFetchError(error: ProtocolError): ProtocolError {
  const known = clientError(error)
  return known === errors.COORDINATOR_NOT_AVAILABLE ? errors.NOT_COORDINATOR : known
}
