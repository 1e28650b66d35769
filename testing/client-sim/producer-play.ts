// A play for the broker's simulation: producers of the client, and readers who see what they write.

import type { Play } from '../broker-sim.ts'
import type { Actor } from '../sim/context.ts'
import { setTransactionVersion } from '../sim/founder.ts'
import type { Produced } from '../sim/idempotent-producer.ts'
import { Reader } from '../sim/reader.ts'
import { SimClient } from '../sim/sim-client.ts'
import type { SimTopic } from '../sim/witness.ts'
import { ClientProducer } from './client-producer.ts'
import { ClientTransactions } from './client-transactions.ts'

const flushed = { 'flush.messages': '1' }
const topic = { durability: 'flushed', trimmed: false, retention: false, stamped: false, transactional: false } as const
const producers = 2

const transactional = { ...topic, transactional: true, compacted: false, configs: flushed }
const transactionalProducers = 2

/** Transactions of the client, in one of their versions. */
export const transactionPlay: Play = {
  plan: plan => ({
    ...plan,
    topics: [
      { ...transactional, name: 'first', partitions: 2 },
      { ...transactional, name: 'second', partitions: 1 },
    ],
    settings: new Map([...plan.settings, ['log.flush.interval.messages', '1']]),
    groupDurability: 'flushed',
    transactions: undefined,
    consumers: { members: 0, copies: false },
  }),
  cast: (context, topics): Actor[] => {
    const all = partitionsOf(topics)
    const version = context.sim.random.fork('transaction version').pick([1, 2])
    const mayBegin =
      version === 2 ? Promise.resolve() : setTransactionVersion(new SimClient(context, 'administrator'), version)
    return Array.from(
      { length: transactionalProducers },
      (_, i) => new ClientTransactions(context, `transactions${i}`, all, mayBegin),
    )
  },
}

export const producerPlay: Play = {
  plan: plan => ({
    ...plan,
    topics: [
      { ...topic, name: 'first', partitions: 2, compacted: false, configs: flushed },
      // Some of what the producers make is too large for it.
      {
        ...topic,
        name: 'small',
        partitions: 1,
        compacted: false,
        configs: { ...flushed, 'max.message.bytes': '2000' },
      },
    ],
    transactions: undefined,
    consumers: { members: 0, copies: false },
  }),
  cast: (context, topics): Actor[] => {
    const all = partitionsOf(topics)
    return [
      ...Array.from({ length: producers }, (_, i) => new ClientProducer(context, `producer${i}`, all)),
      new Reader(context, 'reader', all),
    ]
  },
}

function partitionsOf(topics: readonly SimTopic[]): Produced[] {
  return topics.flatMap(topic => Array.from({ length: topic.partitions }, (_, index) => ({ topic, index })))
}
