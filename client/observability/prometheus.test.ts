// The metrics of clients in the simulated world, as Prometheus would read them.

import { readFileSync } from 'node:fs'
import { type OpenMetricsContentType, Registry } from 'prom-client'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ConsumerBench } from '../../testing/consumer-bench.ts'
import { repositoryPath } from '../../testing/repository-path.ts'
import { Producer } from '../producer/producer.ts'
import { type Observation, type ObserveOptions, observe } from './prometheus.ts'

const bootstrap = 'broker:19094'
let bench: ConsumerBench
let registry: Registry
let observation: Observation | undefined

beforeEach(async () => {
  registry = new Registry()
  bench = await ConsumerBench.start({ settings: { 'group.initial.rebalance.delay.ms': '0' } })
  await bench.topic('orders', { partitions: 3 })
})
afterEach(async () => {
  observation?.close()
  observation = undefined
  await bench.stop()
})

const start = (options?: ObserveOptions) => {
  observation = observe(registry, options)
}
const producer = () => new Producer({ bootstrap, clientId: 'shop' }, bench.sim.world.host('producer').start())

/** Lines of the page that begin with the name, without the prefix. */
async function lines(name: string): Promise<string[]> {
  const page = await registry.metrics()
  const prefix = 'millrace_client_'
  return page.split('\n').filter(line => line.startsWith(`${prefix}${name}{`) || line.startsWith(`${prefix}${name} `)).map(line => line.slice(prefix.length)) // biome-ignore format: one thought
}

describe('a page', () => {
  test('of a producer', async () => {
    start()
    const client = producer()
    await bench.complete(client.sendBatch('orders', [{ value: 'a' }, { value: 'b' }]))
    expect(await lines('producer_records_total')).toEqual(['producer_records_total{client_id="shop",topic="orders"} 2'])
    expect(await lines('producer_batches_total')).toEqual(['producer_batches_total{client_id="shop",topic="orders"} 1'])
    expect(await lines('producer_batch_seconds_count')).toEqual(['producer_batch_seconds_count{client_id="shop"} 1'])
    expect(await lines('producer_buffered_bytes')).toEqual(['producer_buffered_bytes{client_id="shop"} 0'])
    expect(await lines('connections_opened_total')).toEqual([
      `connections_opened_total{client_id="shop",broker="${bootstrap}"} 1`,
    ])
    const requests = await lines('requests_total')
    expect(requests).toContain(`requests_total{client_id="shop",broker="${bootstrap}",api="Produce"} 1`)
    const labels = 'client_id="shop",api="Produce"'
    expect(await lines('request_duration_seconds_count')).toContain(`request_duration_seconds_count{${labels}} 1`)
    const [sum] = (await lines('request_duration_seconds_sum')).filter(line => line.includes('"Produce"'))
    // Seconds, not milliseconds: an answer takes a few milliseconds there.
    expect(Number(sum!.split(' ')[1])).toBeLessThan(0.5)
    await bench.complete(client.close())
    expect(await lines('producer_buffered_bytes')).toEqual([])
  })

  test('of a consumer: lag of each partition, what was processed, commits, rebalances', async () => {
    start()
    await bench.produce('orders', ['a', 'b', 'c'])
    await bench.produce('orders', ['x'], { partition: 1 })
    const consumer = bench.consumer({ group: 'billing', topics: 'orders', clientId: 'till' })
    await bench.sim.world.runFor(3000)
    const lag = (partition: number, value: number) =>
      `consumer_lag_records{client_id="till",group="billing",topic="orders",partition="${partition}"} ${value}`
    expect((await lines('consumer_lag_records')).sort()).toEqual([lag(0, 3), lag(1, 1), lag(2, 0)])
    const who = 'client_id="till",group="billing"'
    expect(await lines('consumer_assigned_partitions')).toEqual([`consumer_assigned_partitions{${who}} 3`])
    await bench.read(consumer, 4)
    await bench.complete(consumer.commit())
    expect((await lines('consumer_lag_records')).sort()).toEqual([lag(0, 0), lag(1, 0), lag(2, 0)])
    expect(await lines('consumer_records_total')).toEqual([`consumer_records_total{${who},topic="orders"} 4`])
    expect(await lines('consumer_commits_total')).toEqual([`consumer_commits_total{${who}} 1`])
    expect(await lines('consumer_commit_failures_total')).toEqual([])
    expect(await lines('consumer_rebalances_total')).toContain(`consumer_rebalances_total{${who},kind="assigned"} 1`)
    await bench.complete(consumer.close())
    expect(await lines('consumer_lag_records')).toEqual([])
  })

  test('of clients that were there before, when they are named', async () => {
    const client = producer()
    await bench.complete(client.send('orders', { value: 'a' }))
    start({ clients: [client] })
    expect(await lines('producer_buffered_bytes')).toEqual(['producer_buffered_bytes{client_id="shop"} 0'])
    await bench.complete(client.close())
  })

  test('of a broker that fails: why, and that it is left alone', async () => {
    start()
    const client = producer()
    await bench.complete(client.send('orders', { value: 'a' }))
    bench.sim.host.crashProcess()
    const sent = client.send('orders', { value: 'b' })
    await bench.sim.world.runFor(5000)
    const broker = `client_id="shop",broker="${bootstrap}"`
    expect(await lines('connections_lost_total')).toEqual([`connections_lost_total{${broker}} 1`])
    expect(await lines('breaker_open')).toEqual([`breaker_open{${broker}} 1`])
    expect((await lines('connection_failures_total'))[0]).toContain('code="BROKER_UNREACHABLE"')
    expect((await lines('retries_total')).join()).toContain('code="BROKER_UNREACHABLE"')
    await bench.sim.start()
    await bench.complete(sent)
    expect(await lines('breaker_open')).toEqual([`breaker_open{${broker}} 0`])
    await bench.complete(client.close())
    await bench.reconnect()
  })
})

