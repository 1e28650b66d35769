// Commands for whoever operates a cluster: transactions that hang, elections, moving partitions. As processes against a broker of this one;
// what takes several brokers, against an Admin that answers as three of them would (and against three of Kafka's in
// bench/client-suite/command-line-checks.ts).

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Admin } from '../client/admin/admin.ts'
import { Outcomes } from '../client/admin/outcomes.ts'
import { ClientError } from '../client/client-error.ts'
import { buildBatch } from '../protocol/records/batch-builder.ts'
import { AdminBench } from '../testing/admin-bench.ts'
import { millrace } from '../testing/millrace-process.ts'
import { electLeaders } from './cluster/elect.ts'
import { describeGroup } from './group/describe.ts'
import { Session } from './terminal/session.ts'
import { describeTopics } from './topic/describe.ts'
import { type ReassignFlags, reassignTopic } from './topic/reassign.ts'
import { movedBytes } from './topic/reassignments-under-way.ts'
import { abortTransactions } from './transactions/abort.ts'
import { describeTransactions } from './transactions/describe.ts'
import { listHanging } from './transactions/hanging.ts'
import { listTransactions } from './transactions/list.ts'
import { hangingAmong } from './transactions/open-transactions.ts'

let bench: AdminBench

const run = (...args: string[]) => millrace(args, { bootstrap: bench.bootstrap })

async function out(...args: string[]): Promise<string> {
  const ended = await run(...args)
  expect(ended).toMatchObject({ code: 0, err: '' })
  return ended.out
}

async function refused(code: number, ...args: string[]): Promise<string> {
  const ended = await run(...args)
  expect(ended).toMatchObject({ code, out: '' })
  expect(ended.err).not.toMatch(/^\s+at /m)
  return ended.err
}

/** What is printed on a terminal; asked of an Admin of the test's own when one is given. */
async function onTerminal(work: (session: Session) => Promise<void>, admin?: object, json = false): Promise<string> {
  let printed = ''
  const stream = { isTTY: true, write: (text: string) => (printed += text) } as never
  const flags = { bootstrap: bench.bootstrap, timeout: '10s', json }
  const session = new Session(flags, new AbortController().signal, { out: stream, err: stream })
  if (admin !== undefined) session.admin = async () => admin as Admin
  try {
    await work(session)
  } catch (error) {
    printed += `! ${(error as Error).message}\n`
  }
  await session.close()
  return printed
}

beforeAll(async () => {
  process.env.NO_COLOR = '1'
  bench = await AdminBench.start({ 'transaction.partition.verification.enable': 'false' })
  await bench.admin.topics.createAll([{ name: 'orders', partitions: 2 }, { name: 'payments' }])
})
afterAll(() => bench.stop())

