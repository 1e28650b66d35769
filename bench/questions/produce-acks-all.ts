import type { Question } from '../comparison/question.ts'
import { produceWork } from './produce-work.ts'

export const produceAcksAll: Question = {
  name: 'produce-acks-all',
  says: 'records of 100 B into one partition in batches of 128 KiB, acks=all, idempotent',
  works: [
    produceWork({
      name: 'produce 100 B, acks=all',
      per: 'million records',
      recordBytes: 100,
      records: [10_000_000, 1_000_000],
      partitions: 1,
      settings: { acks: 'all', 'batch.size': 131_072 },
      target: { of: 'ratio', most: 0.5 },
    }),
  ],
}
