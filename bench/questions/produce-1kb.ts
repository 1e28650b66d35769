import type { Question } from '../comparison/question.ts'
import { largeBatches, produceWork } from './produce-work.ts'

export const produce1kb: Question = {
  name: 'produce-1kb',
  says: 'records of 1 KB into one partition in batches of 128 KiB, acks=1',
  works: [
    produceWork({
      name: 'produce 1 KB',
      per: 'GB',
      recordBytes: 1000,
      records: [1_500_000, 200_000],
      partitions: 1,
      settings: largeBatches,
      target: { of: 'ratio', most: 0.5 },
    }),
  ],
}
