// What the channels say, of clients of a whole broker in the simulated world.

import { AsyncLocalStorage } from 'node:async_hooks'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ConsumerBench } from '../../testing/consumer-bench.ts'
import { HeardChannels } from '../../testing/heard-channels.ts'
import { Producer } from '../producer/producer.ts'
import type { ProducerOptions } from '../producer/producer-options.ts'
import { processing } from './channels.ts'

const bootstrap = 'broker:19094'
const place = { topic: 'orders', partition: 0 }
let bench: ConsumerBench
let heard: HeardChannels | undefined

beforeEach(async () => {
  bench = await ConsumerBench.start({ settings: { 'group.initial.rebalance.delay.ms': '0' } })
  await bench.topic('orders')
})
afterEach(async () => {
  heard?.stop()
  heard = undefined
  await bench.stop()
})

const producer = (options: Partial<ProducerOptions> = {}) =>
  new Producer({ bootstrap, clientId: 'shop', ...options }, bench.sim.world.host('producer').start())

describe('requests and connections', () => {
  test('a request is told when it leaves, and the same message when its answer is there', async () => {
    heard = new HeardChannels('millrace:client:request:sent', 'millrace:client:request:answered')
    const client = producer()
    await bench.complete(client.send('orders', { value: 'x'.repeat(1000) }))
    await bench.complete(client.close())
    const [sent] = heard.of('millrace:client:request:sent').filter(({ api }) => api === 'Produce')
    const [answered] = heard.of('millrace:client:request:answered').filter(({ api }) => api === 'Produce')
    expect(sent).toMatchObject({ clientId: 'shop', broker: bootstrap, lane: 'data', expectsAnswer: true })
    expect(sent).toMatchObject({ latencyMs: undefined, responseBytes: undefined, error: undefined })
    expect(sent!.requestBytes).toBeGreaterThan(1000)
    expect(sent!.requestBytes).toBeLessThan(1300)
    expect(answered).toMatchObject({ correlationId: sent!.correlationId, error: undefined, throttleTimeMs: 0 })
    expect(answered!.latencyMs).toBeGreaterThan(0)
    expect(answered!.responseBytes).toBeGreaterThan(20)
  })

  test('a request that nobody listened to when it left is not told when it is answered', async () => {
    const client = producer()
    const sent = client.send('orders', { value: 'x' })
    await bench.sim.world.runFor(0.001)
    heard = new HeardChannels('millrace:client:request:answered')
    await bench.complete(sent)
    expect(heard.all.length).toBeGreaterThan(0)
    expect(heard.of('millrace:client:request:answered').every(({ latencyMs }) => latencyMs! >= 0)).toBe(true)
    await bench.complete(client.close())
  })

  test('a connection that is opened, and closed because it is wanted', async () => {
    heard = new HeardChannels('millrace:client:connection:opened', 'millrace:client:connection:closed')
    const client = producer()
    await bench.complete(client.send('orders', { value: 'x' }))
    expect(heard.of('millrace:client:connection:opened')).toMatchObject([{ broker: bootstrap, lane: 'data' }])
    expect(heard.of('millrace:client:connection:opened')[0]!.durationMs).toBeGreaterThan(0)
    await bench.complete(client.close())
    const who = { clientId: 'shop', broker: bootstrap, lane: 'data' }
    expect(heard.of('millrace:client:connection:closed')).toEqual([{ ...who, error: undefined }])
  })

  test('a broker that dies: lost, failures, retries, the breaker; and the breaker closes when it is back', async () => {
    heard = new HeardChannels(
      'millrace:client:connection:closed',
      'millrace:client:connection:failed',
      'millrace:client:retry',
      'millrace:client:breaker:opened',
      'millrace:client:breaker:closed',
      'millrace:client:request:answered',
    )
    const client = producer()
    await bench.complete(client.send('orders', { value: 'x' }))
    bench.sim.host.crashProcess()
    const sent = client.send('orders', { value: 'y' })
    await bench.sim.world.runFor(5000)
    expect(heard.of('millrace:client:connection:closed')[0]).toMatchObject({ error: { code: 'CONNECTION_CLOSED' } })
    expect(heard.of('millrace:client:connection:failed')[0]).toMatchObject({ error: { code: 'BROKER_UNREACHABLE' } })
    const [opened] = heard.of('millrace:client:breaker:opened')
    expect(opened).toMatchObject({ clientId: 'shop', broker: bootstrap, error: { code: 'BROKER_UNREACHABLE' } })
    expect(opened!.waitMs).toBeGreaterThan(0)
    const retries = heard.of('millrace:client:retry')
    expect(retries.map(({ what }) => what)).toContain('ask for metadata')
    expect(retries.find(({ what }) => what === 'connect to a leader')).toMatchObject({ failures: 1 })
    expect(heard.of('millrace:client:breaker:closed')).toEqual([])
    await bench.sim.start()
    await bench.complete(sent)
    expect(heard.of('millrace:client:breaker:closed')).toEqual([{ clientId: 'shop', broker: bootstrap }])
    await bench.complete(client.close())
    await bench.reconnect()
  })

  test('what was under way on a lost connection has failed', async () => {
    heard = new HeardChannels('millrace:client:request:answered')
    const client = producer({ requestTimeoutMs: 2000 })
    await bench.complete(client.send('orders', { value: 'x' }))
    bench.cutOff('producer')
    const sent = client.send('orders', { value: 'y' })
    await bench.sim.world.runFor(2100)
    const failed = heard.of('millrace:client:request:answered').filter(({ error }) => error !== undefined)
    expect(failed[0]).toMatchObject({ api: 'Produce', error: { code: 'REQUEST_TIMED_OUT_LOCALLY' }, responseBytes: undefined }) // biome-ignore format: one thought
    expect(failed[0]!.latencyMs).toBeCloseTo(2000, -2)
    bench.heal()
    await bench.complete(sent)
    await bench.complete(client.close())
  })
})

