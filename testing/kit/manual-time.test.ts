// A broker whose time a test moves: what depends on time in it happens when it is moved, and settles before `advance` answers.

import { afterEach, describe, expect, test } from 'vitest'
import type { BrokerConnection } from '../../client/connection.ts'
import { realClock } from '../../io/real-clock.ts'
import { errorName } from '../../protocol/errors.ts'
import { addPartitionsToTxn } from '../../protocol/messages/add-partitions-to-txn.ts'
import { describeGroups } from '../../protocol/messages/describe-groups.ts'
import { describeTransactions } from '../../protocol/messages/describe-transactions.ts'
import { fetch } from '../../protocol/messages/fetch.ts'
import { findCoordinator } from '../../protocol/messages/find-coordinator.ts'
import { heartbeat } from '../../protocol/messages/heartbeat.ts'
import { initProducerId } from '../../protocol/messages/init-producer-id.ts'
import { joinGroup } from '../../protocol/messages/join-group.ts'
import { produce } from '../../protocol/messages/produce.ts'
import { type StartBrokerOptions, startBroker, type TestBroker } from '../index.ts'
import { connect, produceRequest } from './bench-client.ts'
import { ManualTime } from './manual-time.ts'
import { PendingWork } from './pending-work.ts'

let broker: TestBroker
let client: BrokerConnection

async function start(options: StartBrokerOptions = {}): Promise<void> {
  broker = await startBroker({ clock: 'manual', ...options })
  client = await connect(broker)
}

afterEach(async () => {
  client?.close()
  await broker?.close()
})

const storages = ['memory', 'directory'] as const

async function join(sessionTimeoutMs: number) {
  await client.request(findCoordinator, 3, { key: 'g', keyType: 0 })
  return client.request(joinGroup, 3, {
    groupId: 'g',
    sessionTimeoutMs,
    rebalanceTimeoutMs: 60_000,
    protocolType: 'consumer',
    protocols: [{ name: 'range', metadata: Buffer.alloc(0) }],
  })
}

const stateOf = async (groupId: string) =>
  (await client.request(describeGroups, 4, { groups: [groupId] })).groups[0]!.groupState

describe.each(storages)('in %s', storage => {
  test('the session of a member ends to the millisecond, and only by advancing', async () => {
    await start({ storage })
    const { memberId, generationId } = await join(45_000)
    const beat = async () => errorName((await client.request(heartbeat, 3, { groupId: 'g', memberId, generationId })).errorCode) // biome-ignore format: one thought
    await broker.clock.advance(44_999)
    expect(await stateOf('g')).not.toBe('Empty')
    await broker.clock.advance(1)
    expect([await stateOf('g'), await beat()]).toEqual(['Empty', 'UNKNOWN_MEMBER_ID'])
  })

  test('a transaction that is left lying is aborted, with its marker, when its time is over', async () => {
    await start({ storage, topics: { orders: {} } })
    await client.request(findCoordinator, 3, { key: 'app', keyType: 1 })
    const asked = { transactionalId: 'app', transactionTimeoutMs: 60_000 }
    const { producerId, producerEpoch } = await client.request(initProducerId, 4, asked)
    const added = await client.request(addPartitionsToTxn, 3, {
      v3AndBelowTransactionalId: 'app',
      v3AndBelowProducerId: producerId,
      v3AndBelowProducerEpoch: producerEpoch,
      v3AndBelowTopics: [{ name: 'orders', partitions: [0] }],
    })
    expect(added.resultsByTopicV3AndBelow[0]?.resultsByPartition[0]?.partitionErrorCode).toBe(0)
    const state = async () =>
      (await client.request(describeTransactions, 0, { transactionalIds: ['app'] })).transactionStates[0]!
        .transactionState
    await broker.clock.advance(59_000)
    expect(await state()).toBe('Ongoing')
    // What is too old is looked for every 10 s.
    await broker.clock.advance(11_000)
    expect(await state()).toBe('CompleteAbort')
  })

  test('retention: old segments go, a day in a moment', async () => {
    await start({
      storage,
      topics: { orders: { config: { 'retention.ms': 86_400_000, 'segment.ms': 3_600_000 } } },
    })
    const put = async (value: string) =>
      client.request(produce, 9, produceRequest('orders', [0], value, -1, broker.clock.now()))
    await put('old')
    await broker.clock.advance(20 * 3_600_000)
    await put('new')
    const values = async () => (await broker.records('orders', 0)).map(({ value }) => String(value))
    expect(await values()).toEqual(['old', 'new'])
    await broker.clock.advance(8 * 3_600_000)
    expect(await values()).toEqual(['new'])
  })
})

