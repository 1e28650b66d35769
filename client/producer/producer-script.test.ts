// The producer against brokers that do what the test says, in simulated time: what waits, and what it is told when it waits too long;
// leaders that move, and leaders that do not answer.

import { getEventListeners } from 'node:events'
import { afterEach, describe, expect, test } from 'vitest'
import { SimWorld } from '../../io/sim/world.ts'
import { errors } from '../../protocol/errors.ts'
import { produce } from '../../protocol/messages/produce.ts'
import { batches } from '../../protocol/records/batches.ts'
import { records } from '../../protocol/records/records.ts'
import type { Message, MessageInput } from '../../protocol/wire/schema.ts'
import { ScriptedLeaders, type ScriptedTopic } from '../../testing/scripted-leaders.ts'
import { Producer } from './producer.ts'
import type { ProducerOptions } from './producer-options.ts'

type ProduceRequest = Message<typeof produce.request>
type ProduceAnswer = MessageInput<typeof produce.response>
type Part = NonNullable<NonNullable<ProduceAnswer['responses']>[number]['partitionResponses']>[number]

/** What a leader says of a batch; undefined: it is written. */
type Refusal = Partial<Part> & { readonly nodeEndpoints?: ProduceAnswer['nodeEndpoints'] }

const topicId = 'AAAAAAAAAAAAAAAAAAAAKQ'

let world: SimWorld
let broker: ScriptedLeaders
let producer: Producer
/** What each node has written, in order: "partition:value". */
let written: Map<number, string[]>
let nextOffset: number

afterEach(() => world.complete(producer.close({ timeoutMs: 0 })))

const orders = (...leaders: number[]): ScriptedTopic => ({
  name: 'orders',
  topicId,
  leaders: leaders.map(leaderId => ({ leaderId, leaderEpoch: 1 })),
})

async function scripted(topic: ScriptedTopic | undefined, options: Partial<ProducerOptions> = {}): Promise<void> {
  world = new SimWorld({ seed: 1 })
  broker = new ScriptedLeaders(world, { nodes: 2 })
  if (topic !== undefined) broker.topics.push(topic)
  await broker.start()
  written = new Map([
    [1, []],
    [2, []],
  ])
  nextOffset = 0
  answering(() => undefined)
  const { bootstrap } = broker
  producer = new Producer({ bootstrap, acks: 1, lingerMs: 0, ...options }, world.host('producer').start())
}

/** How each node answers from now on; 'never': not at all. */
function answering(say: (nodeId: number, values: readonly string[]) => Refusal | 'never' | undefined): void {
  broker.on(produce, (request, _version, nodeId) => {
    const values = valuesIn(request)
    const said = say(nodeId, values)
    if (said === 'never') return new Promise<never>(() => {})
    if (said === undefined) written.get(nodeId)!.push(...values)
    const { nodeEndpoints = [], ...part } = said ?? {}
    const responses = request.topicData.map(({ topicId: id, partitionData }) => ({
      topicId: id,
      partitionResponses: partitionData.map(({ index }) => ({
        index,
        errorCode: 0,
        baseOffset: nextOffset++,
        ...part,
      })),
    }))
    return { responses, nodeEndpoints }
  })
}

function valuesIn({ topicData }: ProduceRequest): string[] {
  const parts = topicData.flatMap(({ partitionData }) => partitionData)
  return parts.flatMap(({ index, records: bytes }) =>
    [...batches(bytes as Buffer)].flatMap(batch => [...records(batch)].map(({ value }) => `${index}:${value}`)),
  )
}

const codeOf = (call: Promise<unknown>) =>
  call.then(
    () => 'sent',
    error => (error as { code: string }).code,
  )

/** The codes of calls, with as much time as they need. */
const codesOf = (...calls: Promise<unknown>[]) => world.complete(Promise.all(calls.map(codeOf)), 600_000)

