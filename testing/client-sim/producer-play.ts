// A play for the broker's simulation: producers of the client, and readers who see what they write.

import type { Play } from '../broker-sim.ts'
import type { Actor } from '../sim/context.ts'
import type { Produced } from '../sim/idempotent-producer.ts'
import { Reader } from '../sim/reader.ts'
import { ClientProducer } from './client-producer.ts'

const flushed = { 'flush.messages': '1' }
const topic = { durability: 'flushed', trimmed: false, retention: false, stamped: false, transactional: false } as const
const producers = 2

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
    const all: Produced[] = topics.flatMap(known =>
      Array.from({ length: known.partitions }, (_, index) => ({ topic: known, index })),
    )
    return [
      ...Array.from({ length: producers }, (_, i) => new ClientProducer(context, `producer${i}`, all)),
      new Reader(context, 'reader', all),
    ]
  },
}
