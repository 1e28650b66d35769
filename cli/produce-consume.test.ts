// `millrace produce` and `millrace consume` as processes, with standard input and pipes, against a broker of this process.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { AdminBench } from '../testing/admin-bench.ts'
import { MillraceProcess, millrace } from '../testing/millrace-process.ts'

let bench: AdminBench
let folder: string

beforeAll(async () => {
  bench = await AdminBench.start()
  folder = mkdtempSync(join(tmpdir(), 'millrace-records-'))
})
afterAll(async () => {
  await bench.stop()
  rmSync(folder, { recursive: true, force: true })
})

const started: MillraceProcess[] = []
// A test that fails leaves nobody behind.
afterEach(() => {
  for (const process of started.splice(0)) process.kill('SIGKILL')
})

function start(...args: string[]): MillraceProcess {
  const process = new MillraceProcess(args, { bootstrap: bench.bootstrap })
  started.push(process)
  return process
}

/** What becomes true on its own, also on a busy machine. */
const eventually = <Value>(ask: () => Value) => expect.poll(ask, { timeout: 15_000 })

const run = (args: readonly string[], input: string | Buffer = '') =>
  millrace(args, { bootstrap: bench.bootstrap, input })

async function out(args: readonly string[], input: string | Buffer = ''): Promise<string> {
  const ended = await run(args, input)
  // A busy machine may take so long that there is progress to be told.
  expect(ended.err.replace(/^(produced|consumed) .*\/s.*\n/gm, '')).toBe('')
  expect(ended.code).toBe(0)
  return ended.out
}

async function refused(code: number, args: readonly string[], input = ''): Promise<string> {
  const ended = await run(args, input)
  expect(ended.code).toBe(code)
  expect(ended.err).not.toMatch(/^\s+at /m)
  return ended.err
}

const all = (topic: string, format = '%v\\n') =>
  out(['consume', topic, '--from', 'beginning', '--until', 'end', '-f', format])
const topicOf = async (name: string, partitions = 1) => {
  await bench.admin.topics.create({ name, partitions })
  return name
}

