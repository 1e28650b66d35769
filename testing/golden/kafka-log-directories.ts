// For tests: log directories that a real broker of Kafka 4.3.0 wrote, what recovery by a real broker made of them, and every
// batch and record in them as Kafka reads them.

import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import type { Disk } from '../../io/disk.ts'
import { repositoryPath } from '../repository-path.ts'
import type { GoldenRecord } from './record-vectors.ts'

/** `clean`: stopped in good order. `unclean`: killed. `damaged`: killed, then damaged by hand. `…-recovered`: afterwards. */
export type KafkaDirectoryName = 'clean' | 'unclean' | 'damaged' | 'unclean-recovered' | 'damaged-recovered'

export interface GoldenStoredBatch {
  readonly file: string
  readonly position: number
  readonly sizeInBytes: number
  readonly valid: boolean
  readonly baseOffset: number
  readonly lastOffset: number
  readonly records: readonly GoldenRecord[]
}

/** What a client read: sha-256 over, per record, int64 offset, int64 timestamp, length and bytes of key and value. */
export interface ObservedRecords {
  readonly records: number
  readonly sha256: string
}

export interface ObservedPartition {
  readonly topic: string
  readonly topicId: string
  readonly partition: number
  readonly earliest: number
  readonly highWatermark: number
  readonly leaderEpoch: number
  readonly lastStableOffset: number
  readonly maxTimestampOffset: number
  readonly maxTimestamp: number
  /** Not of internal topics. */
  readonly readUncommitted?: ObservedRecords
  readonly readCommitted?: ObservedRecords
  readonly offsetsForTimes?: readonly {
    readonly timestamp: number
    readonly offset: number
    readonly foundTimestamp: number
    readonly leaderEpoch: number
  }[]
}

export interface ObservedGroup {
  readonly groupId: string
  /** As the Java clients name them: Classic, Consumer, Share, Streams. */
  readonly type: string
  readonly protocol: string
  readonly state: string
  readonly offsets: readonly {
    readonly topic: string
    readonly partition: number
    readonly offset: number
    readonly metadata: string
    readonly leaderEpoch: number
  }[]
}

export interface ObservedProducer {
  readonly topic: string
  readonly partition: number
  readonly producerId: number
  readonly producerEpoch: number
  readonly lastSequence: number
  readonly lastTimestamp: number
  readonly coordinatorEpoch: number
  /** -1: it is in none. */
  readonly currentTransactionStartOffset: number
}

export interface ObservedTransaction {
  readonly transactionalId: string
  readonly producerId: number
  readonly producerEpoch: number
  readonly state: string
  readonly timeoutMs: number
  /** As "topic-0". */
  readonly partitions: readonly string[]
}

function archive(name: string): Map<string, Buffer> {
  const text = gunzipSync(readFileSync(repositoryPath(`broker/log/testdata/${name}.jsonl.gz`))).toString()
  const entries = text
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as { path: string; base64: string })
  return new Map(entries.map(({ path, base64 }) => [path, Buffer.from(base64, 'base64')]))
}

/** The files of a log directory by their paths in it. */
export function kafkaDirectory(name: KafkaDirectoryName): Map<string, Buffer> {
  return archive(`${name}-data`)
}

/** All batches by partition directory ("topic-0"), of the directory after it was recovered. */
export function kafkaBatches(name: 'clean' | 'unclean' | 'damaged'): Map<string, GoldenStoredBatch[]> {
  const batches = new Map<string, GoldenStoredBatch[]>()
  for (const [path, content] of archive(`${name}-dump`)) {
    const partition = /^dump\/(.+)\.batches\.jsonl$/.exec(path)?.[1]
    if (partition === undefined) continue
    const lines = content
      .toString()
      .split('\n')
      .filter(line => line !== '')
    batches.set(
      partition,
      lines.map(line => JSON.parse(line) as GoldenStoredBatch),
    )
  }
  return batches
}

/** What clients saw of the directory, after it was recovered. */
export function kafkaObserved(name: 'clean' | 'unclean' | 'damaged'): {
  readonly partitions: readonly ObservedPartition[]
  readonly groups: readonly ObservedGroup[]
  readonly transactions: readonly ObservedTransaction[]
  readonly activeProducers: readonly ObservedProducer[]
} {
  return JSON.parse(archive(`${name}-dump`).get('observed.json')!.toString())
}

/** Puts files on a disk. */
export async function writeFiles(disk: Disk, directory: string, files: ReadonlyMap<string, Buffer>): Promise<void> {
  for (const [path, content] of files) {
    const full = `${directory}/${path}`
    await disk.makeDirectory(full.slice(0, full.lastIndexOf('/')))
    const file = await disk.open(full, 'create')
    await file.write([content], 0)
    await file.close()
  }
}
