// Who uses the broker in a run, as the plan says.

import { Committer } from './committer.ts'
import type { Actor, SimContext } from './context.ts'
import { OffsetCounter } from './coordinator-client.ts'
import { GroupMember } from './group-member.ts'
import { IdempotentProducer, type Produced } from './idempotent-producer.ts'
import { PlainProducer } from './plain-producer.ts'
import { Reader } from './reader.ts'
import { SessionReader } from './session-reader.ts'
import { TopicChurn } from './topic-churn.ts'
import { Trimmer } from './trimmer.ts'
import type { SimTopic } from './witness.ts'

export function makeActors(context: SimContext, topics: readonly SimTopic[]): Actor[] {
  const { plan, sim } = context
  const random = sim.random.fork('cast')
  const all: Produced[] = topics.flatMap(topic =>
    Array.from({ length: topic.partitions }, (_, index) => ({ topic, index })),
  )
  const some = () => {
    const chosen = all.filter(() => random.chance(0.5))
    return chosen.length === 0 ? [random.pick(all)] : chosen
  }
  const made = <Item>(count: number, make: (i: number) => Item) => Array.from({ length: count }, (_, i) => make(i))
  const trimmed = all.filter(({ topic }) => topic.trimmed)
  const work = { groupId: 'team', targets: all.slice(0, 4), counter: new OffsetCounter() }
  return [
    ...made(plan.producers, i => new IdempotentProducer(context, `idempotent${i}`, some())),
    ...made(plan.plainProducers, i => new PlainProducer(context, `plain${i}`, some())),
    ...made(plan.readers, i => new Reader(context, `reader${i}`, all)),
    ...made(plan.sessionReaders, i => new SessionReader(context, `session${i}`, all)),
    ...made(plan.members, i => new GroupMember(context, `member${i}`, work)),
    ...made(plan.committers, i => new Committer(context, `committer${i}`, random.pick(all))),
    new TopicChurn(context, 'churn'),
    ...(trimmed.length > 0 ? [new Trimmer(context, 'trimmer', trimmed)] : []),
  ]
}
