// Batches with content that nobody else ever sends, small enough for the smallest segments of a run.

import { batchContent } from '../../broker/sim/stored-batch.ts'
import type { SeededRandom } from '../../io/sim/random.ts'
import { type BatchOptions, buildBatch } from '../../protocol/records/batch-builder.ts'
import type { CompressionType } from '../../protocol/records/compression-type.ts'

const codecs: readonly CompressionType[] = ['none', 'none', 'none', 'gzip', 'snappy', 'lz4', 'zstd']

export interface TestBatch {
  readonly bytes: Buffer
  readonly content: string
  readonly count: number
}

export interface TestBatchOptions {
  /** Unique: of the producer and of the batch. */
  readonly label: string
  readonly random: SeededRandom
  readonly timestamp: number
  readonly producer?: Pick<BatchOptions, 'producerId' | 'producerEpoch' | 'baseSequence'>
  /** The broker stamps the time or the codec, so that they are no part of the content. */
  readonly stamped: boolean
}

export function testBatch({ label, random, timestamp, producer, stamped }: TestBatchOptions): TestBatch {
  const isLarge = random.chance(0.05)
  const count = isLarge ? 1 : 1 + random.int(random.chance(0.2) ? 20 : 3)
  const records = Array.from({ length: count }, (_, i) => ({
    key: random.chance(0.5) ? Buffer.from(label) : null,
    value: Buffer.concat([Buffer.from(`${label}/${i} `), random.bytes(random.int(isLarge ? 5000 : 200))]),
    timestamp: timestamp + i,
    headers: random.chance(0.1) ? [{ key: 'header', value: Buffer.from(label) }] : [],
  }))
  const bytes = buildBatch(records, { compression: random.pick(codecs), ...producer })
  return { bytes, content: batchContent(bytes, { stamped }), count }
}
