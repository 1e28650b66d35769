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

/** What kfake does otherwise than Kafka, or not at all. */
const notOfKfake: Readonly<Record<string, string>> = {
  'writing/where the topic says so, records have the broker’s time, and the producer is told':
    'it keeps the time of the producer',
  'writing/a topic or partition that is not there is told, by its code, and what comes after it is written':
    'it takes any text for the name of a topic',
  'reading/a compacted topic: each key’s last value at its own offset, holes are no trouble, nor a seek into one':
    'it does not compact',
  'reading/without a committed offset the reset policy decides, with one it does not':
    'it answers GROUP_ID_NOT_FOUND where a new group’s offsets are asked for',
  'groups/classic: a static member comes back to its partitions, and nobody else notices':
    'it rebalances when a static member comes back',
  'groups/consumer: the partitions of a member that vanished go to the others when its session is over':
    'it has heartbeats every 5 s, longer than the session of the check, whatever is set for the group',
  'admin/topics: create one and several, by numbers and by brokers, for trial; what is wrong is told':
    'it checks neither names nor settings',
  'admin/topics: describe by name and by id, list, and internal ones when asked for':
    'it keeps offsets elsewhere than in a topic',
  'admin/configs of topics: set, append, subtract, unset, for trial; where a value comes from':
    'its settings have defaults only, whatever was set',
  'admin/configs of brokers, of all of them, and of groups': 'it does not tell the settings of a broker',
  'admin/log directories: what is where and how large; a move to one that is not there is refused':
    'it takes any path for a log directory',
  'admin/groups, classic: list, describe, delete only without members': 'it does not list by state and type together',
  'admin/groups, consumer: list, describe, delete only without members': 'it does not list by state and type together',
  'admin/offsets of groups: set, list of one and of many, delete; of a subscribed topic they stay':
    'it answers GROUP_ID_NOT_FOUND where a group that is not there is asked for',
  'admin/transactions: list, describe, who writes, end one by fencing its producer':
    'each of its brokers lists all transactions, so that each is there three times',
  'admin/transactions: one that hangs is aborted in its partition': 'it cannot be brought to let such records in',
  'admin/the cluster, its quorum, its features; a broker that is not there cannot be removed':
    'it has neither a quorum nor features',
  'admin/reassignments and elections where nothing is to be done, and of what is not there':
    'it takes brokers that there are not',
  'admin/share groups: offsets set, listed, deleted; and streams groups: what is not there is told':
    'it has no streams groups',
  'admin/quotas of clients: set, described, taken away': 'it takes any name for a quota',
  'command line/transactions: listed, described, aborted':
    'each of its brokers lists all transactions, so that each is there three times',
}

const cannotKillOne = 'its brokers are one process: none can be killed alone'
const cannotFreezeOne = 'its brokers are one process: none can be frozen alone'

export const skips: readonly Skip[] = [
  ...Object.entries(notOfKfake).map(([check, why]): Skip => ({ check, target: 'kfake', why })),
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
  { check: 'cluster/a leader that is killed is followed by another', target: 'kfake', why: cannotKillOne },
  { check: 'cluster/a broker that is frozen holds nobody up', target: 'kfake', why: cannotFreezeOne },
  { check: 'faults/the broker is killed and started again', target: 'kfake', why: cannotKillOne },
  { check: 'faults/the broker stands still for 30 s', target: 'kfake', why: cannotFreezeOne },
  { check: 'hedge/a leader that stands still does not hold up reading', target: 'millrace', why: needsThree },
  { check: 'hedge/a leader that stands still does not hold up reading', target: 'kfake', why: cannotFreezeOne },
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
