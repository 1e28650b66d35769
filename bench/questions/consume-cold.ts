import type { Question } from '../comparison/question.ts'
import { consumeWork } from './consume-work.ts'

export const consumeCold: Question = {
  name: 'consume-cold',
  says: 'one consumer reads records of 1 KB that are not in the page cache',
  works: [
    consumeWork({
      name: 'consume 1 KB, cold',
      recordBytes: 1000,
      records: [1_000_000, 150_000],
      consumers: 1,
      isCold: true,
    }),
  ],
}