describe('limits', () => {
  test('series beyond the limit are counted together', async () => {
    start({ seriesMax: 2 })
    const client = producer()
    for (const topic of ['a', 'b', 'c', 'd']) {
      await bench.topic(topic)
      await bench.complete(client.send(topic, { value: 'x' }))
    }
    const total = (clientId: string, topic: string, value: number) =>
      `producer_records_total{client_id="${clientId}",topic="${topic}"} ${value}`
    expect(await lines('producer_records_total')).toEqual([
      total('shop', 'a', 1),
      total('shop', 'b', 1),
      total('others', 'others', 2),
    ])
    await bench.complete(client.close())
  })

  test('partitions beyond the limit are one series with the sum of their lags', async () => {
    start({ lagPartitionsMax: 1 })
    for (const partition of [0, 1, 2]) await bench.produce('orders', ['a', 'b'], { partition })
    const consumer = bench.consumer({ group: 'billing', topics: 'orders' })
    await bench.sim.world.runFor(3000)
    const found = await lines('consumer_lag_records')
    expect(found).toHaveLength(2)
    expect(found.at(-1)).toBe(
      'consumer_lag_records{client_id="others",group="others",topic="others",partition="others"} 4',
    )
    await bench.complete(consumer.close())
  })

  test('a limit that is none, and a registry that has them already, are told', () => {
    expect(() => observe(registry, { seriesMax: 0 })).toThrow(/INVALID_ARGUMENT.*seriesMax is 0/)
    expect(() => observe(new Registry(), { lagPartitionsMax: 1.5 })).toThrow(/lagPartitionsMax is 1.5/)
    const mine = new Registry()
    const first = observe(mine)
    expect(() => observe(mine)).toThrow(/INVALID_ARGUMENT.*already.*close\(\) the other/)
    observe(mine, { prefix: 'second_' }).close()
    first.close()
    expect(mine.getMetricsAsArray()).toEqual([])
    observe(mine).close()
  })
})

test('a registry of OpenMetrics does as well', async () => {
  const open = new Registry<OpenMetricsContentType>()
  open.setContentType(Registry.OPENMETRICS_CONTENT_TYPE)
  const second = observe(open)
  const client = producer()
  await bench.complete(client.send('orders', { value: 'a' }))
  await bench.complete(client.close())
  expect(await open.metrics()).toContain('millrace_client_producer_records_total{client_id="shop",topic="orders"} 1')
  second.close()
})

test('the table of the README has every name, and no other', () => {
  start()
  const readme = readFileSync(repositoryPath('client/observability/README.md'), 'utf8')
  const told = [...readme.matchAll(/^\| `millrace_client_([a-z_]+)` /gm)].map(([, name]) => name)
  const there = registry.getMetricsAsArray().map(({ name }) => name.replace('millrace_client_', ''))
  expect(told.sort()).toEqual(there.sort())
})
