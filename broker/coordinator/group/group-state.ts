// All groups of one partition of __consumer_offsets: finds the group of an event, and applies records to them.
//
// Groups come to be in three ways: by a JoinGroup without a member id, by a ConsumerGroupHeartbeat with epoch 0, and by an offset
// commit from outside of any group, which makes a "simple" group: one without members or a record of its own, that exists as long
// as its offsets do.
// Source: Kafka 4.3.0's GroupCoordinatorShard.

import type { Logger } from '../../../io/logger.ts'
import type { Int64 } from '../../../protocol/wire/int64.ts'
import type { CoordinatorEvent, CoordinatorState, RecordPosition, StateContext } from '../runtime/coordinator-state.ts'
import type { CoordinatorTimers } from '../runtime/coordinator-timers.ts'
import type { Timeline } from '../runtime/timeline.ts'
import { TimelineMap } from '../runtime/timeline-map.ts'
import { applyModernRecord } from './apply-modern-record.ts'
import { ClassicGroup } from './classic/classic-group.ts'
import { prepareRebalance, renewSession } from './classic/rebalance.ts'
import type { Step } from './classic/step.ts'
import { groupOf } from './classic/stored-classic-group.ts'
import { unload } from './classic/unload.ts'
import { committedOffsetOf, upgraded } from './committed-offset.ts'
import { applyConsumerRecord, type ConsumerGroups, isConsumerRecord } from './consumer/apply-consumer-record.ts'
import { ConsumerGroup } from './consumer/consumer-group.ts'
import type { ConsumerSettings } from './consumer/consumer-settings.ts'
import type { ConsumerStep } from './consumer/consumer-step.ts'
import { draftTimeline } from './consumer/draft-timeline.ts'
import type { GroupTopics } from './consumer/group-topics.ts'
import { startTimers } from './consumer/member-timeouts.ts'
import { expireOffsets } from './expire-offsets.ts'
import type { Group } from './group.ts'
import type { GroupCounters } from './group-counters.ts'
import type { GroupRecord } from './group-record.ts'
import type { GroupSettings } from './group-settings.ts'
import { OffsetStore } from './offset-store.ts'

export interface GroupStateOptions {
  readonly settings: GroupSettings
  readonly consumer: ConsumerSettings
  readonly topics: GroupTopics
  readonly logger: Logger
  readonly counters: GroupCounters
  readonly newMemberId: (prefix: string) => string
  readonly newUuid: () => string
  readonly now: () => number
}

export class GroupState implements CoordinatorState<GroupRecord> {
  readonly settings: GroupSettings
  readonly counters: GroupCounters
  readonly groups: TimelineMap<string, Group>
  readonly offsets: OffsetStore
  readonly #options: GroupStateOptions
  readonly #timers: CoordinatorTimers<CoordinatorEvent<GroupRecord>>
  readonly #timeline: Timeline

  constructor(options: GroupStateOptions, { timeline, timers }: StateContext<GroupRecord>) {
    this.settings = options.settings
    this.counters = options.counters
    this.groups = new TimelineMap(timeline)
    this.offsets = new OffsetStore(timeline)
    this.#options = options
    this.#timers = timers
    this.#timeline = timeline
  }

  /** What an event at this time brings along for a classic group. */
  step(nowMs: number): Step {
    const { settings, logger, counters, newMemberId } = this.#options
    return {
      nowMs,
      settings,
      logger,
      counters,
      newMemberId,
      timers: this.#timers,
      at: later => this.step(later),
      isCurrent: group => this.groups.get(group.groupId) === group,
    }
  }

  /** The same for a consumer group. */
  consumerStep(nowMs: number): ConsumerStep {
    const { consumer, topics, logger, counters, newUuid } = this.#options
    return {
      nowMs,
      settings: consumer,
      topics,
      logger,
      counters,
      timers: this.#timers,
      classic: this.step(nowMs),
      groups: this.groups,
      newMemberId: newUuid,
      createDraft: groupId => new ConsumerGroup(groupId, draftTimeline()),
      at: later => this.consumerStep(later),
    }
  }

  get #consumerGroups(): ConsumerGroups {
    const create = (groupId: string) => new ConsumerGroup(groupId, this.#timeline)
    return {
      get: id => this.groups.get(id),
      set: (id, group) => this.groups.set(id, group),
      delete: id => this.groups.delete(id),
      create,
    }
  }

  /** Topics have changed, or are gone: groups that have subscribed to them look at them again. */
  onTopicsChanged(names: ReadonlySet<string>): void {
    for (const group of this.groups.values()) {
      if (group.type !== 'consumer') continue
      for (const name of names) if (group.isSubscribedTo(name)) group.requestRefresh()
    }
  }

  apply(record: GroupRecord, position: RecordPosition): void {
    switch (record.type) {
      case 'groupMetadata': {
        const { group } = record.key
        if (record.value === null) this.groups.delete(group)
        else this.groups.set(group, groupOf(group, record.value))
        return
      }
      case 'offsetCommit':
        this.#applyOffset(record.key, record.value, position)
        return
      case 'legacyOffsetCommit':
        this.#applyOffset(record.key, record.value && upgraded(record.value), position)
        return
      default:
        if (isConsumerRecord(record)) applyConsumerRecord(this.#consumerGroups, record)
        else applyModernRecord(this.groups, record)
    }
  }

  #applyOffset(
    place: Extract<GroupRecord, { type: 'offsetCommit' }>['key'],
    value: Extract<GroupRecord, { type: 'offsetCommit' }>['value'],
    { offset, producerId }: RecordPosition,
  ): void {
    if (value === null) {
      this.offsets.delete(place)
      return
    }
    this.simpleGroup(place.group, this.#options.now())
    const committed = committedOffsetOf(value, offset)
    if (producerId === -1) this.offsets.set(place, committed)
    else this.offsets.setPending(place, committed, producerId)
  }

  /** The group, or a simple one if there is none. */
  simpleGroup(groupId: string, nowMs: number): Group {
    const group = this.groups.get(groupId) ?? ClassicGroup.empty(groupId, nowMs)
    if (!this.groups.has(groupId)) this.groups.set(groupId, group)
    return group
  }

  endTransaction(producerId: Int64, committed: boolean): void {
    this.offsets.endTransaction(producerId, committed)
  }

  onLoaded(nowMs: number): void {
    const step = this.step(nowMs)
    for (const group of this.groups.values()) {
      if (group.type === 'classic') this.#start(step, group)
      else if (group.type === 'consumer') startTimers(this.consumerStep(nowMs), group)
    }
    this.#scheduleExpiry()
  }

  /** Members have their session timeout to find this coordinator. */
  #start(step: Step, group: ClassicGroup): void {
    for (const member of group.members.values()) renewSession(step, group, member)
    if (group.members.size > this.settings.maxSize) {
      prepareRebalance(step, group, `group.max.size is now ${this.settings.maxSize}`)
    }
  }

  #scheduleExpiry(): void {
    this.#timers.schedule('expire offsets', this.settings.offsetsRetentionCheckMs, nowMs => {
      this.#scheduleExpiry()
      this.offsets.sweep()
      return { response: undefined, records: expireOffsets(this, nowMs), divisible: true }
    })
  }

  onUnloaded(): void {
    for (const group of this.groups.values()) if (group.type === 'classic') unload(group, this.#options.now())
  }
}
