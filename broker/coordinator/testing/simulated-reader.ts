// What a simulated consumer does with partitions, whatever protocol it speaks: it reads on from what was committed, and commits.

import type { Clock } from '../../../io/clock.ts'
import type { SeededRandom } from '../../../io/sim/random.ts'
import { errors } from '../../../protocol/errors.ts'
import type { GroupCoordinator } from '../group/group-coordinator.ts'

/** What members ask of a coordinator; a simulated network may stand in between. */
export type AskedGroups = Pick<
  GroupCoordinator,
  'consumerGroupHeartbeat' | 'joinGroup' | 'syncGroup' | 'heartbeat' | 'leaveGroup' | 'offsetCommit' | 'offsetFetch'
>

export interface ReaderOptions {
  readonly name: string
  /** `g` when left out. */
  readonly groupId?: string
  readonly instance: string | null
  readonly topics: readonly string[]
  readonly clock: Clock
  readonly random: SeededRandom
  /** The coordinator of the moment. */
  readonly groups: () => AskedGroups
  /** Commits what has been read in another way than by OffsetCommit, as in a transaction. */
  readonly commitWith?: (reader: SimulatedReader) => Promise<void>
  /** Topic names by id, and the other way round. */
  readonly nameOf: (topicId: string) => string | undefined
  readonly idOf: (name: string) => string | undefined
}

export class SimulatedReader {
  readonly name: string
  memberId = ''
  /** Of the classic protocol: the generation. */
  epoch = 0
  /** By topic id and partition: the offset it is at. */
  readonly owned = new Map<string, number>()
  isRunning = true
  /** It takes longer than it may to give partitions up. */
  isSlow = false
  readonly told: string[] = []
  protected readonly options: ReaderOptions

  constructor(options: ReaderOptions) {
    this.name = options.name
    this.options = options
  }

  get groupId(): string {
    return this.options.groupId ?? 'g'
  }

  get instance(): string | null {
    return this.options.instance
  }

  isSubscribedTo(topic: string): boolean {
    return this.options.topics.includes(topic)
  }

  /** The process is gone, without a word. */
  crash(): void {
    this.isRunning = false
    this.owned.clear()
  }

  /** Where to read on; undefined: it cannot know now. */
  async position(place: string): Promise<number | undefined> {
    const [topicId, index] = place.split(' ')
    const name = this.options.nameOf(topicId!)
    if (name === undefined) return undefined
    const topics = [{ name, topicId: topicId!, partitionIndexes: [Number(index)] }]
    const { groupId, memberId, epoch: memberEpoch } = this
    const request = { groupId, memberId, memberEpoch, topics }
    const answer = await this.options.groups().offsetFetch(this.context(10), request, true)
    if ('error' in answer) return undefined
    const partition = answer.topics?.[0]?.partitions?.[0]
    // A transaction that is not over has committed there: where it ends is not known.
    if (partition?.errorCode) return undefined
    return Math.max(Number(partition?.committedOffset ?? -1), 0)
  }

  protected async commit(): Promise<void> {
    if (this.options.commitWith !== undefined) return this.options.commitWith(this)
    const topics = [...this.owned].flatMap(([place, position]) => {
      const [topicId, index] = place.split(' ')
      const name = this.options.nameOf(topicId!)
      const committed = { committedOffset: position + 1, committedLeaderEpoch: -1, committedMetadata: '' }
      return name ? [{ name, topicId: topicId!, partitions: [{ partitionIndex: Number(index), ...committed }] }] : []
    })
    if (topics.length === 0) return
    const request = {
      groupId: this.groupId,
      generationIdOrMemberEpoch: this.epoch,
      memberId: this.memberId,
      groupInstanceId: this.instance,
      retentionTimeMs: -1,
      topics,
    }
    const answer = await this.options.groups().offsetCommit(this.context(10), request)
    if ('error' in answer) return
    for (const { topicId, partitions } of answer.topics ?? []) {
      const place = `${topicId} ${partitions![0]!.partitionIndex}`
      const position = this.owned.get(place)
      if (partitions![0]!.errorCode === errors.NONE.code && position !== undefined) this.owned.set(place, position + 1)
    }
  }

  protected context(apiVersion: number) {
    return { apiVersion, clientId: this.name, clientHost: '/127.0.0.1' }
  }

  protected pause(ms: number): Promise<void> {
    return new Promise(resolve => void this.options.clock.after(ms, resolve))
  }
}
