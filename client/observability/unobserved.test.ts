// What it costs that nobody listens: nothing is made for the channels, and neither prom-client nor OpenTelemetry is loaded.

import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { ConsumerBench } from '../../testing/consumer-bench.ts'
import { repositoryPath } from '../../testing/repository-path.ts'
import { onChannel } from '../index.ts'
import { Producer } from '../producer/producer.ts'
import { channels } from './channels.ts'

afterEach(() => void vi.restoreAllMocks())

/** Everything that has to do with a client, but for what only happens when something fails. */
async function life(): Promise<void> {
  const bench = await ConsumerBench.start({ settings: { 'group.initial.rebalance.delay.ms': '0' } })
  await bench.topic('orders')
  const producer = new Producer({ bootstrap: 'broker:19094' }, bench.sim.world.host('producer').start())
  await bench.complete(producer.send('orders', { value: 'a' }))
  await bench.complete(producer.sendBatch('orders', [{ value: 'b' }, { value: 'c' }]))
  const consumer = bench.consumer({ group: 'billing', topics: 'orders', lagIntervalMs: 100 })
  await bench.read(consumer, 3)
  await bench.sim.world.runFor(1000)
  await bench.complete(consumer.close())
  await bench.complete(producer.close())
  await bench.stop()
}

describe('without a subscriber', () => {
  test('no message is published, so none is made', async () => {
    const published = Object.values(channels).map(channel => vi.spyOn(channel, 'publish'))
    await life()
    for (const spy of published) expect(spy).not.toHaveBeenCalled()
  })

  test('with one, the same life publishes (so the test above can fail)', async () => {
    const stop = onChannel('millrace:client:producer:batch:acked', () => {})
    const published = vi.spyOn(channels.producerBatchAcked, 'publish')
    await life()
    stop()
    expect(published).toHaveBeenCalled()
  })
})

/** Files that are loaded along with a file, and packages: what is imported for its types alone is not. */
function loadedWith(path: string, seen = new Set<string>()): Set<string> {
  if (seen.has(path)) return seen
  seen.add(path)
  const text = readFileSync(repositoryPath(path), 'utf8')
  const statements = text.matchAll(/^(?:import|export)\s+(?!type\b)(?:[^'"]*?\sfrom\s+)?'([^']+)'/gm)
  for (const [, target] of statements) {
    if (target!.startsWith('.')) loadedWith(join(dirname(path), target!), seen)
    else seen.add(target!)
  }
  return seen
}

describe('what is loaded', () => {
  const heavy = ['prom-client', '@opentelemetry/api']

  test('millrace/client loads neither', () => {
    const loaded = loadedWith('client/index.ts')
    expect(loaded).toContain('client/observability/channels.ts')
    for (const name of heavy) expect(loaded).not.toContain(name)
  })

  test('each module loads its own', () => {
    const prometheus = loadedWith('client/observability/prometheus.ts')
    expect(heavy.map(name => prometheus.has(name))).toEqual([true, false])
    const opentelemetry = loadedWith('client/observability/opentelemetry.ts')
    expect(heavy.map(name => opentelemetry.has(name))).toEqual([false, true])
  })
})
