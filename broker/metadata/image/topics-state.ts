// Topics and partitions, changed by their records alone.
//
// Invariant: partitions of a topic have the indexes 0 to n-1 without gaps, and a TopicImage that somebody may hold is never
// changed. A topic that is being built or changed by the batch under way is `open`: its list of partitions belongs to this
// batch alone and is changed in place (a topic of 10,000 partitions would otherwise be copied 10,000 times); `seal` ends that.
// Source: org.apache.kafka.image.TopicsDelta, PartitionRegistration.merge, Kafka 4.3.0.

import { type Uuid, zeroUuid } from '../../../protocol/wire/uuid.ts'
import type { PartitionImage, TopicImage } from '../metadata-image.ts'
import { MetadataRecordError, type RecordOf, type RecordValue } from '../metadata-record.ts'
import type { DeltaRecorder } from './delta-recorder.ts'

/** Kafka's DirectoryId.MIGRATING: a replica from before directories had ids. */
export const migratingDirectory: Uuid = zeroUuid
/** Kafka's DirectoryId.UNASSIGNED: a replica whose directory its broker is yet to choose. */
export const unassignedDirectory: Uuid = 'AAAAAAAAAAAAAAAAAAAAAQ'

export const internalTopics: ReadonlySet<string> = new Set([
  '__consumer_offsets',
  '__transaction_state',
  '__share_group_state',
])

/** The records this state is made of. */
export type TopicsRecord = RecordOf<'topic' | 'partition' | 'partitionChange' | 'removeTopic' | 'clearElr'>

const leaderUnchanged = -2
const recoveryStateUnchanged = -1

interface OpenTopic extends TopicImage {
  readonly partitions: PartitionImage[]
}

export class TopicsState {
  readonly #byName: Map<string, TopicImage>
  readonly #byId: Map<Uuid, TopicImage>
  /** Names that hold '.' or '_', by what they are with '_' alone. */
  readonly #unified: Map<string, readonly string[]>
  readonly #open = new Map<Uuid, OpenTopic>()
  readonly #delta: DeltaRecorder | undefined

  constructor(delta?: DeltaRecorder, from?: TopicsState) {
    this.#delta = delta
    this.#byName = new Map(from ? from.#byName : [])
    this.#byId = new Map(from ? from.#byId : [])
    this.#unified = new Map(from ? from.#unified : [])
  }

  topicByName(name: string): TopicImage | undefined {
    return this.#byName.get(name)
  }
  topicById(id: Uuid): TopicImage | undefined {
    return this.#byId.get(id)
  }
  topics(): Iterable<TopicImage> {
    return this.#byId.values()
  }
  get count(): number {
    return this.#byId.size
  }

  /** An existing topic whose name differs from this one in '.' and '_' only: in metric names the two are the same. */
  collidingWith(name: string): string | undefined {
    return this.#unified.get(unifiedName(name))?.find(existing => existing !== name)
  }

  /** What was built or changed may be held by others from now on. */
  seal(): void {
    this.#open.clear()
  }

  createTopic({ name, topicId }: RecordValue<'topic'>): void {
    const existing = this.#byName.get(name)
    if (existing) throw new MetadataRecordError(`topic ${name} (${topicId}) exists already, with id ${existing.id}`)
    const topic: OpenTopic = { name, id: topicId, isInternal: internalTopics.has(name), partitions: [] }
    this.#put(topic)
    const unified = unifiedName(name)
    if (unified.includes('_')) this.#unified.set(unified, [...(this.#unified.get(unified) ?? []), name])
    this.#delta?.topicCreated(topicId)
  }

  /** Answers the topic as it was. */
  removeTopic({ topicId }: RecordValue<'removeTopic'>): TopicImage {
    const topic = this.#known(topicId)
    this.#byName.delete(topic.name)
    this.#byId.delete(topicId)
    this.#open.delete(topicId)
    this.#forgetUnified(topic.name)
    this.#delta?.topicDeleted(topic)
    return topic
  }

  setPartition(record: RecordValue<'partition'>): void {
    const topic = this.#known(record.topicId)
    if (record.partitionId > topic.partitions.length || record.partitionId < 0) {
      throw new MetadataRecordError(
        `topic ${topic.name} has ${topic.partitions.length} partitions, so partition ${record.partitionId} leaves a gap`,
      )
    }
    this.#setPartition(topic, partitionOf(record))
  }

