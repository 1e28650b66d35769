import type { Question } from '../comparison/question.ts'
import { produceWork } from './produce-work.ts'

/** A batch is full with its first record, so each request carries one; five of them are in flight. */
const oneByOne = { acks: 1, 'batch.size': 1, 'linger.ms': 0, 'max.in.flight.requests.per.connection': 5 }

export const singleRecord: Question = {
  name: 'single-record',
  says: 'one record of 100 B in each request, five requests in flight, acks=1',
  rounds: { full: 5, quick: 2 },
  works: [
    produceWork({
      name: 'one record per request',
      per: 'request',
      recordBytes: 100,
      records: [300_000, 50_000],
      partitions: 1,
      settings: oneByOne,
      target: { of: 'ratio', most: 0.5 },
    }),
  ],
}
