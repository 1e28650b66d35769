// Transactions against our broker on real sockets, in both versions.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Broker } from '../../broker/broker.ts'
import { brokerConfig } from '../../broker/config/broker-config.ts'
import { developmentProfile } from '../../broker/config/development-profile.ts'
import { realWorld } from '../../io/real-world.ts'
import { errors } from '../../protocol/errors.ts'
import { fetch } from '../../protocol/messages/fetch.ts'
import { offsetFetch } from '../../protocol/messages/offset-fetch.ts'
import { updateFeatures } from '../../protocol/messages/update-features.ts'
import { isControlBatch, producerIdOf } from '../../protocol/records/batch-header.ts'
import { batches } from '../../protocol/records/batches.ts'
import { records } from '../../protocol/records/records.ts'
import { Cluster } from '../cluster/cluster.ts'
import { clientWorld } from '../real-client-world.ts'
import { Producer } from './producer.ts'
import type { ProducerOptions } from './producer-options.ts'
import { remedyForRecords, treatmentOf } from './transaction-error.ts'
import { type Phase, TransactionState, transitions } from './transaction-state.ts'

let directory: string
let broker: Broker
let bootstrap: string
let cluster: Cluster

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'millrace-transactions-'))
  const config = brokerConfig({
    profile: developmentProfile({ port: 0, dataDir: join(directory, 'data') }),
    properties: new Map([
      ['offsets.topic.num.partitions', '1'],
      ['transaction.state.log.num.partitions', '1'],
      ['num.partitions', '2'],
    ]),
  })
  broker = await Broker.start({ world: realWorld(), config })
  bootstrap = `127.0.0.1:${broker.port}`
  cluster = new Cluster({ bootstrap }, clientWorld())
})
afterAll(async () => {
  cluster.close()
  await broker.stop()
  rmSync(directory, { recursive: true, force: true })
})

let made = 0
const nextTopic = () => `topic-${made++}`
const producerWith = (options: Partial<ProducerOptions> = {}) =>
  new Producer({ bootstrap, lingerMs: 1, transactionalId: `id-${made++}`, ...options })

/** Questions before a transaction counts as one that stays open: they wait for 50 ms each. */
const questionsMax = 100

/** What a reader of committed records gets of a partition once the ends of its transactions, which follow their answers, are there. */
async function fetchCommitted(topicId: string, partition: number) {
  for (let questions = 1; ; questions += 1) {
    const partitions = [{ partition, fetchOffset: 0, partitionMaxBytes: 1 << 20 }]
    const patience = questions === 1 ? { maxWaitMs: 0, minBytes: 0 } : { maxWaitMs: 50, minBytes: 1 << 20 }
    const body = { ...patience, isolationLevel: 1, topics: [{ topicId, partitions }] }
    const answer = await cluster.askAny(fetch, body, { versions: [13, 17] })
    const found = answer.responses[0]!.partitions[0]!
    if (found.lastStableOffset === found.highWatermark || questions === questionsMax) return found
  }
}

/** The values that a reader of committed records sees in a partition. */
async function committed(topic: string, partition = 0): Promise<string[]> {
  cluster.topics.add(topic)
  const known = await cluster.until(image => image.topics.get(topic), { what: topic, timeoutMs: 5000 })
  const { records: bytes, abortedTransactions } = await fetchCommitted(known.topicId, partition)
  const aborted = new Set(
    (abortedTransactions ?? []).map(({ producerId, firstOffset }) => `${producerId} ${firstOffset}`),
  )
  const open = new Set<string>()
  const values: string[] = []
  for (const batch of batches((bytes ?? Buffer.alloc(0)) as Buffer)) {
    const producer = `${producerIdOf(batch)}`
    if (isControlBatch(batch)) {
      open.delete(producer)
      continue
    }
    for (const { offset, value } of records(batch)) {
      if (aborted.has(`${producer} ${offset}`)) open.add(producer)
      if (!open.has(producer)) values.push(`${value}`)
    }
  }
  return values
}

async function committedOffset(group: string, topic: string): Promise<number> {
  const coordinator = await cluster.coordinator('group', group, { timeoutMs: 5000 })
  const groups = [{ groupId: group, topics: [{ name: topic, partitionIndexes: [0] }] }]
  const answer = await coordinator.request(offsetFetch, { groups, requireStable: true }, { versions: [8, 9] })
  return Number(answer.groups[0]!.topics[0]!.partitions[0]!.committedOffset)
}

