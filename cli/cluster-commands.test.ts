// The commands that administer a cluster, as a user types them: the bundle as a process of its own, against a broker of this one.
// What they print on a terminal is asked of the same functions with streams that say that they are one.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { AdminBench } from '../testing/admin-bench.ts'
import { millrace } from '../testing/millrace-process.ts'
import { describeGroup } from './group/describe.ts'
import { resetGroup } from './group/reset.ts'
import { Session } from './terminal/session.ts'
import { describeTopics } from './topic/describe.ts'
import { listTopics } from './topic/list.ts'

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

/** What is printed on a terminal. */
async function onTerminal(run: (session: Session) => Promise<void>): Promise<string> {
  let printed = ''
  const stream = { isTTY: true, write: (text: string) => (printed += text) } as never
  const flags = { bootstrap: bench.bootstrap, timeout: '10s' }
  const session = new Session(flags, new AbortController().signal, { out: stream, err: stream })
  await run(session)
  await session.close()
  return printed
}

beforeAll(async () => {
  process.env.NO_COLOR = '1'
  bench = await AdminBench.start()
  await bench.admin.topics.createAll([
    { name: 'orders', partitions: 2, configs: { 'retention.ms': '86400000' } },
    { name: 'payments', partitions: 1 },
  ])
  await bench.produce(
    'orders',
    0,
    Array.from({ length: 1200 }, (_, index) => `v${index}`),
  )
  await bench.admin.groupOffsets.alter('billing', [
    { topic: 'orders', partition: 0, offset: 1000 },
    { topic: 'orders', partition: 1, offset: 0 },
  ])
})
afterAll(() => bench.stop())

describe('topic', () => {
  test('list: lines with tabs in a pipe, a table on a terminal, JSON', async () => {
    expect(await out('topic', 'list')).toBe('orders\t2\t1\npayments\t1\t1\n')
    expect(await onTerminal(session => listTopics(session, {}))).toMatchInlineSnapshot(`
      "TOPIC     PARTITIONS  REPLICATION
      orders             2            1
      payments           1            1
      "
    `)
    const listed = JSON.parse(await out('topic', 'list', '--json', '--internal'))
    expect(listed.map(({ name }: { name: string }) => name)).toContain('__consumer_offsets')
  })

  test('describe', async () => {
    expect(await out('topic', 'describe', 'orders')).toBe(
      'orders\t0\t1\t1\t1\t0\t1200\t1200\norders\t1\t1\t1\t1\t0\t0\t0\n',
    )
    const shown = await onTerminal(session => describeTopics(session, {}, ['orders']))
    expect(shown.replace(/id \S{22}/, 'id ID')).toMatchInlineSnapshot(`
      "orders  2 partitions  replication 1  id ID
        retention.ms=86400000
      TOPIC   PARTITION  LEADER  REPLICAS  IN SYNC  BEGIN    END  RECORDS
      orders          0  1       1         1            0  1,200    1,200
      orders          1  1       1         1            0      0        0
      "
    `)
    const [json] = JSON.parse(await out('topic', 'describe', 'orders', '--json'))
    expect(json).toMatchObject({ name: 'orders', settings: { 'retention.ms': '86400000' } })
    expect(json.partitions[0]).toMatchObject({ partition: 0, leaderId: 1, begin: 0, end: 1200 })
  })

  test('create, alter, delete; each first as a dry run that changes nothing', async () => {
    const create = ['topic', 'create', 'made', '--partitions', '3', '--config', 'retention.ms=1000']
    expect(await out(...create, '--dry-run')).toBe('would create made  3 partitions  replication 1\n')
    expect(await out(...create)).toBe('created made  3 partitions  replication 1\n')
    expect(await refused(1, ...create)).toContain('topic "made" is there already')
    expect(await out(...create, '--if-missing')).toBe('made is there already\n')
    const alter = ['topic', 'alter', 'made', '-p', '5', '-c', 'flush.ms=7', '--unset', 'retention.ms']
    expect(await out(...alter, '--dry-run')).toBe(
      'would alter made  3 -> 5 partitions  flush.ms=7  retention.ms unset\n',
    )
    expect((await bench.admin.topics.describe('made')).partitions).toHaveLength(3)
    expect(await out(...alter)).toBe('altered made  3 -> 5 partitions  flush.ms=7  retention.ms unset\n')
    expect(await out('config', 'describe', 'topic', 'made')).toBe(
      'flush.ms\t7\tdynamic topic\nmin.insync.replicas\t1\tdynamic default broker\n',
    )
    expect(await refused(1, 'topic', 'alter', 'made', '-p', '2')).toContain('made has 5 partitions: it cannot have 2')
    expect(await refused(2, 'topic', 'alter', 'made')).toContain('give --partitions, --config or --unset')
    expect(await out('topic', 'delete', 'made', 'made', '--dry-run')).toBe(
      'would delete made  5 partitions  up to 0 records\n',
    )
    expect(await refused(1, 'topic', 'delete', 'made', 'ordres')).toBe('no topic "ordres"; did you mean "orders"?\n')
    expect(JSON.parse(await out('topic', 'delete', 'made', '--json'))).toEqual({ name: 'made', deleted: true })
    expect(await out('topic', 'list')).not.toContain('made')
  })

  test('trim', async () => {
    await bench.produce('payments', 0, ['a', 'b', 'c', 'd'])
    const trim = ['topic', 'trim', 'payments', '--before']
    expect(await out(...trim, '-1', '--dry-run')).toBe('0\t0\t3\t4\t3\n')
    expect(await out(...trim, '2')).toBe('0\t0\t2\t4\t2\n')
    expect(await out(...trim, 'end', '--partitions', '0')).toBe('0\t2\t4\t4\t2\n')
    expect(await refused(2, ...trim, 'end', '--partitions', '0-3')).toContain('payments has no partition 1')
    expect(await refused(2, ...trim, 'yesterday')).toContain('--before yesterday: give beginning, end, an offset')
  })
})

