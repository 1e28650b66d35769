// Groups of several members in either protocol: who gets what when members come and go, members that keep their place, members
// that go without a word, and what is committed.

import assert from 'node:assert/strict'
import type { ConsumerOptions } from '../consumer/consumer-options.ts'
import { isFenced } from '../group/fenced.ts'
import type { CheckContext, ClientCheck } from './check.ts'
import {
  eventually,
  newConsumer,
  newTopic,
  next,
  rejectsWith,
  throughout,
  withAdmin,
  withConsumer,
  write,
} from './clients.ts'
import { Crew, type Member } from './crew.ts'

const partitionCount = 6
const perPartition = 5

/** The same number of records into each partition; answers how many. */
async function fill(context: CheckContext, topic: string): Promise<number> {
  const count = partitionCount * perPartition
  const records = Array.from({ length: count }, (_, index) => ({
    partition: index % partitionCount,
    value: `${index}`,
  }))
  await write(context, topic, records)
  return count
}

interface Kind {
  readonly name: string
  readonly options: Partial<ConsumerOptions>
  /** What each of two members has: partitions in their order. */
  readonly shares?: readonly (readonly number[])[]
  /** How many partitions are taken from the first member when the second one comes. */
  readonly takenFromFirst?: number
}

const evenly = [
  [0, 1, 2],
  [3, 4, 5],
]
const inTurn = [
  [0, 2, 4],
  [1, 3, 5],
]

const kinds: readonly Kind[] = [
  { name: 'classic, range', options: { protocol: 'classic', assignors: ['range'] }, shares: evenly, takenFromFirst: 6 },
  { name: 'classic, roundrobin', options: { protocol: 'classic', assignors: ['roundrobin'] }, shares: inTurn, takenFromFirst: 6 }, // biome-ignore format: a table
  { name: 'classic, sticky', options: { protocol: 'classic', assignors: ['sticky'] }, takenFromFirst: 6 },
  { name: 'classic, cooperative-sticky', options: { protocol: 'classic', assignors: ['cooperative-sticky'] }, takenFromFirst: 3 }, // biome-ignore format: a table
  { name: 'consumer, uniform', options: { protocol: 'consumer', serverAssignor: 'uniform' }, takenFromFirst: 3 },
  { name: 'consumer, range', options: { protocol: 'consumer', serverAssignor: 'range' }, shares: evenly },
  { name: 'auto', options: {} },
]

/** One, two, three members, and the first one leaves: each record comes once, to whoever has its partition. */
const membersComeAndGo = ({ name, options, shares, takenFromFirst }: Kind): ClientCheck => ({
  name: `groups/${name}: members come and go, each record comes once`,
  async run(context) {
    const topic = await newTopic(context, { partitions: partitionCount })
    const crew = new Crew(context, { ...options, topics: [topic] })
    let written = 0
    const untilProcessed = async () => {
      written += await fill(context, topic)
      await crew.untilProcessed(written)
    }
    try {
      const first = crew.join()
      await crew.untilShared(6)
      await untilProcessed()
      const revokedBefore = first.revoked.flat().length
      crew.join()
      await crew.untilShared(3, 3)
      if (shares !== undefined) assert.deepEqual(sharesOf(crew), shares)
      if (takenFromFirst !== undefined) assert.equal(first.revoked.flat().length - revokedBefore, takenFromFirst)
      await untilProcessed()
      crew.join()
      await crew.untilShared(2, 2, 2)
      await untilProcessed()
      await crew.leave(first)
      await crew.untilShared(3, 3)
      await untilProcessed()
    } finally {
      await crew.close()
    }
    await isCommitted(context, crew.groupId, topic, written / partitionCount)
  },
})

/** Whoever has what, the one with the lowest partition first. */
const sharesOf = ({ members }: Crew) => members.map(({ partitions }) => partitions).sort((a, b) => a[0]! - b[0]!)

async function isCommitted(context: CheckContext, groupId: string, topic: string, offset: number): Promise<void> {
  const committed = await withAdmin(context, admin => admin.groupOffsets.list(groupId))
  const offsets = [...committed.values()].map(each => [each.topic, Number(each.offset)])
  assert.deepEqual(
    offsets,
    Array.from({ length: partitionCount }, () => [topic, offset]),
  )
}