describe('transactions', () => {
  test('list and describe', async () => {
    const { producerId } = await bench.begin('billing-1', 'orders')
    expect(await out('transactions', 'list')).toBe(`billing-1\t${producerId}\tOngoing\n`)
    const listed = (flags: Parameters<typeof listTransactions>[1]) => onTerminal(session => listTransactions(session, flags)) // biome-ignore format: one thought
    expect(await listed({ longerThan: '1h' })).toBe('no transactions\n')
    expect(await listed({ pattern: 'bill.*', state: ['Ongoing'] })).toContain('billing-1')
    expect(await listed({ longerThan: 'long' })).toContain('! --longer-than long: a length of time')
    expect(await refused(2, 'transactions', 'list', '--state', 'Sleeping')).toContain('Ongoing')
    const [told] = JSON.parse(await out('transactions', 'describe', 'billing-1', '--json'))
    expect(told).toMatchObject({ state: 'Ongoing', producerId, partitions: [{ topic: 'orders', partition: 0 }] })
    const shown = await onTerminal(session => describeTransactions(session, {}, ['billing-1']))
    expect(shown).toMatch(new RegExp(`\\nbilling-1 .* Ongoing  ${producerId} .* 0  \\S+  1 min .* orders-0\\n$`))
    expect(await refused(1, 'transactions', 'describe', 'biling-1')).toBe(
      'no transactional id "biling-1"; did you mean "billing-1"?\n',
    )
  })

  test('abort by id; a dry run aborts nothing', async () => {
    await bench.begin('billing-2', 'orders')
    const abort = (dryRun: boolean) =>
      onTerminal(session => abortTransactions(session, { olderThan: '15m', dryRun }, ['billing-2']))
    expect(await abort(true)).toBe('would abort billing-2  1 partition; its producer would be shut out\n')
    expect((await bench.admin.transactions.describe('billing-2')).state).toBe('Ongoing')
    expect(await out('transactions', 'abort', 'billing-2')).toBe(
      'aborted billing-2  1 partition; its producer is shut out\n',
    )
    expect((await bench.admin.transactions.describe('billing-2')).state).not.toBe('Ongoing')
    expect(await refused(2, 'transactions', 'abort')).toContain('give either transactional ids or --hanging TOPIC')
  })

  test('one that hangs: found, and aborted in its partition', async () => {
    const hanging = (olderThan: string, ...topics: string[]) =>
      onTerminal(session => listHanging(session, { olderThan }, topics))
    const abort = (dryRun: boolean) =>
      onTerminal(session => abortTransactions(session, { hanging: ['payments:0'], olderThan: '15m', dryRun }, []))
    expect(await hanging('15m')).toBe('no transaction hangs\n')
    await strand('payments', Date.now() - 7_200_000)
    expect(await hanging('15m', 'orders')).toBe('no transaction hangs\n')
    expect(await hanging('3h')).toBe('no transaction hangs\n')
    expect(await out('transactions', 'hanging')).toBe('payments\t0\t987654\t3\t0\t2 h\t\n')
    expect(await abort(true)).toMatchInlineSnapshot(`
      "would abort 1 transaction
      TOPIC     PARTITION  PRODUCER  EPOCH  START OFFSET  SILENT FOR  TRANSACTIONAL ID
      payments          0  987654        3             0  2 h                        -
      "
    `)
    expect(await hanging('15m')).toContain('987654')
    const [aborted] = JSON.parse(await out('transactions', 'abort', '--hanging', 'payments:0', '--json'))
    expect(aborted).toMatchObject({ topic: 'payments', producerId: 987_654, startOffset: 0, transactionalId: null })
    expect(await hanging('15m')).toBe('no transaction hangs\n')
    expect(await abort(false)).toBe('no transaction hangs\n')
    const committed = { isolation: 'read_committed' } as const
    const end = await bench.admin.offsets.find({ topic: 'payments', partition: 0, at: 'latest' }, committed)
    expect(Number(end.offset)).toBe(2)
  })

  test('partitions that cannot be asked are told, after what was found', async () => {
    const open = { producerId: 7, producerEpoch: 0, lastSequence: 0, lastTimestampMs: 5, coordinatorEpoch: 0 }
    const told: [string, ClientError | object[]][] = [
      ['orders-0', [{ ...open, transactionStartOffset: 3 }]],
      ['orders-1', new ClientError('LEADER_NOT_AVAILABLE', 'it has none')],
    ]
    const admin = {
      ...threeBrokers(fakeOf([1], [1])),
      producers: { describeAll: async () => new Outcomes(told) },
      transactions: { list: async () => [], describeAll: async () => new Outcomes([]) },
    }
    const shown = await onTerminal(session => listHanging(session, { olderThan: '1h' }, ['orders']), admin)
    expect(shown).toMatch(/\norders {10}0 {2}7[^\n]*\n! orders-1 could not be asked: LEADER_NOT_AVAILABLE/)
  })

  test('which of those that are open hang: whoever looks after them decides', () => {
    const open = (topic: string, producerId: number) => {
      return {
        topic,
        partition: 0,
        producerId,
        producerEpoch: 0,
        coordinatorEpoch: 0,
        startOffset: 5,
        lastTimestampMs: 1,
      }
    }
    const known = (producerId: number, ...topics: string[]) => ({
      transactionalId: `id ${producerId}`,
      coordinator: '',
      state: 'Ongoing',
      producerId,
      producerEpoch: 0,
      timeoutMs: 1,
      startedMs: 1,
      partitions: topics.map(topic => ({ topic, partition: 0 })),
    })
    const hanging = hangingAmong([open('a', 1), open('b', 1), open('a', 2)], [known(1, 'a')])
    expect(hanging.map(({ topic, producerId, transactionalId }) => [topic, producerId, transactionalId])).toEqual([
      ['b', 1, 'id 1'],
      ['a', 2, undefined],
    ])
  })
})

/** A transactional record of a producer that no coordinator knows. */
async function strand(topic: string, timestamp: number): Promise<void> {
  const producer = { producerId: 987_654, producerEpoch: 3, baseSequence: 0, transactional: true }
  const records = buildBatch([{ value: Buffer.from('x'), timestamp }], producer)
  const topicData = [{ name: topic, partitionData: [{ index: 0, records }] }]
  const body = { transactionalId: 'stranger', acks: -1, timeoutMs: 5000, topicData }
  const { responses } = await bench.admin.raw('Produce', 11, body)
  expect(responses[0]!.partitionResponses[0]!.errorCode).toBe(0)
}

