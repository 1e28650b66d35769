// What is not checked where, and why. It only shrinks: an entry that names no check, or a check that would not run there anyway, fails
// the run.

import type { TargetName } from './check.ts'

export interface Skip {
  readonly check: string
  readonly target: TargetName
  readonly why: string
}

const needsThree = 'our broker is one broker until there are clusters of it'
const cannotKillOne = 'its brokers are one process: none can be killed alone'
const cannotFreezeOne = 'its brokers are one process: none can be frozen alone'

export const skips: readonly Skip[] = [
  { check: 'cluster/leaders are spread over the brokers', target: 'millrace', why: needsThree },
  { check: 'cluster/a leader that is killed is followed by another', target: 'millrace', why: needsThree },
  { check: 'cluster/a broker that is frozen holds nobody up', target: 'millrace', why: needsThree },
  { check: 'cluster/leaders are spread over the brokers', target: 'kfake', why: 'it places leaders by chance' },
  { check: 'cluster/a leader that is killed is followed by another', target: 'kfake', why: cannotKillOne },
  { check: 'cluster/a broker that is frozen holds nobody up', target: 'kfake', why: cannotFreezeOne },
  { check: 'faults/the broker is killed and started again', target: 'kfake', why: cannotKillOne },
  { check: 'faults/the broker stands still for 30 s', target: 'kfake', why: cannotFreezeOne },
  { check: 'hedge/a leader that stands still does not hold up reading', target: 'millrace', why: needsThree },
  { check: 'hedge/a leader that stands still does not hold up reading', target: 'kfake', why: cannotFreezeOne },
]
