// Who uses the broker in a run, as the plan says.

import { CommittedReader } from './committed-reader.ts'
import { Committer } from './committer.ts'
import { ConsumerMember } from './consumer-member.ts'
import type { Actor, SimContext } from './context.ts'
import { OffsetCounter } from './coordinator-client.ts'
import { Copying } from './copying.ts'
import { GroupMember } from './group-member.ts'
import { IdempotentProducer, type Produced } from './idempotent-producer.ts'
import { PlainProducer } from './plain-producer.ts'
import { Reader } from './reader.ts'
import { SessionReader } from './session-reader.ts'
import { TopicChurn } from './topic-churn.ts'
import { TransactionalId } from './transaction-client.ts'
import { TransactionalProducer } from './transactional-producer.ts'
import { Trimmer } from './trimmer.ts'
import type { SimTopic } from './witness.ts'

export function makeActors(context: SimContext, topics: readonly SimTopic[]): Actor[] {
  const { plan, sim } = context
  const random = sim.random.fork('cast')
  const all: Produced[] = topics.flatMap(topic =>
    Array.from({ length: topic.partitions }, (_, index) => ({ topic, index })),
  )
  const some = (from: readonly Produced[] = all) => {
    const chosen = from.filter(() => random.chance(0.5))
    return chosen.length === 0 ? [random.pick(from)] : chosen
  }
  const made = <Item>(count: number, make: (i: number) => Item) => Array.from({ length: count }, (_, i) => make(i))
  const trimmed = all.filter(({ topic }) => topic.trimmed)
  const work = { groupId: 'team', targets: all.slice(0, 4), counter: new OffsetCounter() }
  return [
    ...made(plan.producers, i => new IdempotentProducer(context, `idempotent${i}`, some())),
    ...made(plan.plainProducers, i => new PlainProducer(context, `plain${i}`, some(all.filter(isPlain)))),
    ...made(plan.readers, i => new Reader(context, `reader${i}`, all)),
    ...made(plan.sessionReaders, i => new SessionReader(context, `session${i}`, all)),
    ...made(plan.members, i => new GroupMember(context, `member${i}`, work)),
    ...made(plan.committers, i => new Committer(context, `committer${i}`, random.pick(all))),
    ...transactionalActors(context, all),
    ...consumerMembers(context, all),
    new TopicChurn(context, 'churn'),
    ...(trimmed.length > 0 ? [new Trimmer(context, 'trimmer', trimmed)] : []),
  ]
}

const isPlain = ({ topic }: Produced) => !topic.compacted
const isTransactional = ({ topic }: Produced) => topic.transactional
/** Everything in it can be read for ever, from 0 on. */
const isWhole = ({ topic }: Produced) =>
  topic.durability === 'flushed' && !topic.trimmed && !topic.retention && !topic.compacted

function transactionalActors(context: SimContext, all: readonly Produced[]): Actor[] {
  const { plan, sim } = context
  if (!plan.transactions) return []
  const random = sim.random.fork('transactional cast')
  const { producersById, readers, timeoutMs } = plan.transactions
  const targets = all.filter(isTransactional)
  const outputs = targets.filter(isPlain)
  const producers = producersById.flatMap((count, id) => {
    const identity = new TransactionalId(`id${id}`, timeoutMs, count)
    const options = { groupId: `copies-of-${identity.id}`, input: random.pick(all.filter(isWhole)), outputs }
    const copying = random.chance(0.6) ? new Copying(context, options) : undefined
    if (copying) context.witness.copyings.push(options)
    return Array.from({ length: count }, (_, i) => {
      return new TransactionalProducer(context, `transactional${id}${'abc'[i]}`, { identity, targets, copying })
    })
  })
  const committedReaders = Array.from({ length: readers }, (_, i) => {
    return new CommittedReader(context, `committed${i}`, targets)
  })
  return [...producers, ...committedReaders]
}

function consumerMembers(context: SimContext, all: readonly Produced[]): Actor[] {
  const { plan, witness } = context
  const { members, copies } = plan.consumers
  const names = [...new Set(all.filter(isWhole).map(({ topic }) => topic.name))].slice(0, 2)
  const inputs = all.filter(({ topic }) => names.includes(topic.name))
  const outputs = copies ? all.filter(target => isTransactional(target) && isPlain(target)) : undefined
  const work = { groupId: 'consumers', inputs, counter: new OffsetCounter(), outputs }
  if (outputs && members > 0) {
    for (const input of inputs) witness.copyings.push({ groupId: work.groupId, input, outputs })
  }
  return Array.from({ length: members }, (_, i) => {
    const timeoutMs = plan.transactions?.timeoutMs ?? 0
    const identity = copies ? new TransactionalId(`member${i}`, timeoutMs, 1) : undefined
    return new ConsumerMember(context, `consumer${i}`, { ...work, identity })
  })
}
