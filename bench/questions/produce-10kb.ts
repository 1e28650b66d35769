import type { Question } from '../comparison/question.ts'
import { largeBatches, produceWork } from './produce-work.ts'

export const produce10kb: Question = {
  name: 'produce-10kb',
  says: 'records of 10 KB into one partition in batches of 128 KiB, acks=1',
  works: [
    produceWork({
      name: 'produce 10 KB',
      per: 'GB',
      recordBytes: 10_000,
      records: [150_000, 20_000],
      partitions: 1,
      settings: largeBatches,
      target: { of: 'ratio', most: 0.5 },
    }),
  ],
}
