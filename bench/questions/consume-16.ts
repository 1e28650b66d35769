import type { Question } from '../comparison/question.ts'
import { consumeWork } from './consume-work.ts'

export const consume16: Question = {
  name: 'consume-16',
  says: 'sixteen consumers at once each read records of 1 KB from the page cache',
  rounds: { full: 3, quick: 1 },
  works: [
    consumeWork({
      name: 'consume 1 KB, sixteen consumers',
      recordBytes: 1000,
      records: [500_000, 50_000],
      consumers: 16,
      warmsUp: 'only full',
    }),
  ],
}
