// The producer while a real broker process is killed, or stands still: nothing is lost, doubled or out of order, and no call fails.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { BrokerProcess } from '../../bench/crash/broker-process.ts'
import { realClock } from '../../io/real-clock.ts'
import { fetch } from '../../protocol/messages/fetch.ts'
import { batches } from '../../protocol/records/batches.ts'
import { records } from '../../protocol/records/records.ts'
import { Cluster } from '../cluster/cluster.ts'
import { clientWorld } from '../real-client-world.ts'
import { wait } from '../resilience/wait.ts'
import { Producer } from './producer.ts'

const partitions = 2
const kills = 3
const clock = realClock()
let dataDir: string
let broker: BrokerProcess

const start = (port: number) => BrokerProcess.start({ dataDir, port, settings: [`num.partitions=${partitions}`] })

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'millrace-producer-crash-'))
  broker = await start(0)
})
afterEach(async () => {
  await broker.kill()
  rmSync(dataDir, { recursive: true, force: true })
})

/** Sends numbered records to all partitions until it is told to end; answers how many to each. */
async function load(producer: Producer, isOver: () => boolean): Promise<number> {
  const open = new Set<Promise<unknown>>()
  let made = 0
  const track = (sent: Promise<unknown>) => {
    const tracked = sent.finally(() => open.delete(tracked))
    open.add(tracked)
  }
  while (!isOver()) {
    for (let partition = 0; partition < partitions; partition++) {
      const numbered = Array.from({ length: 20 }, (_, i) => ({ value: `${made + i}`, partition }))
      track(producer.sendBatch('numbers', numbered))
      track(producer.send('numbers', { value: `${made + 20}`, partition }))
    }
    made += 21
    await wait(clock, 1)
  }
  await Promise.all(open)
  return made
}

async function stored(partition: number): Promise<string[]> {
  const cluster = new Cluster({ bootstrap: `127.0.0.1:${broker.port}` }, clientWorld())
  cluster.topics.add('numbers')
  const { topicId } = await cluster.until(image => image.topics.get('numbers'), { what: 'numbers', timeoutMs: 10_000 })
  const values: string[] = []
  for (let before = -1; values.length > before; ) {
    before = values.length
    const asked = { partition, fetchOffset: values.length, partitionMaxBytes: 1 << 20 }
    const answer = await cluster.askAny(fetch, {
      maxWaitMs: 0,
      minBytes: 0,
      topics: [{ topicId, partitions: [asked] }],
    })
    for (const batch of batches((answer.responses[0]!.partitions[0]!.records ?? Buffer.alloc(0)) as Buffer)) {
      for (const { offset, value } of records(batch)) if (offset === values.length) values.push(`${value}`)
    }
  }
  cluster.close()
  return values
}

async function expectAll(made: number): Promise<void> {
  const expected = Array.from({ length: made }, (_, i) => `${i}`)
  for (let partition = 0; partition < partitions; partition++) expect(await stored(partition)).toEqual(expected)
}

const options = () => ({
  bootstrap: `127.0.0.1:${broker.port}`,
  batchBytes: 1000,
  lingerMs: 1,
  reconnectBackoffMaxMs: 100,
})

test('killed three times under load', { timeout: 60_000 }, async () => {
  await using producer = new Producer(options())
  let isOver = false
  const loaded = load(producer, () => isOver)
  for (let i = 0; i < kills; i++) {
    await wait(clock, 300)
    await broker.kill()
    broker = await start(broker.port)
  }
  await wait(clock, 300)
  isOver = true
  await expectAll(await loaded)
})

test('stopped for longer than a request may take', { timeout: 60_000 }, async () => {
  await using producer = new Producer({ ...options(), requestTimeoutMs: 400 })
  let isOver = false
  const loaded = load(producer, () => isOver)
  await wait(clock, 300)
  broker.freeze()
  await wait(clock, 1500)
  broker.thaw()
  await wait(clock, 300)
  isOver = true
  await expectAll(await loaded)
})