describe('group', () => {
  test('list and describe', async () => {
    expect(await out('group', 'list')).toBe('billing\tClassic\t\tEmpty\n')
    expect(await out('group', 'list', '--state', 'Stable')).toBe('')
    expect(await refused(2, 'group', 'list', '--type', 'old')).toContain(
      'it is one of Classic, Consumer, Share, Streams',
    )
    expect(await refused(1, 'group', 'describe', 'biling')).toBe('no group "biling"; did you mean "billing"?\n')
    expect(await onTerminal(session => describeGroup(session, {}, 'billing')).then(hidePort)).toMatchInlineSnapshot(`
      "group billing  empty  offsets only  0 members  coordinator HOST:PORT
      TOPIC   PARTITION  COMMITTED    END  LAG  MEMBER  HOST
      orders          0      1,000  1,200  200       -     -
      orders          1          0      0    0       -     -
      "
    `)
  })

  test('of members: who has which partitions', async () => {
    await bench.join('readers', ['orders'])
    expect(await onTerminal(session => describeGroup(session, {}, 'readers')).then(hidePort)).toMatchInlineSnapshot(`
      "group readers  stable  protocol consumer (KIP-848)  1 member  coordinator HOST:PORT
      TOPIC   PARTITION  COMMITTED    END  LAG  MEMBER             HOST
      orders          0          -  1,200    -  member-of-readers  127.0.0.1
      orders          1          -      0    -  member-of-readers  127.0.0.1
      "
    `)
    expect(await out('group', 'describe', 'readers', '--members')).toBe(
      'member-of-readers\tmillrace\t127.0.0.1\t\torders-0 orders-1\n',
    )
    expect(await refused(1, 'group', 'reset', 'readers', '--to', 'earliest')).toContain(
      'group readers has 1 member: stop them',
    )
    expect(await refused(1, 'group', 'delete', 'readers')).toContain('group readers has 1 member: stop them first')
  })

  test('reset to places, by shifts, of some partitions; a dry run sets nothing', async () => {
    const reset = (...args: string[]) => out('group', 'reset', 'billing', ...args)
    expect(await reset('--to', 'earliest', '--dry-run')).toBe('orders\t0\t1000\t0\t1200\t1200\norders\t1\t0\t0\t0\t0\n')
    expect(
      await onTerminal(session => resetGroup(session, { shift: '-100', dryRun: true }, 'billing')),
    ).toMatchInlineSnapshot(`
      "would reset 2 partitions of billing
      TOPIC   PARTITION  COMMITTED  NEW    END  LAG
      orders          0      1,000  900  1,200  300
      orders          1          0    0      0    0
      "
    `)
    expect(await out('group', 'describe', 'billing')).toContain('orders\t0\t1000\t')
    expect(await reset('--topic', 'orders:0', '--to', '-10')).toBe('orders\t0\t1000\t1190\t1200\t10\n')
    expect(await reset('--topic', 'orders:0', '--shift', '+500')).toBe('orders\t0\t1190\t1200\t1200\t0\n')
    expect(await reset('--topic', 'orders:0', '--to', '7')).toBe('orders\t0\t1200\t7\t1200\t1193\n')
    expect(await reset('--topic', 'orders:0', '--to', '1h')).toBe('orders\t0\t7\t0\t1200\t1200\n')
    const made = ['group', 'reset', 'new-one', '--to', 'latest']
    expect(await refused(1, ...made)).toContain('no group "new-one"')
    expect(await out(...made, '--topic', 'orders')).toBe('orders\t0\t\t1200\t1200\t0\norders\t1\t\t0\t0\t0\n')
    expect(await refused(2, 'group', 'reset', 'billing')).toContain('give either --to PLACE or --shift RECORDS')
    expect(await refused(2, ...made, '--topic', 'orders:9')).toContain('orders has no partition 9')
  })

  test('delete', async () => {
    expect(await out('group', 'delete', 'new-one', '--dry-run')).toBe('would delete new-one  2 offsets\n')
    expect(await out('group', 'delete', 'new-one')).toBe('deleted new-one\n')
    expect(await refused(1, 'group', 'delete', 'new-one')).toContain('no group "new-one"')
  })
})