describe('produce', () => {
  test('values: says where each record is', async () => {
    const topic = await topicOf('values')
    const args = ['produce', topic, '--key', 'a', '--value', '{"total": 5}', '-v', '', '-H', 'x=1', '-H', 'y=']
    expect(await out(args)).toBe('values[0]@0\nvalues[0]@1\n')
    expect(await out(['produce', topic, '--key', 'a', '--tombstone', '--json'])).toBe(
      '{"topic":"values","partition":0,"offset":2}\n',
    )
    expect(await all(topic, '%k|%v|%h|%K|%S\\n')).toBe('a|{"total": 5}|x=1,y=|1|12\na||x=1,y=|1|0\na|||1|-1\n')
  })

  test('lines of standard input, with keys, to a partition; the last line need not end', async () => {
    const topic = await topicOf('lines', 3)
    expect(await out(['produce', topic, '-K', '::', '-p', '2'], 'k1::v1\nk2::v2::x\n::\nk3::v3')).toBe(
      'produced 4 records\n',
    )
    expect(await all(topic, '%p %k %v\\n')).toBe('2 k1 v1\n2 k2 v2::x\n2  \n2 k3 v3\n')
    expect(await out(['produce', topic, '--json'], '')).toBe('')
    expect(await out(['produce', topic], '')).toBe('produced 0 records\n')
  })

  test('files, compressed; a million bytes come back as they are', async () => {
    const topic = await topicOf('files')
    const lines = Array.from({ length: 50_000 }, (_, index) => `line ${index} of a file\n`).join('')
    writeFileSync(join(folder, 'first'), lines)
    writeFileSync(join(folder, 'second'), 'the end\n')
    const files = ['--file', join(folder, 'first'), '--file', join(folder, 'second')]
    expect(await out(['produce', topic, ...files, '-z', 'zstd'])).toBe('produced 50,001 records\n')
    expect(await all(topic)).toBe(`${lines}the end\n`)
  })

  test('no faster than it is told', async () => {
    const topic = await topicOf('paced')
    const startMs = performance.now()
    await out(['produce', topic, '--rate', '20/s'], '1\n2\n3\n4\n5\n6\n7\n8\n9\n')
    expect(performance.now() - startMs).toBeGreaterThan(8 * 50)
  })

  test('a topic that is not there is created, with a word about what may have been meant', async () => {
    await topicOf('payments')
    const ended = await run(['produce', 'payment', '-v', 'x'])
    expect(ended).toMatchObject({ code: 0, out: 'payment[0]@0\n' })
    expect(ended.err).toBe('payment is new: the cluster creates it if it may; did you mean "payments"?\n')
  })

  test('what cannot be sent ends it and says which and how much was stored', async () => {
    const topic = await topicOf('failing')
    expect(await refused(1, ['produce', topic, '-K', ':'], 'a:1\nb\nc:3\n')).toBe(
      'standard input, line 2: there is no ":" between key and value. What came before it was sent.\n1 record stored in failing\n',
    )
    expect(await refused(1, ['produce', topic], `ok\n${'x'.repeat(1_200_000)}\n`)).toContain(
      'standard input, line 2: longer than 1 MiB',
    )
    expect(await refused(1, ['produce', topic, '-p', '9', '-v', 'x'])).toMatch(/partition/)
    expect(await all(topic, '%k%v ')).toBe('a1 ok ')
  })

  test('Ctrl-C sends what was taken, and says so', async () => {
    const topic = await topicOf('interrupted')
    const typing = start('produce', topic, '--json')
    typing.type('one\ntwo\nthr')
    await eventually(() => typing.out).toContain('"offset":1')
    typing.kill('SIGINT')
    expect(await typing.ended).toMatchObject({ code: 130, err: 'stopped: 2 records stored in interrupted\n' })
    expect(await all(topic)).toBe('one\ntwo\n')
  })

  test('what is typed wrongly', async () => {
    const topic = await topicOf('typed')
    expect(await refused(2, ['produce', topic, '--tombstone'])).toContain('give --key')
    expect(await refused(2, ['produce', topic, '--file', join(folder, 'none')])).toContain('there is no such file')
    expect(await refused(2, ['produce', topic, '-v', 'x', '--file', '-'])).toContain('give values or files, not both')
    expect(await refused(2, ['produce', topic, '--rate', 'fast'])).toContain('such as 1000/s or 60/m')
    expect(await refused(2, ['produce', topic, '-z', 'zip'])).toContain('it is one of none, gzip')
    expect(await refused(2, ['produce', topic, '--acks', '0'])).toContain('it is all or 1')
  })
})

