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

const isSecurity = 'our broker has no quotas and no credentials until its security work'

const ofThree = [
  'replicas/a consumer reads from the replica in its own rack (KIP-392), all of it and in order',
  'replicas/a partition is moved to other brokers while it is written and read; nothing is lost or twice',
  'replicas/a move to a broker that is away is seen under way, and can be given up',
  'replicas/after its leader was away, the preferred one is elected again',
  'replicas/after an unclean election a reader is told which records are gone, and reads those in their place',
  'command line/topic reassign: planned, carried out, spread over three brokers',
  'command line/topic reassign --status and --cancel, cluster elect: after a broker was away',
]

export const skips: readonly Skip[] = [
  ...ofThree.map((check): Skip => ({ check, target: 'millrace', why: needsThree })),
  ...ofThree.map(
    (check): Skip => ({ check, target: 'kfake', why: 'its brokers are one process that has no replicas' }),
  ),
  {
    check: 'admin/share groups: offsets set, listed, deleted; and streams groups: what is not there is told',
    target: 'millrace',
    why: 'our broker has neither kind of group yet',
  },
  { check: 'admin/quotas of clients: set, described, taken away', target: 'millrace', why: isSecurity },
  { check: 'admin/SCRAM credentials: set, described, taken away', target: 'millrace', why: isSecurity },
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