const hidePort = (text: string) => text.replace(/127\.0\.0\.1:\d+/, 'HOST:PORT')

describe('config, offsets, cluster', () => {
  test('config: set, unset, of brokers and groups, with a word about what was meant', async () => {
    expect(await out('config', 'set', 'topic', 'payments', 'retention.ms=5', 'flush.ms=6')).toBe(
      'altered topic payments  retention.ms=5  flush.ms=6\n',
    )
    expect(await out('config', 'unset', 'topic', 'payments', 'retention.ms')).toBe(
      'altered topic payments  retention.ms unset\n',
    )
    const entries = JSON.parse(await out('config', 'describe', 'topic', 'payments', '--json'))
    expect(entries).toContainEqual(
      expect.objectContaining({ name: 'flush.ms', value: '6', source: 'DYNAMIC_TOPIC_CONFIG' }),
    )
    expect(await out('config', 'describe', 'broker', '1', '--all')).toContain('node.id\t1\tstatic broker\n')
    expect(await out('config', 'set', 'brokers', 'log.retention.ms=86400000', '--dry-run')).toContain(
      'would alter all brokers',
    )
    expect(await refused(1, 'config', 'set', 'topic', 'payments', 'retention.mss=5')).toBe(
      'no setting "retention.mss"; did you mean "retention.ms"?\n',
    )
    expect(await refused(2, 'config', 'set', 'topic', 'payments', 'retention.ms')).toContain('name=value')
    expect(await refused(2, 'config', 'describe', 'table', 'payments')).toContain('it is one of topic, broker, brokers')
    expect(await refused(2, 'config', 'describe', 'topic')).toContain('name the topic')
  })

  test('offsets: where partitions begin and end, and what is at a moment', async () => {
    expect(await out('offsets', 'orders')).toBe('orders\t0\t0\t1200\t1200\norders\t1\t0\t0\t0\n')
    expect(await out('offsets', 'orders', '--at', '15m')).toBe('orders\t0\t0\t1200\t1200\norders\t1\t0\t0\t0\n')
    expect(await out('offsets', 'orders', '--at', '-5')).toBe('orders\t0\t1195\t1200\t5\norders\t1\t0\t0\t0\n')
  })

  test('cluster', async () => {
    expect(await out('cluster', 'describe')).toBe(`1\t${bench.bootstrap}\t\tserving\n`)
    expect(await out('cluster', 'features')).toContain('transaction.version\t2\t0 to 2\n')
    expect(await out('cluster', 'quorum')).toMatch(/^1\tleader\t\d+\t0\n$/)
    expect(await out('cluster', 'log-dirs')).toMatch(/^1\t\S+\/data\tonline\t\d+\t/)
    expect(await out('cluster', 'log-dirs', '--topic', 'payments')).toMatch(
      /^payments\t0\t1\t\S+\/data\t\d+ B\t0\tcurrent\n$/,
    )
  })
})

describe('what is typed wrongly', () => {
  test('is exit code 2 and one message that says what to do', async () => {
    expect(await refused(2, 'strat')).toContain('Did you mean start?')
    expect(await refused(2, 'topic', 'lst')).toContain('Did you mean list?')
    expect(await refused(2, 'topic', 'list', '--jsno')).toContain("unknown option '--jsno'")
    expect(await refused(2, 'topic', 'describe')).toContain("missing required argument 'names'")
    expect(await refused(2, 'topic', 'create', 'x', '-p', 'many')).toContain('--partitions many: give a whole number')
    expect(await refused(2, 'topic', 'list', '--timeout', 'soon')).toContain('--timeout soon: a length of time is')
    expect(await refused(2, 'topic', 'list', '-b', 'nowhere')).toContain('give host:port')
    expect(await refused(2, 'topic')).toContain('Usage: millrace topic')
  })

  test('nobody who listens is exit code 1, at once, with what to do', async () => {
    const said = await refused(1, 'topic', 'list', '-b', '127.0.0.1:1')
    expect(said).toContain('cannot connect to 127.0.0.1:1: nobody listens there')
    expect(said).toContain('Start a broker with `millrace start`, or name the cluster with --bootstrap')
  })
})

test('each command has help with two examples', async () => {
  const { program } = await import('./program.ts')
  const all = await program('all')
  const leaves = (command: typeof all): (typeof all)[] =>
    command.commands.length === 0 ? [command] : command.commands.flatMap(leaves)
  for (const command of leaves(all)) {
    let help = ''
    command.configureOutput({ writeOut: text => (help += text) }).outputHelp()
    expect(help.match(/^ {2}(millrace|source|\S+ \|)/gm)?.length, command.name()).toBeGreaterThanOrEqual(2)
  }
})
