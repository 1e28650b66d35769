// A play for the broker's simulation: consumers of the client in a group, which come, leave and die, and producers whose records they
// process.

import type { Play } from '../broker-sim.ts'
import type { Actor } from '../sim/context.ts'
import type { Produced } from '../sim/idempotent-producer.ts'
import { ClientConsumer } from './client-consumer.ts'
import { ClientProducer } from './client-producer.ts'
import { ProcessedOffsets } from './processed-offsets.ts'

const topic = { durability: 'flushed', trimmed: false, retention: false, stamped: false, transactional: false } as const
const consumers = 3

export const consumerPlay: Play = {
  plan: plan => ({
    ...plan,
    topics: [{ ...topic, name: 'first', partitions: 3, compacted: false, configs: { 'flush.messages': '1' } }],
    transactions: undefined,
    consumers: { members: 0, copies: false },
  }),
  cast: (context, topics): Actor[] => {
    const all: Produced[] = topics.flatMap(known =>
      Array.from({ length: known.partitions }, (_, index) => ({ topic: known, index })),
    )
    const processed = new ProcessedOffsets()
    const protocol = context.sim.random.fork('protocol of the group').pick(['classic', 'consumer'] as const)
    return [
      new ClientProducer(context, 'producer', all),
      ...Array.from(
        { length: consumers },
        (_, i) => new ClientConsumer(context, { name: `consumer${i}`, targets: all, processed, protocol }),
      ),
    ]
  },
}
