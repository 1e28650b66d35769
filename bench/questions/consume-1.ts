import type { Question } from '../comparison/question.ts'
import { consumeWork } from './consume-work.ts'

export const consume1: Question = {
  name: 'consume-1',
  says: 'one consumer reads records of 1 KB, and of 100 B, from the page cache',
  works: [
    consumeWork({
      name: 'consume 1 KB, one consumer',
      recordBytes: 1000,
      // Also on brokers that have only been produced to.
      warmsUp: true,
      records: [2_000_000, 200_000],
      consumers: 1,
      target: { of: 'ratio', most: 1.3 },
    }),
    consumeWork({
      name: 'consume 100 B, one consumer',
      recordBytes: 100,
      records: [20_000_000, 2_000_000],
      consumers: 1,
      target: { of: 'ratio', most: 1.3 },
    }),
  ],
}
