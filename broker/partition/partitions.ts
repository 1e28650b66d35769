// The partitions that this broker has a replica of, kept in step with the metadata image.
//
// Invariant: a partition that is found here has an open log. Changes come one delta after the other; a log is created
// before its partition can be found, and a partition is closed before its log is deleted.
// Source: the part of Kafka 4.3.0's ReplicaManager that applies deltas and finds partitions.

import type { Logger } from '../../io/logger.ts'
import { errors, type ProtocolError } from '../../protocol/errors.ts'
import type { Offset, TopicPartition } from '../../protocol/types.ts'
import type { Uuid } from '../../protocol/wire/uuid.ts'
import type { LogConfig } from '../config/log-config.ts'
import type { LogManager } from '../log/log-manager.ts'
import type { PartitionLog } from '../log/partition-log.ts'
import type { MetadataDelta, PartitionChange } from '../metadata/metadata-delta.ts'
import type { MetadataImage, PartitionImage, TopicImage } from '../metadata/metadata-image.ts'
import { Partition } from './partition.ts'

export interface PartitionsOptions {
  readonly brokerId: number
  readonly logs: LogManager
  readonly image: () => MetadataImage
  /** The configuration of a topic's logs as the metadata has it now. */
  readonly configOf: (topic: string) => LogConfig
  readonly logger: Logger
}

export type Found =
  | { readonly partition: Partition; readonly error?: undefined }
  | { readonly partition?: undefined; readonly error: ProtocolError }

export class Partitions {
  readonly #options: PartitionsOptions
  /** By topic name, then by index. */
  readonly #topics = new Map<string, (Partition | undefined)[]>()
  /** "topic-index" of partitions whose log could not be created: their directory is offline. */
  readonly #offline = new Set<string>()

  constructor(options: PartitionsOptions) {
    this.#options = options
  }

  get(topic: string, index: number): Partition | undefined {
    return this.#topics.get(topic)?.[index]
  }

  byId(topicId: Uuid, index: number): Partition | undefined {
    const topic = this.#options.image().topicById(topicId)
    return topic === undefined ? undefined : this.get(topic.name, index)
  }

  /** The partition if this broker leads it: UNKNOWN_TOPIC_OR_PARTITION, NOT_LEADER_OR_FOLLOWER, KAFKA_STORAGE_ERROR otherwise. */
  leading(topic: string, index: number): Found {
    const partition = this.#topics.get(topic)?.[index]
    if (partition?.isLeader) return { partition }
    const image = this.#options.image().topicByName(topic)?.partitions[index]
    if (image === undefined) return { error: errors.UNKNOWN_TOPIC_OR_PARTITION }
    const isMine = image.leader === this.#options.brokerId
    const isOffline = partition !== undefined || this.#offline.has(`${topic}-${index}`)
    // Ours, but its disk failed. Ours and not there: the delta that creates it is just being applied.
    return { error: isMine && isOffline ? errors.KAFKA_STORAGE_ERROR : errors.NOT_LEADER_OR_FOLLOWER }
  }