test("its time begins at the machine's, and stands still", async () => {
  const beforeMs = Date.now()
  await start()
  const now = broker.clock.now()
  expect(now).toBeGreaterThanOrEqual(beforeMs)
  expect(now).toBeLessThanOrEqual(Date.now())
  await new Promise(resolve => setImmediate(resolve))
  expect(broker.clock.now()).toBe(now)
  await broker.clock.advance(1500)
  expect(broker.clock.now()).toBe(now + 1500)
})

test('a fetch that waits is answered by whichever clock says so first', async () => {
  await start({ topics: { orders: {} } })
  const ask = (maxWaitMs: number) => {
    const partitions = [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1000 }]
    return client.request(fetch, 11, { maxWaitMs, minBytes: 1, maxBytes: 1000, topics: [{ topic: 'orders', partitions }] }) // biome-ignore format: one thought
  }
  expect((await ask(20)).errorCode).toBe(0)
  const long = ask(600_000)
  while (broker.requests.count('Fetch') < 2) await new Promise(resolve => setImmediate(resolve))
  await broker.clock.advance(600_000)
  expect((await long).errorCode).toBe(0)
})

test('connections outlive a jump in time', async () => {
  await start()
  await broker.clock.advance(86_400_000)
  expect(client.isOpen).toBe(true)
})

test("a clock that is the machine's cannot be moved, and says how to get one that can", async () => {
  await start({ clock: 'real' })
  expect(Math.abs(broker.clock.now() - Date.now())).toBeLessThan(10_000)
  await expect(broker.clock.advance(1)).rejects.toThrow("start it with { clock: 'manual' }")
})

test.each([-1, Number.NaN, Number.POSITIVE_INFINITY])('advance(%s) is refused', async ms => {
  await start()
  await expect(broker.clock.advance(ms)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
  await broker.clock.advance(1)
})

describe('the clock alone', () => {
  const make = () => {
    const work = new PendingWork(realClock())
    return { work, time: new ManualTime(realClock(), work) }
  }

  test('waits for work that a timer began, before the next timer is due', async () => {
    const { work, time } = make()
    const seen: string[] = []
    const wait = async () => {
      for (let i = 0; i < 20; i++) await new Promise(resolve => setImmediate(resolve))
      seen.push('work')
    }
    time.after(10, () => void work.during(wait()))
    time.after(11, () => seen.push('next'))
    await time.advance(20)
    expect(seen).toEqual(['work', 'next'])
  })

  test('what is put off to the next turn has happened, and what that put off', async () => {
    const { time } = make()
    const seen: number[] = []
    const again = (left: number): void => {
      seen.push(left)
      if (left > 0) time.soon(() => again(left - 1))
    }
    time.after(5, () => again(10))
    await time.advance(5)
    expect(seen.length).toBe(11)
  })

  test('what was cancelled is not waited for', async () => {
    const { time, work } = make()
    time.soon(() => {})()
    time.after(5, () => {})()
    await time.advance(5)
    expect([work.count, time.pending]).toEqual([0, 0])
  })

  test('one call waits for the one before; an error of a timer is told to who moved the clock', async () => {
    const { time } = make()
    const seen: number[] = []
    time.after(1, () => {
      throw new Error('of a timer')
    })
    time.after(2, () => seen.push(time.monotonicMs()))
    const [first, second] = await Promise.allSettled([time.advance(1), time.advance(1)])
    expect([first.status, second.status, seen]).toEqual(['rejected', 'fulfilled', [2]])
  })

  test('lets time pass by itself until it is told not to', async () => {
    const { time } = make()
    const stop = time.letPass()
    await new Promise<void>(resolve => time.after(120, resolve))
    stop()
    expect(time.pending).toBe(0)
  })
})
