// A segment file that somebody cuts while the broker serves it: the connection that was being sent it ends, the directory is
// checked, what was cut is offline with a clear error, and everything else is served on.

import { afterEach, expect, test } from 'vitest'
import type { Logger } from '../../io/logger.ts'
import { createTopics } from '../../protocol/messages/create-topics.ts'
import { fetch } from '../../protocol/messages/fetch.ts'
import { listOffsets } from '../../protocol/messages/list-offsets.ts'
import { produce } from '../../protocol/messages/produce.ts'
import { batchOf, recordsIn } from '../../testing/log-bench.ts'
import { SimBroker, type SimClient } from './replay/sim-broker.ts'

let sim: SimBroker
let client: SimClient
let lines: string[]
let sent: number

/** Three partitions of a topic in one directory, the only one, with half a megabyte each. */
async function start(configs: [string, string][] = []): Promise<void> {
  lines = []
  sent = 0
  const error = (_fields: object, text: string) => lines.push(text)
  const logger: Logger = { debug() {}, info() {}, warn() {}, error }
  sim = await SimBroker.start({ logger, network: { windowBytes: 65_536 } })
  client = await sim.connect()
  const topic = {
    name: 't',
    numPartitions: 3,
    replicationFactor: 1,
    configs: configs.map(([name, value]) => ({ name, value })),
  }
  await client.ask(createTopics, 7, { topics: [topic], timeoutMs: 1000 })
  for (let index = 0; index < 3; index++) for (let i = 0; i < 5; i++) expect(await send(index)).toBe(0)
}
afterEach(() => sim.stop())

async function send(index: number, valueBytes = 100_000): Promise<number> {
  const records = batchOf(1, { valueBytes, timestamp: 1000 + sent++ })
  const topicData = [{ name: 't', partitionData: [{ index, records }] }]
  const { responses } = await client.ask(produce, 12, { acks: -1, timeoutMs: 5000, topicData })
  return responses[0]!.partitionResponses[0]!.errorCode
}

const fetchRequest = (partition: number, fetchOffset = 0) => ({
  maxWaitMs: 0,
  minBytes: 1,
  maxBytes: 1 << 20,
  topics: [{ topic: 't', partitions: [{ partition, fetchOffset, partitionMaxBytes: 1 << 20 }] }],
})
async function read(partition: number): Promise<{ errorCode: number; count: number }> {
  const { responses } = await client.ask(fetch, 12, fetchRequest(partition))
  const { errorCode, records } = responses[0]!.partitions[0]!
  return { errorCode, count: recordsIn(records ?? Buffer.alloc(0)).length }
}

const segmentOf = (index: number) => `/data/t-${index}/00000000000000000000.log`
async function cut(index: number, length: number): Promise<void> {
  const file = await sim.host.disk.mount().open(segmentOf(index), 'write')
  await file.truncate(length)
  await file.close()
}
const failureOf = (index: number) => sim.broker.logs.get('t', index)!.failure?.message

test('while it is sent: that connection ends, the partition is offline, the others and the broker live', async () => {
  await start()
  const victim = await sim.connect('victim', 'elsewhere')
  let answered = false
  void victim.send(fetch, 12, fetchRequest(0)).then(() => (answered = true))
  const cutting = sim.world.scheduler.schedule(1, () => void cut(0, 250_000))
  await sim.world.runFor(200)
  cutting()
  expect([victim.isClosed, answered, client.isClosed]).toEqual([true, false, false])
  expect(failureOf(0)).toMatch(
    /^\/data\/t-0\/0{20}\.log has 250000 bytes, 500\d+ were written to it: something else has cut it$/,
  )
  expect(lines.filter(line => line.startsWith('t-0 is offline: '))).toHaveLength(1)
  expect([await send(0), (await read(0)).errorCode]).toEqual([56, 56])
  expect([await send(1), await read(1)]).toEqual([0, { errorCode: 0, count: 6 }])
  expect(sim.fatal).toEqual([])
})

test('all logs of the directory are compared, also those that nobody reads', async () => {
  await start()
  await sim.world.complete(cut(0, 0))
  await sim.world.complete(cut(2, 400_000))
  void client.send(fetch, 12, fetchRequest(0))
  await sim.world.runFor(200)
  client = await sim.connect()
  expect([0, 1, 2].map(index => failureOf(index) !== undefined)).toEqual([true, false, true])
  expect([await send(0), await send(1), await send(2)]).toEqual([56, 0, 56])
})

test('where the log itself looks into it: KAFKA_STORAGE_ERROR instead of what is left', async () => {
  await start([['index.interval.bytes', '1']])
  await sim.world.complete(cut(0, 300_000))
  // By time: goes by the indexes, and finds the file too short.
  const { topics } = await client.ask(listOffsets, 7, {
    replicaId: -1,
    isolationLevel: 0,
    topics: [{ name: 't', partitions: [{ partitionIndex: 0, timestamp: 1004 }] }],
  })
  expect(topics[0]!.partitions[0]).toMatchObject({ offset: -1 })
  await sim.world.runFor(100)
  expect([await send(0), (await read(0)).errorCode, await send(1)]).toEqual([56, 56, 0])
})

test('nothing is written behind the cut; after a restart what is left is served', async () => {
  await start()
  await sim.world.complete(cut(0, 250_000))
  void client.send(fetch, 12, fetchRequest(0))
  await sim.world.runFor(200)
  client = await sim.connect()
  expect(await send(0)).toBe(56)
  expect(sim.host.disk.peek(segmentOf(0)).length).toBe(250_000)
  await sim.stop()
  await sim.start()
  client = await sim.connect()
  expect([await read(0), await read(1), await read(2)]).toEqual([
    { errorCode: 0, count: 2 },
    { errorCode: 0, count: 5 },
    { errorCode: 0, count: 5 },
  ])
  expect([await send(0), (await read(0)).count]).toEqual([0, 3])
})

test('a file that cannot be read is the disk failing, as anywhere', async () => {
  await start()
  sim.host.disk.fail({ operation: 'read', path: segmentOf(0) })
  void client.send(fetch, 12, fetchRequest(0))
  await sim.world.runFor(200)
  expect(sim.fatal.map(error => (error as { code?: string }).code)).toEqual(['DISK_FAILED'])
})

test('a log that cuts its own file while it is sent is not offline', async () => {
  await start()
  const log = sim.broker.logs.get('t', 0)!
  const victim = await sim.connect('victim', 'elsewhere')
  void victim.send(fetch, 12, fetchRequest(0))
  await sim.world.runFor(0.4)
  await sim.world.complete(log.truncateTo(2))
  await sim.world.runFor(200)
  expect([victim.isClosed, failureOf(0)]).toEqual([true, undefined])
  expect(log.append(batchOf(1), { leaderEpoch: 0, origin: 'client' })).toMatchObject({ ok: true, baseOffset: 2 })
})
