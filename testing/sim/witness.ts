// Everything that clients and harness have seen of the broker, brought to the invariants. The first violation is kept.

import { CommittedOffsetsStay } from '../../broker/sim/committed-offsets-stay.ts'
import { LastValuesSurvive } from '../../broker/sim/last-values-survive.ts'
import { OneAssignmentPerGeneration } from '../../broker/sim/one-assignment-per-generation.ts'
import { OneOutcome } from '../../broker/sim/one-outcome.ts'
import { OneOwnerAtATime } from '../../broker/sim/one-owner-at-a-time.ts'
import { type Durability, PartitionHistory } from '../../broker/sim/partition-history.ts'
import { TopicsKeepTheirId } from '../../broker/sim/topics-keep-their-id.ts'
import { InvariantViolated, type Violation } from '../../broker/sim/violation.ts'
import type { CopyingOptions } from './copying.ts'
import { type SimPlan, type TopicPlan, tombstonesStayMs } from './plan.ts'

/** Clocks differ a little also when nobody sets them. */
const steadyShare = 0.97

/** A topic that exists, or existed, under an id. */
export interface SimTopic extends TopicPlan {
  readonly id: string
}

/** When a request was sent: an answer says something about the broker of then. */
export interface Moment {
  readonly life: number
  readonly isServing: boolean
  readonly powerLosses: number
}

export class Witness {
  readonly topics = new TopicsKeepTheirId()
  readonly generations = new OneAssignmentPerGeneration()
  readonly owners = new OneOwnerAtATime()
  readonly outcomes = new OneOutcome()
  /** Who copies what, exactly once. */
  readonly copyings: CopyingOptions[] = []
  readonly #values = new Map<string, LastValuesSurvive>()
  readonly #groupDurability: Durability
  readonly #clocksAreSteady: boolean
  readonly #histories = new Map<string, PartitionHistory>()
  readonly #commits = new Map<string, CommittedOffsetsStay>()
  /** Counts the starts of the broker. */
  life = 0
  /** The broker answers, and what its partitions have kept is known. */
  isServing = false
  powerLosses = 0
  #violation: Violation | undefined

  constructor({ groupDurability, faults }: Pick<SimPlan, 'groupDurability' | 'faults'>) {
    this.#groupDurability = groupDurability
    this.#clocksAreSteady = !faults.includes('clockStep')
  }

  get violation(): Violation | undefined {
    return this.#violation
  }

  report(violations: readonly Violation[]): void {
    this.#violation ??= violations[0]
  }

  /** Something ended in a way in which nothing should. */
  fail(name: string, error: unknown): void {
    if (error instanceof InvariantViolated) this.report([error.violation])
    else this.report([{ name, what: error instanceof Error ? String(error.stack) : String(error) }])
  }

  moment(): Moment {
    const { life, isServing, powerLosses } = this
    return { life, isServing, powerLosses }
  }

  /** The broker that was asked is the one that runs now, and what was known when it was asked was known of this one. */
  isSameLife(moment: Moment): boolean {
    return moment.isServing && this.isServing && moment.life === this.life
  }

  history(topic: SimTopic, index: number): PartitionHistory {
    const key = `${topic.id}:${index}`
    let history = this.#histories.get(key)
    if (!history) {
      const place = `${topic.name}-${index} (${topic.durability})`
      const { durability, retention, compacted } = topic
      history = new PartitionHistory(place, { durability, retention, compacted })
      this.#histories.set(key, history)
    }
    return history
  }

  /** What a compacted partition must hold. */
  values(topic: SimTopic, index: number): LastValuesSurvive {
    const place = `${topic.name}-${index}`
    let values = this.#values.get(place)
    if (!values) {
      values = new LastValuesSurvive(place, this.#tombstoneMs(topic))
      this.#values.set(place, values)
    }
    return values
  }

  // A clock that is set forward makes the time of a tombstone as short as it likes, unless that is longer than any step.
  #tombstoneMs({ configs }: SimTopic): number {
    const retentionMs = Number(configs['delete.retention.ms'])
    if (retentionMs === tombstonesStayMs) return retentionMs
    return this.#clocksAreSteady ? retentionMs * steadyShare : 0
  }

  /** Whether what the broker of then answered about the partition is still its word: not after a loss that was allowed. */
  isBinding(moment: Moment, history: PartitionHistory): boolean {
    return history.durability === 'flushed' || (moment.powerLosses === this.powerLosses && !history.isUncertain)
  }

  get histories(): Iterable<PartitionHistory> {
    return this.#histories.values()
  }

  commits(groupId: string, topic: string, index: number): CommittedOffsetsStay {
    const place = `${groupId}/${topic}-${index}`
    let commits = this.#commits.get(place)
    if (!commits) {
      commits = new CommittedOffsetsStay(place)
      this.#commits.set(place, commits)
    }
    return commits
  }

  /** Whether what the broker of then answered about groups is still its word. */
  isGroupBinding(moment: Moment): boolean {
    return this.#groupDurability === 'flushed' || moment.powerLosses === this.powerLosses
  }

  losePower(): void {
    this.powerLosses += 1
    for (const history of this.#histories.values()) history.powerLost()
    if (this.#groupDurability === 'flushed') return
    this.generations.forget()
    this.owners.forget()
    for (const commits of this.#commits.values()) commits.forget()
  }
}
