import type { Question } from '../comparison/question.ts'
import { largeBatches, produceWork } from './produce-work.ts'

export const produce100b: Question = {
  name: 'produce-100b',
  says: 'records of 100 B into one partition in batches of 128 KiB, acks=1',
  rounds: { full: 5, quick: 2 },
  works: [
    produceWork({
      name: 'produce 100 B',
      per: 'million records',
      recordBytes: 100,
      records: [10_000_000, 2_000_000],
      partitions: 1,
      settings: largeBatches,
      target: { of: 'ratio', most: 0.5 },
    }),
  ],
}
