import type { Question } from '../comparison/question.ts'
import { largeBatches, produceWork } from './produce-work.ts'

const codecs = ['gzip', 'snappy', 'lz4', 'zstd'] as const

export const produceCodecs: Question = {
  name: 'produce-codecs',
  says: 'records of 1 KB compressed by the producer with each codec, one partition, acks=1',
  rounds: { full: 3, quick: 1 },
  works: codecs.map(codec =>
    produceWork({
      name: `produce with ${codec}`,
      per: 'GB',
      recordBytes: 1000,
      records: [500_000, 40_000],
      partitions: 1,
      settings: { ...largeBatches, 'compression.type': codec },
    }),
  ),
}