describe('groups', () => {
  test('as JSON all of it is told: state, members, offsets, lag', async () => {
    await bench.produce('orders', 1, ['a', 'b', 'c'])
    await bench.admin.groupOffsets.alter('billing', [{ topic: 'orders', partition: 1, offset: 1 }])
    await bench.join('billing', ['orders'])
    const json = JSON.parse(await out('group', 'describe', 'billing', '--json'))
    expect(json).toMatchObject({ groupId: 'billing', state: 'Stable', type: 'Consumer', lag: 2 })
    expect(json.members).toMatchObject([{ memberId: 'member-of-billing', clientId: 'millrace', lag: 2 }])
    expect(json.offsets[1]).toMatchObject({ partition: 1, committed: 1, end: 3, lag: 2, memberId: 'member-of-billing' })
    expect(JSON.parse(await out('group', 'describe', 'billing', '--members', '--json'))).toEqual(json)
    expect(await out('group', 'describe', 'billing', '--members')).toContain('\t2\torders-0 orders-1\n')
    const state = await onTerminal(session => describeGroup(session, { state: true }, 'billing'))
    expect(state.replace(/127\.0\.0\.1:\d+/, 'HOST:PORT')).toMatchInlineSnapshot(`
      "GROUP    STATE   TYPE      ASSIGNOR  MEMBERS  LAG  COORDINATOR
      billing  Stable  Consumer  uniform         1    2  HOST:PORT
      "
    `)
    expect(await refused(2, 'group', 'describe', 'billing', '--state', '--members')).toContain('give either --members')
  })
})

interface Fake {
  replicas: number[][]
  leaders: number[]
  ongoing: Map<string, { topic: string; partition: number; replicas: number[]; adding: number[]; removing: number[] }>
}

const keyOf = ({ topic, partition }: { topic: string; partition: number }) => `${topic}-${partition}`

/** Three brokers with a topic; a move is over when it was asked about once. */
function threeBrokers(fake: Fake) {
  const describeAll = async (names: string[]) =>
    new Outcomes(
      names.map(name => {
        const partitions = fake.replicas.map((replicas, partition) => {
          return { partition, replicas, leaderId: fake.leaders[partition]!, inSyncReplicas: replicas }
        })
        return [name, { name, partitions }]
      }),
    )
  const list = async () => {
    const now = new Map(fake.ongoing)
    if (!isStuck(now)) fake.ongoing.clear()
    return now
  }
  const isStuck = (moves: Fake['ongoing']) => [...moves.values()].some(({ adding }) => adding.includes(3))
  const alterAll = async (wanted: { topic: string; partition: number; replicas: number[] | null }[]) =>
    new Outcomes(
      wanted.map(({ topic, partition, replicas }): [string, undefined | ClientError] => {
        const before = fake.replicas[partition]!
        if (replicas === null) fake.ongoing.delete(keyOf({ topic, partition }))
        else if (partition === 3)
          return [keyOf({ topic, partition }), new ClientError('INVALID_REPLICA_ASSIGNMENT', 'no')]
        else {
          const adding = replicas.filter(id => !before.includes(id))
          const removing = before.filter(id => !replicas.includes(id))
          fake.ongoing.set(keyOf({ topic, partition }), {
            topic,
            partition,
            replicas: [...replicas, ...removing],
            adding,
            removing,
          })
          fake.replicas[partition] = replicas
        }
        return [keyOf({ topic, partition }), undefined]
      }),
    )
  const brokers = [1, 2, 3].map(nodeId => ({ nodeId, host: 'h', port: 1, rack: null, isFenced: false }))
  const dirs = (brokerId: number) => {
    const held = fake.replicas.map((_, partition) => ({
      topic: 'orders',
      partition,
      sizeBytes: 1024 * brokerId,
      isFuture: false,
    }))
    return [{ replicas: held }]
  }
  const electAll = async (_: string, wanted: { topic: string; partition: number }[]) =>
    new Outcomes(
      wanted.map((each): [string, undefined | ClientError] => {
        if (each.partition === 3) return [keyOf(each), new ClientError('PREFERRED_LEADER_NOT_AVAILABLE', 'it is away')]
        fake.leaders[each.partition] = fake.replicas[each.partition]![0]!
        return [keyOf(each), undefined]
      }),
    )
  return {
    topics: { describeAll, list: async () => [{ name: 'orders' }] },
    cluster: { describe: async () => ({ brokers }) },
    reassignments: { list, alterAll },
    logDirs: { describeAll: async () => new Outcomes([1, 2, 3].map(id => [id, dirs(id)] as const)) },
    elections: { electAll },
    close: async () => {},
  }
}