describe('calls that wait', () => {
  test('one more than may wait is refused at once, with BUFFER_FULL; those before it are sent when they can be', async () => {
    await scripted(undefined, { waitingSendsMax: 2 })
    const calls = ['a', 'b', 'c'].map(value => producer.send('orders', { value, partition: 0 }))
    const batch = producer.sendBatch('orders', [{ value: 'd', partition: 0 }])
    const startMs = world.nowMs
    expect(await codesOf(calls[2]!, batch)).toEqual(['BUFFER_FULL', 'BUFFER_FULL'])
    expect(world.nowMs).toBe(startMs)
    await expect(calls[2]).rejects.toMatchObject({ retriable: true, topic: 'orders' })
    await expect(calls[2]).rejects.toThrow(/2 sends wait already/)
    broker.topics.push(orders(1))
    expect(await codesOf(calls[0]!, calls[1]!)).toEqual(['sent', 'sent'])
    expect(written.get(1)).toEqual(['0:a', '0:b'])
    // There is room again.
    expect(await codesOf(producer.send('orders', { value: 'e', partition: 0 }))).toEqual(['sent'])
  })

  test('for what the cluster says: a signal ends that one, and none else', async () => {
    await scripted(undefined)
    const controller = new AbortController()
    const reason = new Error('the user went away')
    const calls = ['a', 'b', 'c'].map((value, i) =>
      producer.send('orders', { value, partition: 0 }, i === 1 ? { signal: controller.signal } : {}),
    )
    await world.runFor(1000)
    controller.abort(reason)
    expect(await codesOf(calls[1]!)).toEqual(['ABORTED'])
    await expect(calls[1]).rejects.toMatchObject({ cause: reason, topic: 'orders' })
    broker.topics.push(orders(1))
    await codesOf(...calls)
    expect(written.get(1)).toEqual(['0:a', '0:c'])
  })

  test('for memory: a signal ends that one, the next takes its place', async () => {
    await scripted(orders(1), { batchBytes: 1000, bufferMemoryBytes: 1000 })
    await codesOf(producer.send('orders', { value: 'first', partition: 0 }))
    let isHeld = true
    answering(() => (isHeld ? 'never' : undefined))
    const large = 'x'.repeat(900)
    const held = producer.send('orders', { value: large, partition: 0 })
    await world.runFor(100)
    const controller = new AbortController()
    const { signal } = controller
    const waits = producer.send('orders', { value: 'gone', partition: 0 }, { signal })
    const batch = producer.sendBatch('orders', [{ value: 'gone too', partition: 0 }], { signal })
    const next = producer.send('orders', { value: 'next', partition: 0 })
    expect(getEventListeners(signal, 'abort')).toHaveLength(1)
    controller.abort()
    expect(await codesOf(waits, batch)).toEqual(['ABORTED', 'ABORTED'])
    isHeld = false
    await codesOf(held, next)
    expect(written.get(1)).toEqual(['0:first', `0:${large}`, '0:next'])
  })

  test('a signal that was raised before: nothing is sent; one raised after it is in a batch: it is sent all the same', async () => {
    await scripted(orders(1), { lingerMs: 500 })
    await codesOf(producer.send('orders', { value: 'first', partition: 0 }))
    const raised = AbortSignal.abort()
    const controller = new AbortController()
    const sent = producer.send('orders', { value: 'kept', partition: 0 }, { signal: controller.signal })
    controller.abort()
    expect(await codesOf(sent)).toEqual(['sent'])
    expect(await codesOf(producer.send('nowhere', { value: 'lost' }, { signal: raised }))).toEqual(['ABORTED'])
    expect(written.get(1)).toEqual(['0:first', '0:kept'])
  })
})

describe('room', () => {
  const fill = async () => {
    await scripted(orders(1), { batchBytes: 1000, bufferMemoryBytes: 1000 })
    await codesOf(producer.send('orders', { value: 'first', partition: 0 }))
    await codesOf(producer.room())
    answering(() => 'never')
    void codeOf(producer.send('orders', { value: 'x'.repeat(900), partition: 0 }))
    await world.runFor(100)
  }

  test('is waited for until there is some', async () => {
    await fill()
    let hasRoom = false
    const room = producer.room().then(() => {
      hasRoom = true
    })
    await world.runFor(1000)
    expect(hasRoom).toBe(false)
    answering(() => undefined)
    // The answer that never comes costs its connection; the record goes out again.
    await codesOf(room)
    expect(hasRoom).toBe(true)
  })

  test('a signal ends the wait, and leaves nothing at it', async () => {
    await fill()
    const controller = new AbortController()
    const reason = new Error('enough')
    const room = producer.room({ signal: controller.signal })
    await world.runFor(10)
    controller.abort(reason)
    await expect(world.complete(room)).rejects.toMatchObject({ code: 'ABORTED', cause: reason })
    await expect(world.complete(producer.room({ signal: controller.signal }))).rejects.toMatchObject({
      code: 'ABORTED',
    })
    await world.complete(producer.close({ timeoutMs: 0 }))
  })

  test('is there once the last call that waits was given up', async () => {
    await scripted(undefined)
    const controller = new AbortController()
    const send = producer.send('nowhere', { value: 'a' }, { signal: controller.signal })
    const room = producer.room()
    await world.runFor(10)
    controller.abort()
    expect(await world.complete(Promise.all([codeOf(send), codeOf(room)]), 1000)).toEqual(['ABORTED', 'sent'])
  })

  test('ends with the producer', async () => {
    await fill()
    const room = producer.room()
    await world.complete(producer.close({ timeoutMs: 0 }))
    expect(await codesOf(room)).toEqual(['sent'])
  })
})