describe.each([2, 1])('version %i', version => {
  beforeAll(async () => {
    const featureUpdates = [
      { feature: 'transaction.version', maxVersionLevel: version, upgradeType: version === 2 ? 1 : 2 },
    ]
    const answer = await cluster.askAny(updateFeatures, { featureUpdates, validateOnly: false }, { versions: [1, 2] })
    expect(answer.errorCode).toBe(errors.NONE.code)
  })

  test('what is committed is read, what is aborted is not', async () => {
    await using producer = producerWith()
    const topic = nextTopic()
    for (const [i, isCommitted] of [true, false, true, true, false].entries()) {
      const tx = await producer.begin()
      const sent = [0, 1].map(partition => tx.send(topic, { value: `${i}`, partition }))
      await tx.sendBatch(topic, [{ value: `${i}'`, partition: 0 }])
      await Promise.all(sent)
      await (isCommitted ? tx.commit() : tx.abort())
    }
    expect(await committed(topic)).toEqual(['0', "0'", '2', "2'", '3', "3'"])
    expect(await committed(topic, 1)).toEqual(['0', '2', '3'])
  })

  test('commit waits for what was sent and not awaited', async () => {
    await using producer = producerWith({ lingerMs: 10_000 })
    const topic = nextTopic()
    const tx = await producer.begin()
    const sent = tx.send(topic, { value: 'a', partition: 0 })
    await tx.commit()
    expect(await sent).toMatchObject({ partition: 0, offset: 0 })
    expect(await committed(topic)).toEqual(['a'])
  })

  test('abort lets go of what was not sent yet', async () => {
    await using producer = producerWith({ lingerMs: 10_000 })
    const topic = nextTopic()
    await (await producer.begin()).commit()
    const tx = await producer.begin()
    const sent = tx.send(topic, { value: 'a', partition: 0 })
    const [outcome] = await Promise.allSettled([sent, tx.abort()])
    expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'TRANSACTION_ABORTED' } })
    const next = await producer.begin()
    void next.send(topic, { value: 'b', partition: 0 })
    await next.commit()
    expect(await committed(topic)).toEqual(['b'])
  }, 30_000)

  test('an abort is no error of those who did not await their sends', async () => {
    await using producer = producerWith({ lingerMs: 10_000 })
    const topic = nextTopic()
    await (await producer.begin()).commit()
    const tx = await producer.begin()
    void tx.send(topic, { value: 'a' })
    void tx.sendBatch(topic, [{ value: 'b' }])
    await tx.abort()
  })

  test('a scope that is left without a commit aborts', async () => {
    await using producer = producerWith()
    const topic = nextTopic()
    const leave = async () => {
      await using tx = await producer.begin()
      await tx.send(topic, { value: 'a', partition: 0 })
      throw new Error('something else')
    }
    await expect(leave()).rejects.toThrow('something else')
    const tx = await producer.begin()
    await tx.send(topic, { value: 'b', partition: 0 })
    await tx.commit()
    expect(await committed(topic)).toEqual(['b'])
  })

  test('offsets move with the transaction', async () => {
    await using producer = producerWith()
    const [topic, group] = [nextTopic(), `group-${made++}`]
    await committed(topic).catch(() => {})
    const offset = (value: number) => [{ topic, partition: 0, offset: value }]
    const first = await producer.begin()
    await first.send(topic, { value: 'a', partition: 0 })
    await first.sendOffsets(offset(5), group)
    await first.commit()
    expect(await committedOffset(group, topic)).toBe(5)
    const second = await producer.begin()
    await second.sendOffsets(offset(9), { groupId: group })
    await second.abort()
    expect(await committedOffset(group, topic)).toBe(5)
  })

  test('a member that the group does not know ends the transaction, and the producer goes on', async () => {
    await using producer = producerWith()
    const topic = nextTopic()
    const tx = await producer.begin()
    await tx.send(topic, { value: 'a', partition: 0 })
    const member = { groupId: `group-${made++}`, generationId: 3, memberId: 'nobody' }
    const failed = tx.sendOffsets([{ topic, partition: 0, offset: 1 }], member)
    await expect(failed).rejects.toMatchObject({ remedy: 'abort' })
    await expect(tx.send(topic, { value: 'b', partition: 0 })).rejects.toMatchObject({ remedy: 'abort' })
    await expect(tx.commit()).rejects.toMatchObject({ remedy: 'abort' })
    await tx.abort()
    const next = await producer.begin()
    await next.send(topic, { value: 'c', partition: 0 })
    await next.commit()
    expect(await committed(topic)).toEqual(['c'])
  })

  test('who had the id before is fenced, and told what to do', async () => {
    const transactionalId = `id-${made++}`
    const topic = nextTopic()
    const old = producerWith({ transactionalId })
    const tx = await old.begin()
    await tx.send(topic, { value: 'old', partition: 0 })
    await using next = producerWith({ transactionalId })
    const other = await next.begin()
    await expect(tx.commit()).rejects.toMatchObject({ code: 'PRODUCER_FENCED', remedy: 'new producer' })
    await expect(old.begin()).rejects.toMatchObject({ code: 'PRODUCER_FENCED' })
    await old.close()
    await other.send(topic, { value: 'new', partition: 0 })
    await other.commit()
    expect(await committed(topic)).toEqual(['new'])
  })

  test('close aborts what nobody will commit', async () => {
    const topic = nextTopic()
    const producer = producerWith()
    const tx = await producer.begin()
    await tx.send(topic, { value: 'a', partition: 0 })
    await producer.close()
    expect(await committed(topic)).toEqual([])
  })
})