  changePartition(record: RecordValue<'partitionChange'>): void {
    const topic = this.#known(record.topicId)
    const before = topic.partitions[record.partitionId]
    if (!before) throw new MetadataRecordError(`topic ${topic.name} has no partition ${record.partitionId} to change`)
    this.#setPartition(topic, changed(before, record))
  }

  /** Forgets eligible leader replicas, of a topic or ('') of all. */
  clearElr({ topicName }: RecordValue<'clearElr'>): void {
    if (topicName === '') {
      for (const topic of [...this.#byId.values()]) this.#clearElrOf(topic)
      return
    }
    const topic = this.#byName.get(topicName)
    if (!topic) throw new MetadataRecordError(`there is no topic ${topicName} whose eligible leaders could be cleared`)
    this.#clearElrOf(topic)
  }

  #forgetUnified(name: string): void {
    const unified = unifiedName(name)
    const others = this.#unified.get(unified)?.filter(existing => existing !== name) ?? []
    if (others.length > 0) this.#unified.set(unified, others)
    else this.#unified.delete(unified)
  }

  #clearElrOf(topic: TopicImage): void {
    for (const partition of topic.partitions) {
      if (partition.eligibleLeaderReplicas.length === 0 && partition.lastKnownElr.length === 0) continue
      this.#setPartition(topic, {
        ...partition,
        eligibleLeaderReplicas: [],
        lastKnownElr: [],
        partitionEpoch: partition.partitionEpoch + 1,
      })
    }
  }

  #setPartition(topic: TopicImage, partition: PartitionImage): void {
    this.#delta?.partitionChanged(topic.id, partition.index, topic.partitions[partition.index])
    this.#opened(topic).partitions[partition.index] = partition
  }

  #opened(topic: TopicImage): OpenTopic {
    const open = this.#open.get(topic.id) ?? { ...topic, partitions: [...topic.partitions] }
    if (open !== topic) this.#put(open)
    return open
  }

  #put(topic: OpenTopic): void {
    this.#byName.set(topic.name, topic)
    this.#byId.set(topic.id, topic)
    this.#open.set(topic.id, topic)
  }

  #known(id: Uuid): TopicImage {
    const topic = this.#byId.get(id)
    if (!topic) throw new MetadataRecordError(`there is no topic with id ${id}`)
    return topic
  }
}

const unifiedName = (name: string): string => name.replaceAll('.', '_')

function partitionOf(record: RecordValue<'partition'>): PartitionImage {
  return {
    index: record.partitionId,
    replicas: record.replicas,
    directories: directoriesFor(record.directories, record.replicas.length),
    isr: record.isr,
    removingReplicas: record.removingReplicas,
    addingReplicas: record.addingReplicas,
    eligibleLeaderReplicas: record.eligibleLeaderReplicas ?? [],
    lastKnownElr: record.lastKnownElr ?? [],
    leader: record.leader,
    leaderRecoveryState: record.leaderRecoveryState,
    leaderEpoch: record.leaderEpoch,
    partitionEpoch: record.partitionEpoch,
  }
}

/** A leader that is named, even the same one, begins a new leader epoch; any change begins a new partition epoch. */
function changed(before: PartitionImage, record: RecordValue<'partitionChange'>): PartitionImage {
  const replicas = record.replicas ?? before.replicas
  const hasLeader = record.leader !== leaderUnchanged
  return {
    index: before.index,
    replicas,
    directories: directoriesFor(record.directories ?? before.directories, replicas.length),
    isr: record.isr ?? before.isr,
    removingReplicas: record.removingReplicas ?? before.removingReplicas,
    addingReplicas: record.addingReplicas ?? before.addingReplicas,
    eligibleLeaderReplicas: record.eligibleLeaderReplicas ?? before.eligibleLeaderReplicas,
    lastKnownElr: record.lastKnownElr ?? before.lastKnownElr,
    leader: hasLeader ? record.leader : before.leader,
    leaderRecoveryState:
      record.leaderRecoveryState === recoveryStateUnchanged ? before.leaderRecoveryState : record.leaderRecoveryState,
    leaderEpoch: hasLeader ? before.leaderEpoch + 1 : before.leaderEpoch,
    partitionEpoch: before.partitionEpoch + 1,
  }
}

function directoriesFor(directories: readonly Uuid[], replicaCount: number): readonly Uuid[] {
  return directories.length > 0 ? directories : Array.from({ length: replicaCount }, () => migratingDirectory)
}
