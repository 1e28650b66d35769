// What is not checked where, and why. It only shrinks: an entry that names no check, or a check that would not run there anyway, fails
// the run.

import type { TargetName } from './check.ts'

export interface Skip {
  readonly check: string
  readonly target: TargetName
  readonly why: string
}

const needsThree = 'our broker is one broker until there are clusters of it'
const changesWithAll =
  'it takes another subscription from a heartbeat that says everything only, Kafka from any that has one'

export const skips: readonly Skip[] = [
  { check: 'cluster/leaders are spread over the brokers', target: 'millrace', why: needsThree },
  { check: 'cluster/a leader that is killed is followed by another', target: 'millrace', why: needsThree },
  { check: 'cluster/a broker that is frozen holds nobody up', target: 'millrace', why: needsThree },
  { check: 'cluster/leaders are spread over the brokers', target: 'kfake', why: 'it places leaders by chance' },
  {
    check: 'cluster/a leader that is killed is followed by another',
    target: 'kfake',
    why: 'its brokers are one process: none can be killed alone',
  },
  {
    check: 'cluster/a broker that is frozen holds nobody up',
    target: 'kfake',
    why: 'its brokers are one process: none can be frozen alone',
  },
  {
    check: 'subscription/a RegExp, matched here, in the consumer protocol: topics that match, also later ones',
    target: 'kfake',
    why: changesWithAll,
  },
  {
    check: 'subscription/another regular expression, and then names, in place of the first',
    target: 'kfake',
    why: changesWithAll,
  },
  {
    check: 'subscription/a regular expression that is none is refused, with a word about it',
    target: 'kfake',
    why: 'it answers INVALID_REQUEST, Kafka INVALID_REGULAR_EXPRESSION',
  },
]