  /** The partition if this broker has a replica of it: UNKNOWN_TOPIC_OR_PARTITION, NOT_LEADER_OR_FOLLOWER, KAFKA_STORAGE_ERROR otherwise. */
  hosting(topic: string, index: number): Found {
    const partition = this.#topics.get(topic)?.[index]
    if (partition?.isOffline || this.#offline.has(`${topic}-${index}`)) return { error: errors.KAFKA_STORAGE_ERROR }
    if (partition) return { partition }
    const isKnown = this.#options.image().topicByName(topic)?.partitions[index] !== undefined
    return { error: isKnown ? errors.NOT_LEADER_OR_FOLLOWER : errors.UNKNOWN_TOPIC_OR_PARTITION }
  }

  *all(): Generator<Partition> {
    for (const partitions of this.#topics.values()) {
      for (const partition of partitions) if (partition !== undefined) yield partition
    }
  }

  /** For the checkpoint file. */
  *highWatermarks(): Generator<readonly [TopicPartition, Offset]> {
    for (const partition of this.all()) {
      yield [{ topic: partition.topic, partition: partition.index }, partition.highWatermark]
    }
  }

  /** Subscribed to the metadata. Resolves when the logs that the delta asks for exist, or are gone. */
  async applyDelta(_image: MetadataImage, delta: MetadataDelta): Promise<void> {
    for (const topic of delta.deletedTopics) await this.#delete(topic)
    await Promise.all(delta.changedPartitions.map(change => this.#change(change)))
    for (const { type, name } of delta.changedConfigs) {
      if (type === 'topic') this.#updateConfig(name)
      // The broker's settings are the defaults of every topic.
      else if (type === 'broker') for (const topic of this.#topics.keys()) this.#updateConfig(topic)
    }
  }

  /** A partition has moved to another log directory. */
  replaced(from: PartitionLog, to: PartitionLog): void {
    const partition = this.get(from.topic, from.partition)
    if (partition?.log === from) partition.replaceLog(to)
  }

  /** Nobody can reach a partition any more; those who wait are told NOT_LEADER_OR_FOLLOWER. */
  close(): void {
    for (const partition of this.all()) partition.close(errors.NOT_LEADER_OR_FOLLOWER)
  }

  #updateConfig(topic: string): void {
    if (this.#topics.has(topic)) this.#options.logs.updateConfig(topic, this.#options.configOf(topic))
  }

  async #change({ topic, partition: image }: PartitionChange): Promise<void> {
    const known = this.get(topic.name, image.index)
    if (!image.replicas.includes(this.#options.brokerId)) {
      if (known !== undefined) await this.#drop(known)
    } else if (known !== undefined) known.apply(image)
    else await this.#create(topic, image)
  }

  async #create(topic: TopicImage, image: PartitionImage): Promise<void> {
    const { logs, brokerId, logger } = this.#options
    const { name, id } = topic
    try {
      const directoryId = image.directories[image.replicas.indexOf(brokerId)]
      const log =
        logs.get(name, image.index) ??
        (await logs.create(name, image.index, id, this.#options.configOf(name), directoryId))
      const partition = new Partition({ topic: name, index: image.index, topicId: id, log, brokerId })
      let partitions = this.#topics.get(name)
      if (partitions === undefined) this.#topics.set(name, (partitions = []))
      partitions[image.index] = partition
      const checkpointed = logs.checkpointedHighWatermark(name, image.index)
      if (checkpointed !== undefined && checkpointed > log.highWatermark) {
        log.setHighWatermark(Math.min(checkpointed, log.logEndOffset))
      }
      partition.apply(image)
      if (log.logDirectory.directoryId !== directoryId) logs.moves.assign(log)
      logs.moves.resume(name, image.index)
    } catch (error) {
      // The disk failed. The directory goes offline by itself; the other partitions of the delta are not held up.
      this.#offline.add(`${name}-${image.index}`)
      logger.error({ topic: name, partition: image.index, error }, 'cannot create the log of a partition')
    }
  }

  async #delete(topic: TopicImage): Promise<void> {
    for (const { index } of topic.partitions) this.#offline.delete(`${topic.name}-${index}`)
    const partitions = this.#topics.get(topic.name) ?? []
    for (const partition of partitions) {
      if (partition !== undefined && partition.topicId === topic.id) await this.#drop(partition)
    }
  }

  async #drop(partition: Partition): Promise<void> {
    const { topic, index } = partition
    const partitions = this.#topics.get(topic)
    if (partitions !== undefined) {
      partitions[index] = undefined
      if (partitions.every(each => each === undefined)) this.#topics.delete(topic)
    }
    partition.close(errors.UNKNOWN_TOPIC_OR_PARTITION)
    try {
      await this.#options.logs.delete(topic, index)
    } catch (error) {
      this.#options.logger.error({ topic, partition: index, error }, 'cannot delete the log of a partition')
    }
  }
}
