// The log against a broker in the simulated world: who may write, what becomes of those who may not any more, and what a
// reader is given. That all of it holds in trouble: testing/registry-sim.

import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type BenchLog, SchemasLogBench } from '../../testing/schemas-log-bench.ts'
import { SchemasLogError, type SchemasRecord } from '../store/schemas-log.ts'
import { firstProducerId } from './term.ts'

let bench: SchemasLogBench
beforeEach(async () => {
  bench = await SchemasLogBench.start()
})
afterEach(() => bench.stop())

const record = (name: string, value: string | null = '{}'): SchemasRecord => ({
  key: `{"keytype":"SCHEMA","subject":"${name}","version":1,"magic":1}`,
  value,
})

async function leads({ log }: BenchLog): Promise<void> {
  log.mayLead = true
  await bench.complete(log.readToEnd())
}

const append = ({ log }: BenchLog, ...records: SchemasRecord[]) => bench.complete(log.append(records))

async function refusal(work: Promise<unknown>): Promise<SchemasLogError> {
  const error = await bench.complete(work.then(() => undefined, (failure: unknown) => failure)) // biome-ignore format: one thought
  expect(error).toBeInstanceOf(SchemasLogError)
  return error as SchemasLogError
}

test('creates the topic, compacted and with one partition', async () => {
  await bench.open('a')
  const admin = bench.admin()
  const { partitions } = await bench.complete(admin.topics.describe('_schemas'))
  const configs = await bench.complete(admin.configs.describe({ type: 'TOPIC', name: '_schemas' }))
  expect(partitions.length).toBe(1)
  expect(configs.get('cleanup.policy')?.value).toBe('compact')
})

test('what is appended has been applied when the promise resolves, in one batch, and by everybody else soon', async () => {
  const [a, b] = [await bench.open('a'), await bench.open('b')]
  await leads(a)
  const offset = await append(a, record('one'), record('two', null))
  expect(offset).toBe(2n)
  expect(a.log.appliedOffset).toBe(3n)
  const lines = [`1 ${record('one').key} {}`, `2 ${record('two').key} null`]
  expect(a.applied.lines).toEqual(lines)
  await bench.complete(b.log.readToEnd())
  expect(b.applied.lines).toEqual(lines)
})

test('a follower cannot append, and its reading claims nothing', async () => {
  const a = await bench.open('a')
  await bench.complete(a.log.readToEnd())
  const error = await refusal(a.log.append([record('one')]))
  expect([error.isUnknown, error.message]).toEqual([false, '_schemas is not written now: this instance does not lead'])
  expect(a.log.appliedOffset).toBe(0n)
})

test('reading to the end costs a leader nothing: its term says that nobody else has written', async () => {
  const a = await bench.open('a')
  await leads(a)
  const before = a.log.appliedOffset
  await bench.complete(a.log.readToEnd())
  expect(a.log.appliedOffset).toBe(before)
  expect(a.log.term).toEqual({ producerId: firstProducerId, epoch: 0 })
})

describe('a deposed leader', () => {
  test('is refused by the partition, steps aside, and nothing of it lands', async () => {
    const [a, b] = [await bench.open('a'), await bench.open('b')]
    await leads(a)
    await append(a, record('one'))
    // It does not hear of the other's claim.
    bench.sim.world.network.block('broker', 'a', { oneWay: true })
    const late = refusal(a.log.append([record('late')]))
    bench.sim.world.network.block('a', 'broker', { oneWay: true })
    await leads(b)
    await append(b, record('two'))
    bench.sim.world.network.heal()
    const error = await late
    await bench.complete(b.log.readToEnd())
    await bench.sim.world.runFor(1000)
    expect(b.applied.lines.map(line => line.split(' ')[0])).toEqual(['1', '3'])
    expect(a.applied.lines).toEqual(b.applied.lines)
    expect(error.message).toContain('another instance has become the leader')
    expect([a.deposed, a.log.term, b.log.term?.epoch]).toEqual([1, undefined, 1])
  })

  test('notices by what it reads, too', async () => {
    const [a, b] = [await bench.open('a'), await bench.open('b')]
    await leads(a)
    await leads(b)
    await bench.sim.world.runFor(1000)
    expect([a.deposed, a.log.term]).toEqual([1, undefined])
    expect((await refusal(a.log.append([record('late')]))).isUnknown).toBe(false)
  })

  test('leads again by another claim', async () => {
    const [a, b] = [await bench.open('a'), await bench.open('b')]
    await leads(a)
    await leads(b)
    await bench.sim.world.runFor(1000)
    await leads(a)
    expect(a.log.term?.epoch).toBe(2)
    await append(a, record('one'))
    expect((await refusal(b.log.append([record('late')]))).isUnknown).toBe(false)
  })
})