describe('calls that do not fit', () => {
  test('sending outside of a transaction, and two at once', async () => {
    await using producer = producerWith()
    await expect(producer.send('t', { value: 'a' })).rejects.toMatchObject({ code: 'INVALID_TXN_STATE' })
    const tx = await producer.begin()
    await expect(producer.begin()).rejects.toMatchObject({ code: 'INVALID_TXN_STATE' })
    await tx.commit()
    await expect(tx.send('t', { value: 'a' })).rejects.toThrow(/has ended/)
    await expect(tx.commit()).rejects.toThrow(/has ended/)
  })

  test('transactions without an id', async () => {
    await using producer = new Producer({ bootstrap })
    await expect(producer.begin()).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
  })
})

describe('rules', () => {
  test('each phase goes where the table says, and nowhere else', () => {
    const phases = Object.keys(transitions) as Phase[]
    const ways: Readonly<Record<Phase, readonly Phase[]>> = {
      idle: [],
      starting: ['starting'],
      open: ['starting', 'open'],
      committing: ['starting', 'open', 'committing'],
      aborting: ['starting', 'open', 'aborting'],
      failed: ['starting', 'open', 'failed'],
      over: ['over'],
    }
    for (const from of phases) {
      for (const to of phases) {
        const state = new TransactionState()
        for (const phase of ways[from]) state.to(phase)
        expect([from, to, state.to(to)]).toEqual([from, to, transitions[from].includes(to)])
      }
    }
  })

  test('what an answer means', () => {
    expect(treatmentOf(errors.CONCURRENT_TRANSACTIONS.code)).toBe('again')
    expect(treatmentOf(errors.NOT_COORDINATOR.code)).toBe('find the coordinator')
    expect(treatmentOf(errors.INVALID_PRODUCER_EPOCH.code)).toBe('new producer')
    expect(treatmentOf(errors.INVALID_TXN_STATE.code)).toBe('new producer')
    expect(treatmentOf(errors.TRANSACTION_ABORTABLE.code)).toBe('abort')
    expect(treatmentOf(errors.TRANSACTIONAL_ID_AUTHORIZATION_FAILED.code)).toBe('fix')
  })

  test('records that a leader refuses for their epoch can still be aborted', () => {
    const refused = (code: string) => remedyForRecords(Object.assign(new Error(code), { code }))
    expect(refused('INVALID_PRODUCER_EPOCH')).toBe('abort')
    expect(refused('PRODUCER_FENCED')).toBe('new producer')
    expect(refused('TRANSACTIONAL_ID_AUTHORIZATION_FAILED')).toBe('fix')
    expect(refused('DEADLINE_EXCEEDED')).toBe('abort')
  })
})