describe('consume', () => {
  beforeAll(async () => {
    await topicOf('orders', 2)
    const nowMs = Date.now()
    await bench.produce('orders', 0, ['a', 'b', 'c'], nowMs - 3_600_000)
    await bench.produce('orders', 0, ['d', 'e'], nowMs - 60_000)
    await bench.produce('orders', 1, ['x'], nowMs - 60_000)
  })
  const orders = (...args: string[]) => out(['consume', 'orders:0', ...args])

  test('from a place, until a place, so many', async () => {
    expect(await orders('--from', 'beginning', '--until', 'end')).toBe('a\nb\nc\nd\ne\n')
    expect(await orders('--from', '-2', '--until', 'end')).toBe('d\ne\n')
    expect(await orders('--from', '15m', '--until', 'end')).toBe('d\ne\n')
    expect(await orders('--from', '1', '--until', '3')).toBe('b\nc\n')
    expect(await orders('--from', 'beginning', '--until', '15m')).toBe('a\nb\nc\n')
    expect(await orders('--from', '1', '--count', '2', '-f', '%t-%p@%o\\x20')).toBe('orders-0@1 orders-0@2 ')
    expect(await orders('--from', 'end', '--until', 'end')).toBe('')
    const both = await out(['consume', 'orders', '--from', '-1', '--until', 'end', '-f', '%p%v '])
    expect(both.split(' ').sort()).toEqual(['', '0e', '1x'])
  })

  test('as JSON: text where it is text', async () => {
    const topic = await topicOf('bytes')
    await out(['produce', topic, '--key', 'grün'], Buffer.from('ff00\n\xff\n', 'latin1'))
    const lines = (await out(['consume', topic, '--from', 'beginning', '--count', '2', '--json'])).trim().split('\n')
    expect(lines.map(line => JSON.parse(line))).toMatchObject([
      { topic, partition: 0, offset: 0, key: 'grün', value: 'ff00', headers: [] },
      { offset: 1, value: { base64: '/w==' } },
    ])
  })

  test('as a member of a group: what was printed is committed, and no more', async () => {
    const asGroup = (count: string) =>
      out(['consume', 'orders', '--group', 'readers', '--from', 'beginning', '--count', count, '-f', '%p%v '])
    const first = await asGroup('2')
    const committed = await bench.admin.groupOffsets.list('readers')
    const offsets = [...committed.values()].reduce((sum, { offset }) => sum + Number(offset), 0)
    expect(offsets).toBe(2)
    const second = await asGroup('4')
    expect(`${first}${second}`.trim().split(' ').sort()).toEqual(['0a', '0b', '0c', '0d', '0e', '1x'])
    expect((await bench.admin.groups.describe('readers')).members).toEqual([])
  })

  test('only committed records, up to the end of what is', async () => {
    const topic = await topicOf('transactional')
    await bench.begin('some-id', topic)
    await bench.admin.transactions.fence('some-id')
    await expect
      .poll(async () => (await bench.admin.transactions.describe('some-id')).state)
      .toMatch(/^(CompleteAbort|Empty)$/)
    await bench.produce(topic, 0, ['good'])
    const args = ['consume', topic, '--from', 'beginning', '--until', 'end']
    expect(await out([...args, '--isolation', 'committed'])).toBe('good\n')
    expect(await out(args)).toBe('in a transaction\ngood\n')
  })

  test('until the end where the end is no record but the marker of a transaction', async () => {
    const topic = await topicOf('marker')
    await bench.begin('marker-id', topic)
    await bench.admin.transactions.fence('marker-id')
    await expect
      .poll(async () => (await bench.admin.transactions.describe('marker-id')).state)
      .toMatch(/^(CompleteAbort|Empty)$/)
    await expect
      .poll(async () => (await bench.admin.offsets.find({ topic, partition: 0, at: 'latest' })).offset)
      .toBe(2)
    expect(await out(['consume', topic, '--from', 'beginning', '--until', 'end', '--isolation', 'committed'])).toBe('')
  })

  test('follows a topic until Ctrl-C', async () => {
    const topic = await topicOf('followed')
    const following = start('consume', topic, '--from', 'beginning')
    await bench.produce(topic, 0, ['first'])
    await eventually(() => following.out).toBe('first\n')
    await bench.produce(topic, 0, ['second'])
    await eventually(() => following.out).toBe('first\nsecond\n')
    following.kill('SIGINT')
    expect(await following.ended).toMatchObject({ code: 130, err: 'stopped\n' })
  })

  test('what is typed wrongly', async () => {
    expect(await refused(1, ['consume', 'ordres'])).toBe('no topic "ordres"; did you mean "orders"?\n')
    expect(await refused(2, ['consume', 'orders:7'])).toContain('orders has no partition 7')
    expect(await refused(2, ['consume', 'orders', '-f', '%q'])).toContain('--format: %q is not known')
    expect(await refused(2, ['consume', 'orders', '--from', 'then'])).toContain('--from then: give beginning')
    expect(await refused(2, ['consume', 'orders:0', '-g', 'x'])).toContain('the group gives out the partitions')
    expect(await refused(2, ['consume', 'orders', '-g', 'x', '--from', '15m'])).toContain('millrace group reset')
    expect(await refused(2, ['consume', 'orders', '--isolation', 'full'])).toContain('it is committed or uncommitted')
  })
})
