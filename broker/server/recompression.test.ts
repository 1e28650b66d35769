// Produce to topics that want another codec, through the whole broker in the simulated world: the work is done elsewhere, the
// order of decisions and answers is that of arrival.

import { afterEach, describe, expect, test } from 'vitest'
import { errors } from '../../protocol/errors.ts'
import { createTopics } from '../../protocol/messages/create-topics.ts'
import { listOffsets } from '../../protocol/messages/list-offsets.ts'
import { produce } from '../../protocol/messages/produce.ts'
import { batchOf, readAll, recordsIn } from '../../testing/log-bench.ts'
import { SimBroker, type SimClient } from './replay/sim-broker.ts'

let sim: SimBroker
let client: SimClient

async function start(): Promise<void> {
  sim = await SimBroker.start()
  client = await sim.connect()
  const topic = (name: string, compressionType: string) => ({
    name,
    numPartitions: 2,
    replicationFactor: 1,
    configs: [{ name: 'compression.type', value: compressionType }],
  })
  await client.ask(createTopics, 7, { topics: [topic('packed', 'zstd'), topic('plain', 'producer')], timeoutMs: 1000 })
}
afterEach(() => sim.stop())

const log = (topic: string, index = 0) => sim.broker.logs.get(topic, index)!
const gzipped = (prefix: string) => batchOf(3, { compression: 'gzip', prefix, timestamp: sim.world.nowMs })

function request(parts: [topic: string, index: number, prefix: string][], acks = -1, timeoutMs = 5000) {
  const topicData = parts.map(([name, index, prefix]) => ({
    name,
    partitionData: [{ index, records: gzipped(prefix) }],
  }))
  return { acks, timeoutMs, topicData }
}
const send = (...args: Parameters<typeof request>) => client.send(produce, 12, request(...args))
const codes = (answer: { responses: readonly { partitionResponses: readonly { errorCode: number }[] }[] }) =>
  answer.responses.flatMap(({ partitionResponses }) => partitionResponses.map(({ errorCode }) => errorCode))
const values = async (topic: string, index = 0) =>
  recordsIn(await sim.world.complete(readAll(log(topic, index)))).map(({ value }) => value)

describe('recompression', () => {
  test('what follows on the connection is decided afterwards; other connections are not held up', async () => {
    await start()
    const other = await sim.connect('other', 'elsewhere')
    const order: string[] = []
    const note = (name: string) => () => order.push(`${name}, packed at ${log('packed').nextOffset}`)
    const answers = [
      send([['packed', 0, 'a']]).then(note('first')),
      send([['plain', 0, 'b']]).then(note('second')),
      client.send(listOffsets, 7, { topics: [] }).then(note('third')),
      other.send(produce, 12, request([['plain', 1, 'c']])).then(note('other')),
    ]
    const early: number[] = []
    sim.world.checkAfterEveryStep(() => {
      if (log('plain').nextOffset > 0 && log('packed').nextOffset === 0) early.push(sim.world.nowMs)
    })
    await sim.world.complete(Promise.all(answers))
    expect(early).toEqual([])
    expect(order).toEqual(['other, packed at 0', 'first, packed at 3', 'second, packed at 3', 'third, packed at 3'])
  })

  test('the batches of a request are recompressed side by side; requests keep their order', async () => {
    await start()
    const answers = ['a', 'b', 'c'].map(name =>
      send([
        ['packed', 0, name],
        ['plain', 0, name],
        ['packed', 1, name],
      ]),
    )
    const answered = await sim.world.complete(Promise.all(answers))
    expect(answered.map(codes)).toEqual([
      [0, 0, 0],
      [0, 0, 0],
      [0, 0, 0],
    ])
    const expected = ['a', 'b', 'c'].flatMap(name => [0, 1, 2].map(index => `${name}-${index}`))
    for (const [topic, index] of [
      ['packed', 0],
      ['packed', 1],
      ['plain', 0],
    ] as const) {
      expect(await values(topic, index)).toEqual(expected)
    }
  })

  test("the request's timeout holds; the batch is appended all the same", async () => {
    await start()
    const answer = await sim.world.complete(send([['packed', 0, 'a']], -1, 0))
    expect(codes(answer)).toEqual([errors.REQUEST_TIMED_OUT.code])
    expect(log('packed').nextOffset).toBe(0)
    const next = await sim.world.complete(send([['plain', 0, 'b']]))
    expect([codes(next), log('packed').nextOffset]).toEqual([[0], 3])
  })

  test('acks=0: written, and a refused one closes the connection', async () => {
    await start()
    void send([['packed', 0, 'a']], 0)
    await sim.world.runFor(100)
    expect([client.isClosed, await values('packed')]).toEqual([false, ['a-0', 'a-1', 'a-2']])
    const damaged = request([['packed', 0, 'b']], 0)
    damaged.topicData[0]!.partitionData[0]!.records[70]! ^= 1
    void client.send(produce, 12, damaged)
    await sim.world.runFor(100)
    expect(client.isClosed).toBe(true)
  })

  test('a broker that stops answers what is being recompressed', async () => {
    await start()
    const answer = send([['packed', 0, 'a']])
    await sim.world.runFor(1)
    const stopped = sim.broker.stop()
    expect(codes(await sim.world.complete(answer))).toEqual([0])
    await sim.world.complete(stopped)
    await sim.start()
    expect(await values('packed')).toEqual(['a-0', 'a-1', 'a-2'])
  })

  test('the connection is gone before it is done: the batch is appended, the broker goes on', async () => {
    await start()
    void send([['packed', 0, 'a']])
    await sim.world.runFor(1)
    client.destroy()
    await sim.world.runFor(100)
    expect(await values('packed')).toEqual(['a-0', 'a-1', 'a-2'])
  })
})