describe('producers', () => {
  test('a batch: sent, and acknowledged with its offset; a client: opened and closed', async () => {
    heard = new HeardChannels(
      'millrace:client:opened',
      'millrace:client:closed',
      'millrace:client:producer:batch:sent',
      'millrace:client:producer:batch:acked',
    )
    const client = producer({ lingerMs: 20 })
    await bench.complete(Promise.all(['a', 'b', 'c'].map(value => client.send('orders', { value }))))
    await bench.complete(client.send('orders', { value: 'd' }))
    const [sent] = heard.of('millrace:client:producer:batch:sent')
    expect(sent).toMatchObject({ ...place, clientId: 'shop', transactionalId: null, broker: bootstrap, records: 3 })
    expect(sent).toMatchObject({ attempt: 1, baseOffset: undefined, latencyMs: undefined })
    expect(sent!.queuedMs).toBeGreaterThanOrEqual(20)
    const acked = heard.of('millrace:client:producer:batch:acked')
    expect(acked.map(({ baseOffset }) => baseOffset)).toEqual([0, 3])
    expect(acked[0]!.latencyMs).toBeGreaterThan(0)
    // Length, checksum and the rest of the header are 61 bytes; the records 7 more each.
    expect(acked[0]!.bytes).toBeGreaterThan(61 + 3 * 7)
    await bench.complete(client.close())
    expect(heard.of('millrace:client:opened')).toEqual([{ kind: 'producer', clientId: 'shop', client }])
    expect(heard.of('millrace:client:closed')).toEqual([{ kind: 'producer', clientId: 'shop', client }])
  })

  test('a batch that is given up, refused or never sent', async () => {
    await bench.topic('small', { configs: { 'max.message.bytes': '200' } })
    heard = new HeardChannels('millrace:client:producer:batch:failed')
    const client = producer()
    const refused = expect(client.send('small', { value: 'x'.repeat(500) })).rejects.toThrow()
    await bench.complete(refused)
    expect(heard.of('millrace:client:producer:batch:failed')).toMatchObject([
      { topic: 'small', records: 1, attempt: 1, error: { code: 'MESSAGE_TOO_LARGE' }, broker: bootstrap },
    ])
    await bench.complete(client.send('orders', { value: 'x' }))
    bench.cutOff('producer')
    const late = expect(client.send('orders', { value: 'x' })).rejects.toThrow()
    await bench.sim.world.runFor(130_000)
    await late
    const last = heard.of('millrace:client:producer:batch:failed').at(-1)
    expect(last).toMatchObject({ topic: 'orders', error: { code: 'DEADLINE_EXCEEDED' } })
    bench.heal()
    await bench.complete(client.close())
  })
})

