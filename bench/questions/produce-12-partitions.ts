import type { Question } from '../comparison/question.ts'
import { produceWork } from './produce-work.ts'

export const produce12Partitions: Question = {
  name: 'produce-12-partitions',
  says: 'records of 100 B over 12 partitions in batches of 16 KiB, acks=1',
  works: [
    produceWork({
      name: 'produce over 12 partitions',
      per: 'million records',
      recordBytes: 100,
      records: [5_000_000, 1_000_000],
      partitions: 12,
      settings: { acks: 1, 'batch.size': 16_384 },
    }),
  ],
}