describe('a broker that takes nothing (KIP-794)', () => {
  /** Node 1 answers nothing any more; a record without a key every 10 ms. Values that went to its partition, by time. */
  async function loaded(partitionAvailabilityTimeoutMs: number): Promise<{ early: number; late: number }> {
    const options = { partitionAvailabilityTimeoutMs, batchBytes: 200, maxInFlightRequests: 1 }
    await scripted(orders(1, 2), { ...options, adaptivePartitioning: false })
    await codesOf(
      producer.send('orders', { value: 'a', partition: 0 }),
      producer.send('orders', { value: 'b', partition: 1 }),
    )
    answering(nodeId => (nodeId === 1 ? 'never' : undefined))
    let acknowledged = 0
    const send = async (count: number) => {
      const before = { acknowledged, sent: 0 }
      for (let i = 0; i < count; i++) {
        void codeOf(producer.send('orders', { value: `${i} ${'x'.repeat(90)}` })).then(code => {
          if (code === 'sent') acknowledged += 1
        })
        before.sent += 1
        await world.runFor(10)
      }
      await world.runFor(50)
      return before.sent - (acknowledged - before.acknowledged)
    }
    return { early: await send(90), late: await send(200) }
  }

  test('gets no records without a key once it has kept them waiting for so long', async () => {
    const { early, late } = await loaded(500)
    expect(early).toBeGreaterThan(10)
    expect(late).toBe(0)
  })

  test('gets its share for ever where that is not wanted', async () => {
    const { late } = await loaded(0)
    expect(late).toBeGreaterThan(60)
  })

  test('is chosen again once it takes what waited', async () => {
    await loaded(500)
    answering(() => undefined)
    await world.runFor(60_000)
    const before = written.get(1)!.length
    for (let i = 0; i < 100; i++) {
      void codeOf(producer.send('orders', { value: `${i} ${'x'.repeat(90)}` }))
      await world.runFor(10)
    }
    await codesOf(producer.flush())
    expect(written.get(1)!.length - before).toBeGreaterThan(20)
  })
})

describe('a leader that has moved', () => {
  const toNode2 = {
    errorCode: errors.NOT_LEADER_OR_FOLLOWER.code,
    currentLeader: { leaderId: 2, leaderEpoch: 2 },
    nodeEndpoints: [{ nodeId: 2, host: 'node-2', port: 9092, rack: null }],
  }
  const requests = () => broker.log.filter(line => /Produce|Metadata/.test(line)).map(line => line.replace(/ v\d+/, ''))

  test('and says where to: the records go there at once, without asking (KIP-951)', async () => {
    await scripted(orders(1), { retryBackoffMs: 10_000, retryBackoffMaxMs: 10_000 })
    answering(nodeId => (nodeId === 1 ? toNode2 : undefined))
    const calls = ['a', 'b', 'c'].map(value => producer.send('orders', { value, partition: 0 }))
    const startMs = world.nowMs
    expect(await codesOf(...calls)).toEqual(['sent', 'sent', 'sent'])
    expect(world.nowMs - startMs).toBeLessThan(100)
    expect(written.get(2)).toEqual(['0:a', '0:b', '0:c'])
    expect(requests()).toEqual(['1 Metadata', '1 Produce', '2 Produce'])
  })

  test('and says nothing, or what is older than is known: the image is asked for', async () => {
    for (const currentLeader of [
      { leaderId: -1, leaderEpoch: -1 },
      { leaderId: 2, leaderEpoch: 1 },
    ]) {
      await scripted(orders(1))
      answering(nodeId => {
        if (nodeId === 2) return undefined
        broker.topics[0]!.leaders = [{ leaderId: 2, leaderEpoch: 2 }]
        return { ...toNode2, currentLeader }
      })
      const sent = producer.send('orders', { value: 'a', partition: 0 })
      expect(await codesOf(sent)).toEqual(['sent'])
      expect(requests().filter(line => line.includes('Metadata')).length).toBeGreaterThan(1)
      expect(written.get(2)).toEqual(['0:a'])
      await world.complete(producer.close())
    }
  })

  test('a hint at a broker that nobody knows is not believed', async () => {
    await scripted(orders(1))
    const hint = { ...toNode2, currentLeader: { leaderId: 7, leaderEpoch: 3 }, nodeEndpoints: [] }
    let isFirst = true
    answering(() => {
      const said = isFirst ? hint : undefined
      isFirst = false
      return said
    })
    expect(await codesOf(producer.send('orders', { value: 'a', partition: 0 }))).toEqual(['sent'])
    expect(written.get(1)).toEqual(['0:a'])
  })
})
