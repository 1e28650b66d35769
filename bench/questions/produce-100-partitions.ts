import type { Question } from '../comparison/question.ts'
import { produceWork } from './produce-work.ts'

export const produce100Partitions: Question = {
  name: 'produce-100-partitions',
  says: 'records of 100 B over 100 partitions in batches of 16 KiB, acks=1',
  works: [
    produceWork({
      name: 'produce over 100 partitions',
      per: 'million records',
      recordBytes: 100,
      records: [5_000_000, 1_000_000],
      partitions: 100,
      settings: { acks: 1, 'batch.size': 16_384 },
      target: { of: 'ratio', most: 0.5 },
    }),
  ],
}