test('two that claim at once have different terms', async () => {
  const [a, b] = [await bench.open('a'), await bench.open('b')]
  a.log.mayLead = b.log.mayLead = true
  await bench.complete(Promise.all([a.log.readToEnd(), b.log.readToEnd()]))
  await bench.sim.world.runFor(1000)
  const held = [a, b].filter(({ log }) => log.term !== undefined)
  expect(held.length).toBe(1)
  await append(held[0]!, record('one'))
})

test('an append of unknown outcome ends the term; the next one is claimed behind it', async () => {
  const a = await bench.open('a')
  await leads(a)
  bench.sim.world.network.block('broker', 'a', { oneWay: true })
  const error = await refusal(a.log.append([record('one')]))
  expect(error.isUnknown).toBe(true)
  expect(a.log.term).toBeUndefined()
  bench.sim.world.network.heal()
  await leads(a)
  expect(a.log.term?.epoch).toBe(1)
  expect(a.applied.lines).toEqual([`1 ${record('one').key} {}`])
})

test('less time than a request may take is told the broker in whole milliseconds', async () => {
  const a = await bench.open('a', { writeTimeoutMs: 2500.5 })
  await leads(a)
  expect(await append(a, record('one'))).toBe(1n)
})

test('a record too large is refused for good, and the term goes on', async () => {
  const a = await bench.open('a')
  await leads(a)
  const error = await refusal(a.log.append([record('one', 'x'.repeat(2_000_000))]))
  expect([error.isUnknown, (error.cause as { code: string }).code]).toEqual([false, 'MESSAGE_TOO_LARGE'])
  expect(await append(a, record('one'))).toBe(1n)
})

test('one append at a time: a second one is refused, not queued', async () => {
  const a = await bench.open('a')
  await leads(a)
  const first = a.log.append([record('one')])
  expect((await refusal(a.log.append([record('two')]))).message).toContain('an append is under way')
  expect(await bench.complete(first)).toBe(1n)
})

test('who resigns while it appends is told what became of it, and cannot append any more', async () => {
  const a = await bench.open('a')
  await leads(a)
  const under = a.log.append([record('one')])
  a.log.resign()
  expect(await bench.complete(under)).toBe(1n)
  expect((await refusal(a.log.append([record('two')]))).isUnknown).toBe(false)
})

test('epochs that are used up: the producer id is closed, and the next one begins', async () => {
  const [a, b] = [await bench.open('a', { epochMax: 2 }), await bench.open('b', { epochMax: 2 })]
  const terms: string[] = []
  for (const each of [a, b, a, b, a]) {
    await leads(each)
    terms.push(`${each.log.term!.producerId - firstProducerId}/${each.log.term!.epoch}`)
    await append(each, record(`r${terms.length}`))
    await bench.sim.world.runFor(1000)
  }
  expect(terms).toEqual(['0/0', '0/1', '1/0', '1/1', '2/0'])
  expect(a.applied.lines.length).toBe(5)
})

test('claims that compaction has taken: the partition still knows, and the claim finds its way past them', async () => {
  const [a, b] = [await bench.open('a'), await bench.open('b')]
  for (let count = 0; count < 4; count += 1) {
    for (const each of [a, b]) {
      await leads(each)
      await bench.sim.world.runFor(1000)
    }
  }
  const admin = bench.admin()
  const setPolicy = (policy: string) =>
    bench.complete(admin.configs.alter({ type: 'TOPIC', name: '_schemas' }, { 'cleanup.policy': policy }))
  await setPolicy('delete')
  await bench.complete(admin.records.delete({ topic: '_schemas', partition: 0, before: 8 }))
  await setPolicy('compact')
  const c = await bench.open('c')
  await leads(c)
  expect(c.log.term!.epoch).toBeGreaterThan(7)
  await append(c, record('one'))
  await bench.sim.world.runFor(1000)
  expect(b.deposed).toBeGreaterThan(0)
})

describe('a topic that must not be used', () => {
  const create = (partitions: number, policy: string) =>
    bench.complete(bench.admin().topics.create({ name: '_schemas', partitions, configs: { 'cleanup.policy': policy } }))
  const opened = () => bench.open('a').catch((error: Error) => error.message)

  test('with the wrong policy: the message says what it is and how to set it', async () => {
    await create(1, 'delete')
    expect(await opened()).toBe(
      'The topic _schemas has cleanup.policy=delete, with which schemas would be deleted after a while. ' +
        'Set it right first: millrace config set topic _schemas cleanup.policy=compact',
    )
  })

  test('with several partitions', async () => {
    await create(3, 'compact')
    expect(await opened()).toContain('has 3 partitions, and schemas need exactly one')
  })
})

test('says when the topic has fewer replicas than wanted', async () => {
  const a = await bench.open('a')
  expect(a.warnings.join()).toContain('_schemas has 1 of 3 replicas')
})