describe('consumers', () => {
  const all = [
    'millrace:client:consumer:batch:delivered',
    'millrace:client:consumer:batch:processed',
    'millrace:client:consumer:commit',
    'millrace:client:consumer:rebalance',
    'millrace:client:consumer:lag',
    'millrace:client:consumer:reset',
  ] as const

  test('a life: assigned, delivered, processed, committed, revoked', async () => {
    await bench.produce('orders', ['a', 'b'])
    heard = new HeardChannels(...all)
    const consumer = bench.consumer({ group: 'billing', topics: 'orders', clientId: 'till', lagIntervalMs: 1000 })
    expect(await bench.read(consumer, 2)).toEqual(['a', 'b'])
    await bench.sim.world.runFor(2000)
    await bench.complete(consumer.close())
    const who = { clientId: 'till', group: 'billing' }
    const [assigned, revoked] = heard
      .of('millrace:client:consumer:rebalance')
      .filter(each => each.partitions.length > 0)
    expect(assigned).toMatchObject({ ...who, kind: 'assigned', partitions: [place] })
    expect(assigned!.memberId).not.toBe('')
    expect(assigned!.generationId).toBeGreaterThan(0)
    expect(revoked).toMatchObject({ ...who, kind: 'revoked', partitions: [place] })
    const [delivered] = heard.of('millrace:client:consumer:batch:delivered')
    expect(delivered).toMatchObject({ ...who, ...place, fromOffset: 0, nextOffset: 2, records: 2, lag: 0 })
    expect(delivered).toMatchObject({ outcome: undefined, durationMs: undefined })
    const [processed] = heard.of('millrace:client:consumer:batch:processed')
    expect(processed).toMatchObject({ nextOffset: 2, outcome: 'processed' })
    expect(processed!.durationMs).toBeGreaterThanOrEqual(0)
    expect(heard.of('millrace:client:consumer:reset')).toMatchObject([{ ...who, ...place, to: 'earliest', offset: 0 }])
    expect(heard.of('millrace:client:consumer:lag')[0]).toEqual({ ...who, partitions: [{ ...place, lag: 0 }] })
    const [commit] = heard.of('millrace:client:consumer:commit')
    expect(commit).toMatchObject({ ...who, offsets: [{ ...place, offset: 2 }], error: undefined })
    expect(commit!.durationMs).toBeGreaterThan(0)
  })

  test('what a loop that was left did not process is given back; what was taken away in hand is given up', async () => {
    await bench.produce('orders', ['a', 'b'])
    heard = new HeardChannels('millrace:client:consumer:batch:processed')
    const consumer = bench.consumer()
    consumer.assign([place])
    const loop = consumer.batches()
    await bench.complete(loop.next())
    await loop.return()
    const again = consumer.batches()
    await bench.complete(again.next())
    consumer.assign([])
    await again.return()
    const outcomes = heard.of('millrace:client:consumer:batch:processed').map(({ outcome }) => outcome)
    expect(outcomes).toEqual(['given back', 'given up'])
  })

  test('run(): batches end as processed when their last record is; each call of the handler is traced', async () => {
    await bench.produce('orders', ['a', 'b'])
    heard = new HeardChannels('millrace:client:consumer:batch:processed')
    const consumer = bench.consumer({ group: 'billing', topics: 'orders' })
    const storage = new AsyncLocalStorage<string>()
    processing.start.bindStore(storage as never, ((message: { record: { offset: number } }) => `at ${message.record.offset}`) as never) // biome-ignore format: one thought
    const errors: unknown[] = []
    const onError = (message: unknown) => errors.push(message)
    subscribe('tracing:millrace:client:consumer:process:error', onError)
    try {
      const seen: unknown[] = []
      const run = consumer.run({
        attempts: 2,
        handler: async (record, { attempt }) => {
          await Promise.resolve()
          seen.push([record.offset, attempt, storage.getStore()])
          if (record.offset === 1 && attempt === 1) throw new Error('not yet')
        },
      })
      await bench.sim.world.run({ until: () => seen.length === 3, untilMs: bench.sim.world.nowMs + 60_000 })
      expect(seen).toEqual([
        [0, 1, 'at 0'],
        [1, 1, 'at 1'],
        [1, 2, 'at 1'],
      ])
      await bench.complete(consumer.close())
      await run
      expect(heard.of('millrace:client:consumer:batch:processed').map(({ outcome }) => outcome)).toEqual(['processed'])
      expect(errors).toMatchObject([{ group: 'billing', attempt: 1, error: { message: 'not yet' } }])
    } finally {
      processing.start.unbindStore(storage as never)
      unsubscribe('tracing:millrace:client:consumer:process:error', onError)
    }
  })

  test.each(['classic', 'consumer'] as const)('heartbeats of the %s protocol that fail are told', async protocol => {
    const consumer = bench.consumer({ group: 'billing', topics: 'orders', protocol, requestTimeoutMs: 1000 })
    await bench.sim.world.run({ until: () => consumer.assignment.length > 0, untilMs: bench.sim.world.nowMs + 60_000 })
    heard = new HeardChannels('millrace:client:retry')
    bench.cutOff('consumer-0')
    await bench.sim.world.runFor(15_000)
    const told = heard.of('millrace:client:retry').filter(({ what }) => what === 'heartbeat of group billing')
    expect(told.slice(0, 2).map(({ failures }) => failures)).toEqual([1, 2])
    expect(told[0]).toMatchObject({ clientId: 'millrace', error: { retriable: true } })
    bench.heal()
    await bench.sim.world.runFor(10_000)
  })

  test('a stall is told on the channel as it is to listeners', async () => {
    heard = new HeardChannels('millrace:client:consumer:stall', 'millrace:client:consumer:rebalance')
    const stalls: unknown[] = []
    const consumer = bench.consumer()
    consumer.events.on('stall', stall => stalls.push(stall))
    consumer.assign([place])
    void bench.complete(consumer.records().next()).catch(() => {})
    await bench.sim.world.runFor(1000)
    bench.cutOff('consumer-0')
    await bench.sim.world.runFor(7000)
    bench.heal()
    expect(stalls).toMatchObject([{ broker: bootstrap, partitions: [place] }])
    expect(heard.of('millrace:client:consumer:stall')).toEqual([{ clientId: 'millrace', group: undefined, ...(stalls[0] as object) }]) // biome-ignore format: one thought
    await bench.produce('orders', ['a'])
    await bench.sim.world.runFor(60_000)
  })
})
