// One topic as the producer sees it: a queue for each of its partitions, and where the next record goes.

import type { Random } from '../../io/random.ts'
import { ClientError } from '../client-error.ts'
import type { RecordBytes, RecordHeaderInput } from './batch-writer.ts'
import { CompressionRatio } from './compression-ratio.ts'
import { partitionForKey } from './murmur2.ts'
import { PartitionQueue } from './partition-queue.ts'
import type { ProducerSettings } from './producer-options.ts'
import { StickyPartitioner } from './sticky-partitioner.ts'
import { WaitingSends } from './waiting-sends.ts'

/** A record to be sent. */
export interface ProducerRecord {
  readonly key?: RecordBytes
  readonly value?: RecordBytes
  readonly headers?: readonly RecordHeaderInput[] | Readonly<Record<string, RecordBytes>>
  /** Milliseconds since 1970; the time of the call when left out. */
  readonly timestamp?: number | bigint | undefined
  /** Chosen by the key, or else by the partitioner, when left out. */
  readonly partition?: number | undefined
}

export type IsAvailable = (topic: string, partition: number) => boolean

const scratchBytes = 4096
const scratch = Buffer.allocUnsafeSlow(scratchBytes)
/** UTF-8 takes three bytes for a UTF-16 unit at most. */
const bytesPerCharMax = 3

export class TopicQueue {
  readonly name: string
  readonly partitions: PartitionQueue[] = []
  readonly ratio = new CompressionRatio()
  /** Sends that wait for memory, or for the cluster to say what partitions there are. */
  readonly waiting: WaitingSends
  readonly #settings: ProducerSettings
  readonly #sticky: StickyPartitioner

  constructor(name: string, settings: ProducerSettings, random: Random, isAvailable: IsAvailable) {
    this.name = name
    this.#settings = settings
    this.waiting = new WaitingSends()
    const { batchBytes: stickyBytes, isAdaptive } = settings
    const { partitions } = this
    const loads = {
      get count() {
        return partitions.length
      },
      isAvailable: (partition: number) => isAvailable(name, partition),
      queueLength: (partition: number) => partitions[partition]!.length,
    }
    this.#sticky = new StickyPartitioner({ stickyBytes, isAdaptive }, loads, random)
  }

  /** Whether the cluster has said what partitions there are. */
  get isKnown(): boolean {
    return this.partitions.length > 0
  }

  /** Partitions are only ever added. */
  growTo(count: number): void {
    for (let i = this.partitions.length; i < count; i++) this.partitions.push(new PartitionQueue(this.name, i))
  }

  /** Where the record goes; undefined: the partitioner for records without a key is to say. Throws INVALID_ARGUMENT. */
  queueFor(record: ProducerRecord): PartitionQueue | undefined {
    const { key, partition } = record
    if (partition !== undefined) return this.#at(partition)
    const { partitioner, ignoreKeys } = this.#settings
    if (partitioner !== undefined) {
      return this.#at(partitioner({ topic: this.name, key, value: record.value }, this.partitions.length))
    }
    if (key === null || key === undefined || ignoreKeys) return undefined
    return this.partitions[partitionOf(key, this.partitions.length)]
  }

  /** Where the next record without a key goes. */
  get stickyQueue(): PartitionQueue {
    return this.partitions[this.#sticky.partition]!
  }
  onStickyAppended(bytes: number): void {
    this.#sticky.onAppended(bytes)
  }
  onStickyFull(): void {
    this.#sticky.onBatchFull()
  }

  #at(partition: number): PartitionQueue {
    const queue = this.partitions[partition]
    if (queue !== undefined) return queue
    throw new ClientError('INVALID_ARGUMENT', `there is no partition ${partition}`, {
      topic: this.name,
      help: `the topic has ${this.partitions.length}, counted from 0; if more were added just now, try again`,
    })
  }
}

function partitionOf(key: Exclude<RecordBytes, null | undefined>, partitions: number): number {
  if (typeof key !== 'string') return partitionForKey(key, partitions)
  if (key.length * bytesPerCharMax > scratchBytes) return partitionForKey(Buffer.from(key), partitions)
  return partitionForKey(scratch, partitions, 0, scratch.write(key, 0, 'utf8'))
}
