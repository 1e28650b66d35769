// Spans of producers and consumers in the simulated world, as a tracer of our own sees them: from a send through the record's headers
// to its processing.

import { context, propagation, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { ConsumerBench } from '../../testing/consumer-bench.ts'
import { LocalContexts, RecordingTracer } from '../../testing/recording-tracer.ts'
import { Producer } from '../producer/producer.ts'
import type { ProducerOptions } from '../producer/producer-options.ts'
import { type Tracing, type TracingOptions, tracing } from './opentelemetry.ts'

const bootstrap = 'broker:19094'
const place = { topic: 'orders', partition: 0 }
let bench: ConsumerBench
let tracer: RecordingTracer

beforeAll(() => void context.setGlobalContextManager(new LocalContexts()))
afterAll(() => context.disable())
beforeEach(async () => {
  tracer = new RecordingTracer()
  bench = await ConsumerBench.start({ settings: { 'group.initial.rebalance.delay.ms': '0' } })
  await bench.topic('orders')
})
afterEach(() => bench.stop())

const traces = (options: TracingOptions = {}): Tracing => tracing({ tracer, ...options })

const producer = (options: Partial<ProducerOptions> = {}) =>
  new Producer({ bootstrap, clientId: 'shop', tracing: traces(), ...options }, bench.sim.world.host('producer').start())

/** Headers of the stored records, as text. */
async function stored(count: number): Promise<Record<string, string>[]> {
  const consumer = bench.consumer()
  consumer.assign([place])
  const found: Record<string, string>[] = []
  const read = async () => {
    for await (const record of consumer.records()) {
      found.push(Object.fromEntries(record.headers.map(({ key, value }) => [key, String(value)])))
      if (found.length === count) break
    }
  }
  await bench.complete(read())
  await bench.complete(consumer.close())
  return found
}

describe('sending', () => {
  test('a record: a span of the producer kind, whose context goes along in its headers', async () => {
    const client = producer()
    await bench.complete(client.send('orders', { key: 'k', value: 'v', headers: { mine: '1' } }))
    await bench.complete(client.send('orders', { key: Buffer.from([1]), value: null }))
    await bench.complete(client.close())
    const [first, second] = tracer.named('send orders')
    expect(first!.kind).toBe(SpanKind.PRODUCER)
    expect(first!.attributes).toEqual({
      'messaging.system': 'kafka',
      'messaging.operation.name': 'send',
      'messaging.operation.type': 'send',
      'messaging.destination.name': 'orders',
      'messaging.destination.partition.id': '0',
      'messaging.client.id': 'shop',
      'messaging.kafka.message.key': 'k',
      'messaging.kafka.offset': 0,
    })
    expect([first!.ends, first!.status.code]).toEqual([1, SpanStatusCode.UNSET])
    expect(second!.attributes).toMatchObject({ 'messaging.kafka.message.tombstone': true, 'messaging.kafka.offset': 1 })
    expect(second!.attributes).not.toHaveProperty('messaging.kafka.message.key')
    expect(await stored(2)).toEqual([
      { mine: '1', traceparent: '00-00000000000000000000000000000001-0000000000000001-01' },
      { traceparent: '00-00000000000000000000000000000002-0000000000000002-01' },
    ])
  })

  test('is a child of the active span', async () => {
    const client = producer()
    const parent = tracer.startSpan('order')
    const sent = context.with(trace.setSpan(ROOT_CONTEXT, parent), () => client.send('orders', { value: 'v' }))
    await bench.complete(sent)
    await bench.complete(client.close())
    expect(tracer.named('send orders')[0]!.parent).toEqual(parent.spanContext())
  })

  test('many at once: one span; whatever they come from', async () => {
    const client = producer()
    const values = ['a', 'b']
    const encoder = {
      count: 2,
      fill: (record: { value: unknown }, index: number) => void (record.value = values[index]),
    }
    await bench.complete(client.sendBatch('orders', [{ value: 'a', headers: [{ key: 'h', value: '1' }] }, { value: 'b' }])) // biome-ignore format: one thought
    await bench.complete(client.sendBatch('orders', encoder))
    await bench.complete(client.sendBatch('orders', new Set([{ value: 'c' }])))
    await bench.complete(client.close())
    const spans = tracer.named('send orders')
    expect(spans.map(({ attributes }) => attributes['messaging.batch.message_count'])).toEqual([2, 2, 1])
    const parents = (await stored(5)).map(({ traceparent }) => traceparent!.slice(-4, -3))
    expect(parents).toEqual(['1', '1', '2', '2', '3'])
  })

  test('a context that the application has put there stays, and is linked to', async () => {
    const client = producer()
    const own = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
    await bench.complete(client.send('orders', { value: 'v', headers: { traceparent: own } }))
    await bench.complete(client.close())
    expect(await stored(1)).toEqual([{ traceparent: own }])
    expect(tracer.spans[0]!.links).toMatchObject([{ context: { spanId: '00f067aa0ba902b7' } }])
  })

  test('what fails has an error with its code, and ends once', async () => {
    const client = producer({ maxRequestBytes: 20_000 })
    const refused = expect(client.send('orders', { value: 'x'.repeat(30_000) })).rejects.toThrow('MESSAGE_TOO_LARGE')
    await bench.complete(refused)
    await bench.complete(client.close())
    const [span] = tracer.spans
    expect(span).toMatchObject({ ends: 1, status: { code: SpanStatusCode.ERROR } })
    expect(span!.attributes['error.type']).toBe('MESSAGE_TOO_LARGE')
    expect(span!.exceptions).toHaveLength(1)
  })

  test('transactions are traced, too', async () => {
    const client = producer({ transactionalId: 'tx' })
    const tx = await bench.complete(client.begin())
    await bench.complete(tx.send('orders', { value: 'v' }))
    await bench.complete(tx.commit())
    await bench.complete(client.close())
    expect(tracer.named('send orders')).toMatchObject([{ ends: 1 }])
  })
})

describe('processing', () => {
  async function sent(count: number): Promise<void> {
    const client = producer()
    for (let index = 0; index < count; index += 1) await bench.complete(client.send('orders', { value: `${index}` }))
    await bench.complete(client.close())
  }

  test('a handler: its span is a child of the send, linked to it, and active', async () => {
    await sent(1)
    const consumer = bench.consumer({ group: 'billing', topics: 'orders', clientId: 'till', tracing: traces() })
    const active: unknown[] = []
    const run = consumer.run({
      handler: async () => {
        active.push(trace.getSpan(context.active()))
        await Promise.resolve()
        active.push(trace.getSpan(context.active()))
      },
    })
    await bench.sim.world.run({ until: () => active.length === 2, untilMs: bench.sim.world.nowMs + 60_000 })
    await bench.complete(consumer.close())
    await run
    const [send] = tracer.named('send orders')
    const [process] = tracer.named('process orders')
    expect(active).toEqual([process, process])
    expect(process!.kind).toBe(SpanKind.CONSUMER)
    expect(process!.parent).toMatchObject({ spanId: send!.spanContext().spanId, isRemote: true })
    expect(process!.links).toMatchObject([{ context: { spanId: send!.spanContext().spanId } }])
    expect(process!.spanContext().traceId).toBe(send!.spanContext().traceId)
    expect(process!.attributes).toEqual({
      'messaging.system': 'kafka',
      'messaging.operation.name': 'process',
      'messaging.operation.type': 'process',
      'messaging.destination.name': 'orders',
      'messaging.destination.partition.id': '0',
      'messaging.client.id': 'till',
      'messaging.consumer.group.name': 'billing',
      'messaging.kafka.offset': 0,
    })
    expect(process!.ends).toBe(1)
  })

  test('a handler that fails: its span has the error; the next attempt has a span of its own', async () => {
    await sent(1)
    const consumer = bench.consumer({ group: 'billing', topics: 'orders', tracing: traces() })
    let calls = 0
    const run = consumer.run({
      attempts: 2,
      handler: () => {
        calls += 1
        if (calls === 1) throw new TypeError('no')
      },
    })
    await bench.sim.world.run({ until: () => calls === 2, untilMs: bench.sim.world.nowMs + 60_000 })
    await bench.complete(consumer.close())
    await run
    const spans = tracer.named('process orders')
    expect(spans.map(({ status, ends }) => [status.code, ends])).toEqual([
      [SpanStatusCode.ERROR, 1],
      [SpanStatusCode.UNSET, 1],
    ])
    expect(spans[0]!.attributes['error.type']).toBe('TypeError')
  })

  test('a loop over records: a span from one record to the next; its context can be asked for', async () => {
    await sent(2)
    const ours = traces()
    const consumer = bench.consumer({ tracing: ours })
    consumer.assign([place])
    const loop = consumer.records()
    const first = (await bench.complete(loop.next())).value!
    const [one] = tracer.named('process orders')
    expect(trace.getSpan(ours.contextOf(first))).toBe(one)
    expect(one!.ends).toBe(0)
    await bench.complete(loop.next())
    expect(one!.ends).toBe(1)
    // Behind the last record of a batch its span ends once all the same.
    const third = loop.next()
    await sent(1)
    await bench.complete(third)
    expect(tracer.named('process orders').map(({ ends }) => ends)).toEqual([1, 1, 0])
    await loop.return()
    expect(tracer.named('process orders').map(({ ends }) => ends)).toEqual([1, 1, 1])
    await bench.complete(consumer.close())
  })

  test('a loop over batches: a span of each, linked to each send once, as many as there may be', async () => {
    await sent(3)
    const client = producer()
    await bench.complete(client.sendBatch('orders', [{ value: 'a' }, { value: 'b' }]))
    await bench.complete(client.close())
    const read = async (options: TracingOptions) => {
      const consumer = bench.consumer({ tracing: traces(options) })
      consumer.assign([place])
      await bench.readBatch(consumer)
      await bench.complete(consumer.close())
      return tracer.named('process orders').at(-1)!
    }
    const span = await read({})
    expect(span.parent).toBeUndefined()
    expect(span.attributes['messaging.batch.message_count']).toBe(5)
    const sends = tracer.named('send orders').map(send => send.spanContext().spanId)
    expect(span.links.map(link => link.context.spanId)).toEqual(sends)
    expect((await read({ linksMax: 2 })).links).toHaveLength(2)
  })

  test("parent: 'active' makes it a child of the span around it; otherwise that is linked to", async () => {
    await sent(1)
    const around = tracer.startSpan('job')
    const within = async (options: TracingOptions) => {
      const consumer = bench.consumer({ tracing: traces(options) })
      consumer.assign([place])
      const loop = consumer.records()
      await bench.complete(context.with(trace.setSpan(ROOT_CONTEXT, around), () => loop.next()))
      await loop.return()
      await bench.complete(consumer.close())
      return tracer.named('process orders').at(-1)!
    }
    const [send] = tracer.named('send orders')
    const active = await within({ parent: 'active' })
    expect(active.parent).toEqual(around.spanContext())
    expect(active.links.map(link => link.context.spanId)).toEqual([send!.spanContext().spanId])
    const message = await within({})
    expect(message.parent).toMatchObject({ spanId: send!.spanContext().spanId })
    expect(message.links.map(link => link.context.spanId)).toEqual([
      send!.spanContext().spanId,
      around.spanContext().spanId,
    ])
  })

  test('records without a context are processed all the same', async () => {
    await bench.produce('orders', ['a'])
    const ours = traces()
    const consumer = bench.consumer({ tracing: ours })
    consumer.assign([place])
    await bench.read(consumer, 1)
    await bench.complete(consumer.close())
    expect(tracer.named('process orders')).toMatchObject([{ links: [], ends: 1, parent: undefined }])
  })
})

describe('propagation', () => {
  test("the program's own propagator is used where one is set, or given", async () => {
    const odd = {
      inject: (_: unknown, carrier: unknown, setter: { set(carrier: unknown, key: string, value: string): void }) =>
        setter.set(carrier, 'odd', 'yes'),
      extract: <C>(found: C) => found,
      fields: () => ['odd'],
    }
    propagation.setGlobalPropagator(odd)
    const client = producer()
    await bench.complete(client.send('orders', { value: 'v' }))
    propagation.disable()
    await bench.complete(client.send('orders', { value: 'v' }))
    const given = producer({ tracing: traces({ propagator: odd }) })
    await bench.complete(given.send('orders', { value: 'v' }))
    await bench.complete(Promise.all([client.close(), given.close()]))
    expect((await stored(3)).map(headers => Object.keys(headers))).toEqual([['odd'], ['traceparent'], ['odd']])
  })

  test('without a tracer and an SDK nothing is put into headers', async () => {
    const client = producer({ tracing: tracing() })
    await bench.complete(client.send('orders', { value: 'v' }))
    await bench.complete(client.close())
    expect(await stored(1)).toEqual([{}])
  })

  test('a limit that is none is told', () => {
    expect(() => tracing({ linksMax: -1 })).toThrow(/INVALID_ARGUMENT.*linksMax/)
  })
})