const fakeOf = (...replicas: number[][]): Fake => ({ replicas, leaders: replicas.map(() => 1), ongoing: new Map() })

describe('topic reassign', () => {
  const flags = { wait: true }
  const reassign = (fake: Fake, more: Partial<ReassignFlags>, json = false) =>
    onTerminal(session => reassignTopic(session, { ...flags, ...more }, 'orders'), threeBrokers(fake), json)

  test('a plan changes nothing; carried out it is waited for', async () => {
    const fake = fakeOf([1, 2], [2, 1], [1, 2])
    expect(await reassign(fake, { dryRun: true, brokers: '1-3' })).toMatchInlineSnapshot(`
      "would move 2 partitions of orders  2 replicas to copy, 6.0 KiB
      PARTITION  REPLICAS  NEW REPLICAS  LEADER
      0          1,2       3,1           1 -> 3
      1          2,1       2,3           2
      "
    `)
    expect(fake.replicas).toEqual([[1, 2], [2, 1], [1, 2]]) // biome-ignore format: a table
    expect(await reassign(fake, { to: ['0=2,1'] })).toMatchInlineSnapshot(`
      "moved 1 partition of orders  nothing to copy
      PARTITION  REPLICAS  NEW REPLICAS  LEADER
      0          1,2       2,1           1 -> 2
      "
    `)
    expect(fake.replicas[0]).toEqual([2, 1])
    expect(await reassign(fake, { to: ['0=2,1'] })).toBe('orders is where it should be: nothing to move\n')
    const json = JSON.parse(await reassign(fake, { to: ['1=1'], wait: false }, true))
    expect(json).toEqual([{ topic: 'orders', partition: 1, replicas: [2, 1], newReplicas: [1], state: 'moving' }])
  })

  test('what is under way is shown, and given up', async () => {
    const fake = fakeOf([1, 2], [2, 1])
    await reassign(fake, { to: ['0=1,3'], wait: false })
    expect(await reassign(fake, { status: true })).toMatchInlineSnapshot(`
      "1 partition of orders on the way
      PARTITION  REPLICAS  ADDING  REMOVING  COPIED
      0          1,3,2     3       2         3.0 KiB of 3.0 KiB
      "
    `)
    expect(await reassign(fake, { cancel: true, dryRun: true })).toBe(
      'would give up moving orders-0: it stays on 1,2\n',
    )
    expect(fake.ongoing.size).toBe(1)
    expect(await reassign(fake, { cancel: true })).toBe('gave up moving orders-0: it stays on 1,2\n')
    expect(await reassign(fake, { status: true })).toBe('nothing of orders is on the way\n')
    expect(await reassign(fake, { cancel: true })).toBe('nothing of orders is on the way\n')
  })

  test('how far it is, in bytes: what has arrived counts whole, what is on the way as far as it is there', () => {
    const move = (partition: number, replicas: number[], newReplicas: number[]) => ({ topic: 'orders', partition, replicas, newReplicas }) // biome-ignore format: one thought
    const moves = [move(0, [1], [2]), move(1, [1], [2, 3]), move(2, [1, 2], [2, 1])]
    const underWay = { topic: 'orders', partition: 1, replicas: [1, 2, 3], adding: [2, 3], removing: [1] }
    const sizes = {
      largest: new Map([['orders-0', 100], ['orders-1', 1000], ['orders-2', 5]]),
      byReplica: new Map([['orders-1@1', 1000], ['orders-1@2', 300]]),
    } // biome-ignore format: tables
    const moved = movedBytes(moves, new Map([['orders-1', underWay]]), sizes)
    expect(moved).toEqual({ doneBytes: 400, ofBytes: 2100 })
  })

  test('what is refused is told, after what is moved', async () => {
    const shown = await reassign(fakeOf([1], [1], [1], [1]), { to: ['0=2', '3=2'] })
    expect(shown).toMatch(/^moved 2 partitions[\s\S]*\n0 {2}.*\n! orders-3 does not move: INVALID_REPLICA_ASSIGNMENT/)
  })

  test('what is typed wrongly', async () => {
    const said = async (more: Partial<ReassignFlags>) => (await reassign(fakeOf([1, 2]), more)).slice(0, 120)
    expect(await said({ brokers: '1,9' })).toContain('--brokers: there is no broker 9 that serves; there are 1, 2,')
    expect(await said({ replication: '4' })).toContain('4 replicas of each partition cannot be on 3 brokers')
    expect(await said({ to: ['0=1,1'] })).toContain('a broker is named twice')
    expect(await said({ to: ['7=1'] })).toContain('there is no partition 7')
    expect(await said({ to: ['first'] })).toContain('give partition=brokers')
    expect(await said({ to: ['0=1'], brokers: '1' })).toContain('--to says it all')
    expect(await said({ status: true, cancel: true })).toContain('give either --status or --cancel')
    expect(await said({ cancel: true, brokers: '1' })).toContain('give no plan with them')
    expect(await said({ partitions: '5' })).toContain('orders has no partition 5')
  })

  test('on one broker there is nowhere to go', async () => {
    expect(await out('topic', 'reassign', 'orders')).toBe('orders is where it should be: nothing to move\n')
    expect(await out('topic', 'reassign', 'orders', '--status')).toBe('')
    expect(await refused(2, 'topic', 'reassign', 'orders', '-r', '2')).toContain('cannot be on 1 broker')
    expect(await refused(1, 'topic', 'reassign', 'ordres')).toContain('did you mean "orders"?')
  })
})

