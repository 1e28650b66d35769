import type { Question } from '../comparison/question.ts'
import { consumeWork } from './consume-work.ts'

export const consume4: Question = {
  name: 'consume-4',
  says: 'four consumers at once each read records of 1 KB from the page cache',
  works: [
    consumeWork({
      name: 'consume 1 KB, four consumers',
      recordBytes: 1000,
      records: [1_000_000, 100_000],
      consumers: 4,
      target: { of: 'ratio', most: 1 },
    }),
  ],
}
