// Hedged fetches where there are real followers: a leader stands still, and reading goes on before there is another leader.

import assert from 'node:assert/strict'
import { Admin } from '../admin/admin.ts'
import { Consumer } from '../consumer/consumer.ts'
import { Producer } from '../producer/producer.ts'
import { orLate, wait } from '../resilience/wait.ts'
import type { CheckContext, ClientCheck } from './check.ts'

const recordCount = 2000
const readBefore = 500
/** The newest records are the leader's alone to give until the followers have heard of its high watermark. */
const newestCount = 100
/** Kafka takes 9 s to find out that a broker is gone (broker.session.timeout.ms); then there is another leader in any case. */
const readWithinMs = 6000
const waitMsMax = 60_000

/** Of partition 0. */
async function placeOf(admin: Admin, topic: string): Promise<{ leaderId: number; inSync: number }> {
  const { partitions } = await admin.topics.describe(topic)
  return { leaderId: partitions[0]!.leaderId, inSync: partitions[0]!.inSyncReplicas.length }
}

async function fill({ bootstrap, world }: CheckContext, topic: string, from: number, count: number): Promise<void> {
  const producer = new Producer({ bootstrap, batchBytes: 1000 }, world)
  const records = Array.from({ length: count }, (_, i) => ({ partition: 0, value: `${from + i} ${'x'.repeat(80)}` }))
  await producer.sendBatch(topic, records)
  await producer.close()
}

/** Numbers up to there, one after the other. */
async function readTo(consumer: Consumer, numbers: number[], end: number): Promise<void> {
  for await (const record of consumer.records()) {
    numbers.push(Number(`${record.value}`.split(' ')[0]))
    consumer.markProcessed(record)
    if (numbers.length === end) return
  }
}

const leaderStandsStill: ClientCheck = {
  name: 'hedge/a leader that stands still does not hold up reading',
  brokersMin: 3,
  harms: true,
  async run(context) {
    const { bootstrap, world, replicationFactor, nodes } = context
    const { clock } = world
    const topic = context.newName('hedged')
    const admin = new Admin({ bootstrap }, world)
    await admin.topics.create({ name: topic, partitions: 1, replicationFactor })
    await fill(context, topic, 0, recordCount + newestCount)
    // Little at a time, so that there is much to ask for when the leader stops.
    const sizes = { maxPartitionBytes: 2000, prefetchBytes: 12_000 }
    const hedge = { minimumMs: 50, maximumShare: 0.2 }
    const consumer = new Consumer({ bootstrap, ...sizes, hedge, requestTimeoutMs: 20_000 }, world)
    const hedges: string[] = []
    consumer.events.on('hedged', ({ asked }) => hedges.push(asked))
    consumer.assign([{ topic, partition: 0, offset: 'earliest' }])
    const numbers: number[] = []
    await readTo(consumer, numbers, readBefore)
    const { leaderId } = await placeOf(admin, topic)
    const leader = nodes.find(({ nodeId }) => nodeId === leaderId)!
    const late = () =>
      new Error(`read ${numbers.length} of ${recordCount} in ${readWithinMs} ms\n${consumer.explain()}`)
    leader.freeze()
    try {
      await orLate(clock, readTo(consumer, numbers, recordCount), readWithinMs, late)
    } finally {
      leader.thaw()
    }
    assert.ok(hedges.length > 0, 'another replica was asked')
    await untilInSync(context, admin, topic)
    const made = recordCount + newestCount
    await fill(context, topic, made, newestCount)
    const all = made + newestCount
    const still = () => new Error(`does not read on after the leader is back\n${consumer.explain()}`)
    await orLate(clock, readTo(consumer, numbers, all), waitMsMax, still)
    assert.deepEqual(
      numbers,
      Array.from({ length: all }, (_, i) => i),
    )
    await consumer.close()
    await admin.close()
  },
}

async function untilInSync({ world, replicationFactor }: CheckContext, admin: Admin, topic: string): Promise<void> {
  const startedMs = world.clock.monotonicMs()
  while ((await placeOf(admin, topic)).inSync < replicationFactor) {
    assert.ok(world.clock.monotonicMs() - startedMs < waitMsMax, 'the replicas are in sync again')
    await wait(world.clock, 200)
  }
}

export const hedgeChecks: readonly ClientCheck[] = [leaderStandsStill]