/** A static member keeps its partitions while it is away; nobody else notices. */
const staticMemberComesBack = (protocol: 'classic' | 'consumer'): ClientCheck => ({
  name: `groups/${protocol}: a static member comes back to its partitions, and nobody else notices`,
  async run(context) {
    const topic = await newTopic(context, { partitions: partitionCount })
    const crew = new Crew(context, { protocol, topics: [topic], sessionTimeoutMs: 30_000 })
    try {
      const [a, b] = [crew.join({ groupInstanceId: 'a' }), crew.join({ groupInstanceId: 'b' })]
      await crew.untilShared(3, 3)
      await crew.untilProcessed(await fill(context, topic))
      const [before, events] = [a.partitions, eventsOf(b)]
      // As a static member does when it is closed.
      await crew.leave(a, {})
      const written = await fill(context, topic)
      const back = crew.join({ groupInstanceId: 'a' })
      await crew.untilShared(3, 3)
      assert.deepEqual(back.partitions, before)
      await crew.untilProcessed(2 * written)
      assert.deepEqual(eventsOf(b), events)
    } finally {
      await crew.close()
    }
  },
})

const eventsOf = ({ assigned, revoked }: Member) => ({ assigned: assigned.length, revoked: revoked.length })

/** Two with the same instance id: classic, the later one counts; consumer, the earlier one does while it is there. */
const sameInstanceTwice = (protocol: 'classic' | 'consumer'): ClientCheck => ({
  name: `groups/${protocol}: of two members with the same instance id one is shut out, and told`,
  async run(context) {
    const topic = await newTopic(context, { partitions: partitionCount })
    const crew = new Crew(context, { protocol, topics: [topic], groupInstanceId: 'only' })
    try {
      const first = crew.join()
      await crew.untilShared(6)
      const second = crew.join()
      const [loser, winner] = protocol === 'classic' ? [first, second] : [second, first]
      await eventually(
        context,
        () => loser.failure as { code?: string } | undefined,
        failure =>
          assert.equal(failure?.code, protocol === 'classic' ? 'FENCED_INSTANCE_ID' : 'UNRELEASED_INSTANCE_ID'),
      )
      await crew.leave(loser)
      await crew.untilShared(6)
      await crew.untilProcessed(await fill(context, topic))
      assert.equal(winner.failure, undefined)
    } finally {
      await crew.close()
    }
  },
})

/** Who goes without a word is waited for until its session is over, and not longer. */
const vanishedIsMissed = (protocol: 'classic' | 'consumer'): ClientCheck => ({
  name: `groups/${protocol}: the partitions of a member that vanished go to the others when its session is over`,
  async run(context) {
    const topic = await newTopic(context, { partitions: partitionCount })
    const crew = new Crew(context, { protocol, topics: [topic], sessionTimeoutMs: 3000 })
    if (protocol === 'consumer') await shortSessions(context, crew.groupId)
    try {
      const stays = crew.join()
      await crew.untilShared(6)
      const goes = crew.join()
      await crew.untilShared(3, 3)
      await crew.untilProcessed(await fill(context, topic))
      await crew.leave(goes, { membership: 'remain' })
      // Heartbeats went on until now: most of the session is left.
      await throughout(context, 1000, () => assert.equal(stays.partitions.length, 3))
      await crew.untilShared(6)
      await crew.untilProcessed(2 * (await fill(context, topic)))
    } finally {
      await crew.close()
    }
  },
})

/** In the consumer protocol the group's setting rules, not the member's. */
function shortSessions(context: CheckContext, name: string): Promise<void> {
  const settings = { 'consumer.session.timeout.ms': '3000', 'consumer.heartbeat.interval.ms': '300' }
  return withAdmin(context, admin => admin.configs.alter({ type: 'GROUP', name }, settings))
}