describe('topic describe while brokers are away', () => {
  const shown = (code: string, retriable: boolean) => {
    const error = new ClientError(code, 'not now', { retriable })
    const findAll = async (wanted: { topic: string; partition: number }[]) =>
      new Outcomes(wanted.map(each => [keyOf(each), error]))
    const configs = { describeAll: async () => new Outcomes([['TOPIC orders', new Map()]]) }
    const admin = { ...threeBrokers(fakeOf([3, 1])), offsets: { findAll }, configs }
    return onTerminal(session => describeTopics(session, {}, ['orders']), admin)
  }

  test('what a leader does not know at present is left out; what will not pass is told', async () => {
    expect(await shown('OFFSET_NOT_AVAILABLE', true)).toContain(
      'orders          0  1       3,1       3,1          -    -',
    )
    expect(await shown('TOPIC_AUTHORIZATION_FAILED', false)).toContain('! TOPIC_AUTHORIZATION_FAILED: not now')
  })
})

describe('cluster elect', () => {
  const elect = (fake: Fake, type: string, names: string[] = [], more = {}) =>
    onTerminal(session => electLeaders(session, { type, ...more }, names), threeBrokers(fake))

  test('the preferred replicas lead again; a dry run elects none; what fails is told', async () => {
    const fake = fakeOf([1, 2], [2, 1], [3, 1], [2, 3])
    expect(await elect(fake, 'preferred', ['orders:0-2'], { dryRun: true })).toMatchInlineSnapshot(`
      "would elect 2 leaders
      TOPIC   PARTITION  WAS  LEADER  IN SYNC
      orders          1  1    2       2,1
      orders          2  1    3       3,1
      "
    `)
    expect(fake.leaders).toEqual([1, 1, 1, 1])
    expect(await elect(fake, 'preferred')).toMatchInlineSnapshot(`
      "elected 2 leaders
      TOPIC   PARTITION  WAS  LEADER  IN SYNC
      orders          1  1    2       2,1
      orders          2  1    3       3,1
      ! orders-3: PREFERRED_LEADER_NOT_AVAILABLE: it is away
      "
    `)
    expect(fake.leaders).toEqual([1, 2, 3, 1])
  })

  test('an unclean election is for partitions without a leader, and by name', async () => {
    const fake = fakeOf([1, 2], [2, 1])
    fake.leaders = [-1, 2]
    expect(await elect(fake, 'unclean')).toContain('! name the topics')
    expect(await elect(fake, 'unclean', ['orders'])).toMatchInlineSnapshot(`
      "elected 1 leader
      TOPIC   PARTITION  WAS   LEADER  IN SYNC
      orders          0  none  1       1,2
      "
    `)
    expect(await elect(fake, 'unclean', ['orders'])).toBe('each partition has a leader: nothing to elect\n')
  })

  test('as a process', async () => {
    expect(await out('cluster', 'elect')).toBe('each partition is led by its preferred replica: nothing to elect\n')
    expect(JSON.parse(await out('cluster', 'elect', 'orders', '--json'))).toEqual({ elected: 0, partitions: 2 })
    expect(await refused(2, 'cluster', 'elect', '--type', 'dirty')).toContain('it is preferred or unclean')
    expect(await refused(1, 'cluster', 'elect', 'ordres')).toContain('did you mean "orders"?')
  })
})
