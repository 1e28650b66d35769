// Batches with content that nobody else ever sends, small enough for the smallest segments of a run.

import { batchContent } from '../../broker/sim/stored-batch.ts'
import type { SeededRandom } from '../../io/sim/random.ts'
import { type BatchOptions, buildBatch } from '../../protocol/records/batch-builder.ts'
import type { CompressionType } from '../../protocol/records/compression-type.ts'

const codecs: readonly CompressionType[] = ['none', 'none', 'none', 'gzip', 'snappy', 'lz4', 'zstd']

export interface TestBatch {
  readonly bytes: Buffer
  readonly records: readonly { readonly key: Buffer | null; readonly value: Buffer }[]
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
  /** One of these for each record; left out: the label, or none. */
  readonly keys?: readonly string[]
}

export function testBatch({ label, random, timestamp, producer, stamped, keys }: TestBatchOptions): TestBatch {
  // Segments of a compacted topic are smaller still.
  const isLarge = random.chance(0.05) && keys === undefined
  const count = isLarge ? 1 : 1 + random.int(random.chance(0.2) && keys === undefined ? 20 : 3)
  const records = Array.from({ length: count }, (_, i) => ({
    key: keys ? Buffer.from(random.pick(keys)) : random.chance(0.5) ? Buffer.from(label) : null,
    value: Buffer.concat([Buffer.from(`${label}/${i} `), random.bytes(random.int(isLarge ? 5000 : 200))]),
    timestamp: timestamp + i,
    headers: random.chance(0.1) ? [{ key: 'header', value: Buffer.from(label) }] : [],
  }))
  const bytes = buildBatch(records, { compression: random.pick(codecs), ...producer })
  return { bytes, records, content: batchContent(bytes, { stamped }), count }
}