const commitsAreKept: ClientCheck = {
  name: 'groups/what is committed by hand is where the next member begins, metadata included',
  async run(context) {
    const topic = await newTopic(context)
    await write(context, topic, ['0', '1', '2', '3', '4'])
    const options = { group: context.newName('group'), topics: [topic], autoCommit: false }
    const at = { topic, partition: 0 }
    await withConsumer(context, options, async consumer => {
      assert.equal((await next(context, consumer, 4)).length, 4)
      await consumer.commit([{ ...at, offset: 2, metadata: 'two are done' }])
      const [committed] = await consumer.committed()
      assert.deepEqual([Number(committed?.offset), committed?.metadata], [2, 'two are done'])
    })
    await withConsumer(context, options, async consumer => {
      const [record] = await next(context, consumer, 1)
      assert.equal(record?.offset, 2)
    })
  },
}

const memberOfThePast: ClientCheck = {
  name: 'groups/a commit of somebody who is not in the group any more is refused and moves nothing',
  async run(context) {
    const topic = await newTopic(context, { partitions: partitionCount })
    const group = context.newName('group')
    const at = { topic, partition: 0 }
    await write(context, topic, [{ partition: 0, value: 'x' }])
    await withConsumer(context, { group, topics: [topic], autoCommit: false }, async first => {
      await next(context, first, 1)
      await first.commit([{ ...at, offset: 1 }])
      await withConsumer(context, { group, topics: [topic], autoCommit: false }, async second => {
        await first.unsubscribe({ membership: 'leave' })
        await eventually(
          context,
          () => second.assignment.length,
          count => assert.equal(count, partitionCount),
        )
        await assert.rejects(first.commit([{ ...at, offset: 0 }]), isFenced)
        assert.equal(Number((await second.committed([at]))[0]?.offset), 1)
      })
    })
  },
}

const offsetsAreReset: ClientCheck = {
  name: 'groups/offsets that an administrator sets are where members begin; under a running member they are refused',
  async run(context) {
    const topic = await newTopic(context)
    await write(context, topic, ['0', '1', '2', '3'])
    const group = context.newName('group')
    const at = { topic, partition: 0 }
    await withAdmin(context, async admin => {
      await admin.groupOffsets.alter(group, [{ ...at, offset: 3 }])
      const options = { group, topics: [topic] }
      await withConsumer(context, options, async consumer => {
        assert.equal((await next(context, consumer, 1))[0]?.offset, 3)
        await rejectsWith(admin.groupOffsets.alter(group, [{ ...at, offset: 0 }]), 'UNKNOWN_MEMBER_ID')
      })
      await admin.groupOffsets.alter(group, [{ ...at, offset: 1 }])
      await withConsumer(context, options, async consumer => {
        assert.equal((await next(context, consumer, 1))[0]?.offset, 1)
      })
    })
  },
}

const handoverIsOrderly: ClientCheck = {
  name: 'groups/what is in hand is finished and committed before its partition goes to another member',
  async run(context) {
    const topic = await newTopic(context)
    await write(context, topic, ['0', '1', '2'])
    const options = { group: context.newName('group'), topics: [topic], heartbeatIntervalMs: 200 }
    const first = newConsumer(context, options)
    const records = first.records()
    assert.equal((await records.next()).value?.offset, 0)
    // Not before: who subscribes is a member, and might be given the partition.
    const second = newConsumer(context, options)
    try {
      const other = next(context, second, 1)
      await eventually(
        context,
        () => withAdmin(context, admin => admin.groups.describe(options.group)),
        ({ members }) => assert.equal(members.length, 2),
      )
      const closed = first.close({ membership: 'leave' })
      await throughout(context, 500, () => assert.deepEqual(second.assignment, []))
      // The record is done when the next one is asked for.
      await records.next()
      await closed
      assert.equal((await other)[0]?.offset, 1)
    } finally {
      await Promise.all([first.close(), second.close()])
    }
  },
}

export const groupChecks: readonly ClientCheck[] = [
  ...kinds.map(membersComeAndGo),
  ...(['classic', 'consumer'] as const).flatMap(protocol => [
    staticMemberComesBack(protocol),
    sameInstanceTwice(protocol),
    vanishedIsMissed(protocol),
  ]),
  commitsAreKept,
  memberOfThePast,
  offsetsAreReset,
  handoverIsOrderly,
]
