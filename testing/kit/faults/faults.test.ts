// Faults in a running broker, asked over real connections.

import { afterEach, beforeEach, describe, expect, expectTypeOf, test } from 'vitest'
import { handlers } from '../../../broker/server/handlers/index.ts'
import type { BrokerConnection } from '../../../client/connection.ts'
import { errors } from '../../../protocol/errors.ts'
import { apiVersions } from '../../../protocol/messages/api-versions.ts'
import { fetch } from '../../../protocol/messages/fetch.ts'
import { heartbeat } from '../../../protocol/messages/heartbeat.ts'
import { listOffsets } from '../../../protocol/messages/list-offsets.ts'
import { metadata } from '../../../protocol/messages/metadata.ts'
import { produce } from '../../../protocol/messages/produce.ts'
import { type ApiName, type RequestOf, startBroker, type TestBroker } from '../../index.ts'
import { connect, produceRequest, send } from '../bench-client.ts'
import { apiNames } from '../served-apis.ts'

const notLeader = errors.NOT_LEADER_OR_FOLLOWER.code

let broker: TestBroker
let client: BrokerConnection

beforeEach(async () => {
  broker = await startBroker({ topics: { orders: { partitions: 3 }, bills: { partitions: 1 } } })
  client = await connect(broker)
})
afterEach(async () => {
  client.close()
  await broker.close()
})

const stored = async (topic: string, partition: number) =>
  (await broker.records(topic, partition)).map(({ value }) => String(value))

test('the names are those of all APIs that the broker answers', () => {
  expect([...apiNames].sort()).toEqual(handlers.map(({ api }) => api.name).sort())
})

test('names and requests are typed', () => {
  expectTypeOf<'Produce' | 'JoinGroup'>().toExtend<ApiName>()
  expectTypeOf<'Prodce'>().not.toExtend<ApiName>()
  expectTypeOf<RequestOf<'Produce'>['acks']>().toEqualTypeOf<number>()
  broker.fault('Produce', { drop: true, when: request => request.topicData.length > 99 })
})

describe('which requests', () => {
  const struckOf = async (count: number) => {
    const codes: number[] = []
    for (let i = 0; i < count; i++) codes.push(...(await send(client, 'orders', [0])))
    return codes.map(code => (code === 0 ? '.' : 'X')).join('')
  }
  const error = 'NOT_LEADER_OR_FOLLOWER'

  test.each([
    [{}, 'XXXXX'],
    [{ times: 2 }, 'XX...'],
    [{ nth: 3 }, '..X..'],
    [{ nth: 2, times: 2 }, '.XX..'],
    [{ every: 2 }, '.X.X.'],
    [{ nth: 1, every: 2 }, 'X.X.X'],
    [{ every: 2, times: 1 }, '.X...'],
  ])('%j strikes %s', async (options, pattern) => {
    const fault = broker.fault('Produce', { error, ...options })
    expect(await struckOf(5)).toBe(pattern)
    expect(fault.count).toBe(pattern.replaceAll('.', '').length)
    expect(fault.matched).toBe(5)
  })

  test('none after it was removed, and after all were', async () => {
    const fault = broker.fault('Produce', { error })
    expect(await struckOf(1)).toBe('X')
    fault.remove()
    expect(await struckOf(1)).toBe('.')
    broker.fault('Produce', { error })
    broker.clearFaults()
    expect(await struckOf(1)).toBe('.')
    expect(fault.count).toBe(1)
  })

  test('those of one topic', async () => {
    broker.fault('Produce', { topic: 'bills', error })
    expect([await send(client, 'orders', [0]), await send(client, 'bills', [0])]).toEqual([[0], [notLeader]])
  })

  test('those of one client', async () => {
    broker.fault('Produce', { clientId: 'other', error })
    const other = await connect(broker, 'other')
    expect([await send(client, 'orders', [0]), await send(other, 'orders', [0])]).toEqual([[0], [notLeader]])
    other.close()
  })

  test('those that a predicate picks, by what they say', async () => {
    broker.fault('Produce', { error, when: ({ topicData }, { version }) => version === 9 && topicData[0]?.name === 'bills' }) // biome-ignore format: one thought
    expect([await send(client, 'orders', [0]), await send(client, 'bills', [0])]).toEqual([[0], [notLeader]])
  })

  test('of several faults the first one strikes, and all count', async () => {
    const first = broker.fault('Produce', { nth: 2, error: 'KAFKA_STORAGE_ERROR' })
    const second = broker.fault('Produce', { error })
    expect(await send(client, 'orders', [0])).toEqual([notLeader])
    expect(await send(client, 'orders', [0])).toEqual([errors.KAFKA_STORAGE_ERROR.code])
    expect([first.count, first.matched, second.count, second.matched]).toEqual([1, 2, 1, 2])
  })
})

describe('an error', () => {
  test('for one partition: that one is not written, the others are', async () => {
    broker.fault('Produce', { partition: 1, error: 'NOT_LEADER_OR_FOLLOWER' })
    expect(await send(client, 'orders', [0, 1, 2])).toEqual([0, notLeader, 0])
    expect([await stored('orders', 0), await stored('orders', 1), await stored('orders', 2)]).toEqual([
      ['v'],
      [],
      ['v'],
    ])
  })

  test('after it was carried out: the records are there, and the client does not know', async () => {
    broker.fault('Produce', { at: 'after', error: 'REQUEST_TIMED_OUT', times: 1 })
    expect(await send(client, 'orders', [0, 1])).toEqual([errors.REQUEST_TIMED_OUT.code, errors.REQUEST_TIMED_OUT.code])
    expect([await stored('orders', 0), await stored('orders', 1)]).toEqual([['v'], ['v']])
  })

  test('with acks=0, which has no answer: the connection is closed, as by Kafka', async () => {
    broker.fault('Produce', { error: 'NOT_LEADER_OR_FOLLOWER' })
    client.sendWithoutAnswer(produce, 9, produceRequest('orders', [0], 'v', 0))
    await expect(client.request(apiVersions, 0, {})).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' })
    expect(await stored('orders', 0)).toEqual([])
  })

  test('in Metadata: for the topic, with the brokers beside it; the topic is not created', async () => {
    const fault = broker.fault('Metadata', { topic: 'new', error: 'LEADER_NOT_AVAILABLE' })
    for (const version of [1, 5, 9, 13]) {
      const answer = await client.request(metadata, version, { topics: [{ name: 'new' }, { name: 'orders' }] })
      const codes = Object.fromEntries(answer.topics.map(({ name, errorCode }) => [name, errorCode]))
      expect(codes).toEqual({ new: errors.LEADER_NOT_AVAILABLE.code, orders: 0 })
      expect(answer.brokers).toMatchObject([{ port: broker.port }])
    }
    const alone = await client.request(metadata, 9, { topics: [{ name: 'new' }] })
    expect([alone.topics.length, alone.brokers.length]).toEqual([1, 1])
    fault.remove()
    const all = await client.request(metadata, 9, { topics: null })
    expect(all.topics.map(({ name }) => name).sort()).toEqual(['bills', 'orders'])
  })

  test('in Metadata for all topics: for each that there is', async () => {
    broker.fault('Metadata', { error: 'LEADER_NOT_AVAILABLE' })
    const { topics } = await client.request(metadata, 9, { topics: null })
    expect(topics.map(({ name, errorCode }) => [name, errorCode])).toEqual([['orders', 5], ['bills', 5]]) // biome-ignore format: one thought
  })

  test('of the whole: a heartbeat', async () => {
    broker.fault('Heartbeat', { error: 'REBALANCE_IN_PROGRESS' })
    const answer = await client.request(heartbeat, 4, { groupId: 'g', memberId: 'm', generationId: 1 })
    expect(answer.errorCode).toBe(errors.REBALANCE_IN_PROGRESS.code)
  })

  test('placed other than Kafka would', async () => {
    broker.fault('Fetch', { error: 'NOT_LEADER_OR_FOLLOWER', place: 'whole' })
    const answer = await client.request(fetch, 11, fetchOf([0]))
    expect([answer.errorCode, answer.responses]).toEqual([notLeader, []])
  })

  test('of one topic in ListOffsets by a version that the broker also answers', async () => {
    broker.fault('ListOffsets', { topic: 'orders', error: 'LEADER_NOT_AVAILABLE' })
    const topics = ['orders', 'bills'].map(name => ({ name, partitions: [{ partitionIndex: 0, timestamp: -1 }] }))
    const answer = await client.request(listOffsets, 7, { replicaId: -1, topics })
    const codes = Object.fromEntries(answer.topics.map(({ name, partitions }) => [name, partitions[0]?.errorCode]))
    expect(codes).toEqual({ orders: 5, bills: 0 })
  })
})

function fetchOf(partitions: readonly number[], more: object = {}) {
  const asked = partitions.map(partition => ({ partition, fetchOffset: 0, partitionMaxBytes: 1000 }))
  const topics = asked.length === 0 ? [] : [{ topic: 'orders', partitions: asked }]
  return { maxWaitMs: 60_000, minBytes: 1, maxBytes: 10_000, topics, ...more }
}

describe('an error in Fetch', () => {
  const codesOf = (answer: { responses: { partitions: { partitionIndex: number; errorCode: number }[] }[] }) =>
    answer.responses.flatMap(({ partitions }) => partitions.map(each => [each.partitionIndex, each.errorCode]))

  test('is answered at once, also beside partitions that have nothing yet', async () => {
    broker.fault('Fetch', { partition: 1, error: 'NOT_LEADER_OR_FOLLOWER' })
    const answer = await client.request(fetch, 11, fetchOf([0, 1]))
    expect(codesOf(answer).sort()).toEqual([[0, 0], [1, notLeader]]) // biome-ignore format: one thought
  })

  test('strikes partitions of a session that the request does not name, and the session goes on', async () => {
    await send(client, 'orders', [0, 1])
    const opened = await client.request(fetch, 11, fetchOf([0, 1], { sessionEpoch: 0 }))
    expect(opened.sessionId).toBeGreaterThan(0)
    const { sessionId } = opened
    const fault = broker.fault('Fetch', { topic: 'orders', partition: 1, times: 1, error: 'NOT_LEADER_OR_FOLLOWER' })
    const struck = await client.request(fetch, 11, fetchOf([], { sessionId, sessionEpoch: 1 }))
    expect(fault.count).toBe(1)
    expect([struck.errorCode, codesOf(struck).filter(([, code]) => code !== 0)]).toEqual([0, [[1, notLeader]]])
    const next = await client.request(fetch, 11, fetchOf([], { sessionId, sessionEpoch: 2 }))
    expect(next.errorCode).toBe(0)
    expect(codesOf(next)).toContainEqual([1, 0])
  })

  test('strikes all of a session', async () => {
    await send(client, 'orders', [0, 1])
    const { sessionId } = await client.request(fetch, 11, fetchOf([0, 1], { sessionEpoch: 0 }))
    broker.fault('Fetch', { error: 'NOT_LEADER_OR_FOLLOWER' })
    const struck = await client.request(fetch, 11, fetchOf([], { sessionId, sessionEpoch: 1 }))
    expect(codesOf(struck).sort()).toEqual([[0, notLeader], [1, notLeader]]) // biome-ignore format: one thought
  })

  test('of the session as a whole', async () => {
    broker.fault('Fetch', { error: 'FETCH_SESSION_ID_NOT_FOUND' })
    const answer = await client.request(fetch, 11, fetchOf([0]))
    expect([answer.errorCode, answer.responses]).toEqual([errors.FETCH_SESSION_ID_NOT_FOUND.code, []])
  })

  test('by topic id', async () => {
    const { topics } = await client.request(metadata, 12, { topics: [{ name: 'orders' }] })
    const { topicId } = topics[0]!
    broker.fault('Fetch', { topic: 'orders', error: 'NOT_LEADER_OR_FOLLOWER' })
    const asked = [{ topicId, partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1000 }] }]
    const answer = await client.request(fetch, 16, fetchOf([], { topics: asked }))
    expect(answer.responses[0]?.topicId).toBe(topicId)
    expect(codesOf(answer)).toEqual([[0, notLeader]])
  })
})

describe('no answer', () => {
  test('drop: the connection is closed, and the request was not carried out', async () => {
    broker.fault('Produce', { drop: true, times: 1 })
    await expect(send(client, 'orders', [0])).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' })
    expect(await stored('orders', 0)).toEqual([])
    client = await connect(broker)
    expect(await send(client, 'orders', [0])).toEqual([0])
  })

  test('drop after: it was carried out', async () => {
    broker.fault('Produce', { drop: true, at: 'after' })
    await expect(send(client, 'orders', [0])).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' })
    expect(await stored('orders', 0)).toEqual(['v'])
  })

  test('drop: what came before it on the connection is answered first', async () => {
    broker.fault('Produce', { drop: true, topic: 'bills' })
    const [before, struck, behind] = await Promise.allSettled([
      send(client, 'orders', [0]),
      send(client, 'bills', [0]),
      send(client, 'orders', [1]),
    ])
    expect([before, struck.status, behind.status]).toEqual([{ status: 'fulfilled', value: [0] }, 'rejected', 'rejected']) // biome-ignore format: one thought
  })

  test.each(['Produce', 'Metadata'] as const)('ignore: %s is never answered, nor what comes behind it', async api => {
    const fault = broker.fault(api, { ignore: true })
    const ask = (timeoutMs: number) =>
      api === 'Produce'
        ? client.request(produce, 9, produceRequest('orders', [0]), timeoutMs)
        : client.request(metadata, 9, { topics: [] }, timeoutMs)
    const ignored = ask(300)
    const behind = client.request(apiVersions, 0, {}, 10_000)
    const outcomes = await Promise.allSettled([ignored, behind])
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(outcomes[0]).toMatchObject({ reason: { code: 'REQUEST_TIMED_OUT_LOCALLY' } })
    expect([fault.count, await stored('orders', 0)]).toEqual([1, []])
    const other = await connect(broker)
    expect((await other.request(apiVersions, 0, {})).errorCode).toBe(0)
    other.close()
  })

  test.each(['Produce', 'Metadata'] as const)('ignore after: %s was carried out, nothing behind it', async api => {
    broker.fault(api, { ignore: true, at: 'after', when: (_, { clientId }) => clientId === 'bench' })
    const ask =
      api === 'Produce'
        ? client.request(produce, 9, produceRequest('orders', [0]), 300)
        : client.request(metadata, 9, { topics: [{ name: 'made' }] }, 300)
    const behind = client.request(produce, 9, produceRequest('orders', [1]), 10_000)
    expect((await Promise.allSettled([ask, behind])).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    if (api === 'Produce') expect(await stored('orders', 0)).toEqual(['v'])
    else expect(await stored('made', 0)).toEqual([])
    expect(await stored('orders', 1)).toEqual([])
  })
})

describe('a delay', () => {
  beforeEach(async () => {
    await broker.close()
    broker = await startBroker({ clock: 'manual', topics: { orders: { partitions: 3 } } })
    client = await connect(broker)
  })

  test('the answer is late, the request was carried out when it came', async () => {
    broker.fault('Produce', { delayMs: 1000 })
    let isAnswered = false
    const answer = send(client, 'orders', [0]).then(codes => {
      isAnswered = true
      return codes
    })
    await seen('Produce', 1)
    await broker.clock.advance(999)
    expect([await stored('orders', 0), isAnswered]).toEqual([['v'], false])
    await broker.clock.advance(1)
    expect(await answer).toEqual([0])
  })

  test('before: it is carried out late', async () => {
    broker.fault('Produce', { delayMs: 1000, at: 'before' })
    const answer = send(client, 'orders', [0])
    await seen('Produce', 1)
    await broker.clock.advance(999)
    expect(await stored('orders', 0)).toEqual([])
    await broker.clock.advance(1)
    expect([await answer, await stored('orders', 0)]).toEqual([[0], ['v']])
  })

  test('with an error, which is late then', async () => {
    broker.fault('Produce', { delayMs: 1000, error: 'NOT_LEADER_OR_FOLLOWER' })
    const answer = send(client, 'orders', [0])
    await seen('Produce', 1)
    await broker.clock.advance(1000)
    expect(await answer).toEqual([notLeader])
  })

  test('is over when the broker closes', async () => {
    broker.fault('Produce', { delayMs: 1e9 })
    const answer = send(client, 'orders', [0])
    await seen('Produce', 1)
    await broker.close()
    expect(await answer).toEqual([0])
  })

  async function seen(api: ApiName, count: number): Promise<void> {
    while (broker.requests.count(api) < count) await new Promise(resolve => setImmediate(resolve))
  }
})

test('what was struck is in the log of requests', async () => {
  broker.fault('Produce', { nth: 2, error: 'NOT_LEADER_OR_FOLLOWER' })
  await send(client, 'orders', [0])
  await send(client, 'orders', [0])
  expect(broker.requests.all('Produce').map(({ fault }) => fault)).toEqual([undefined, 'NOT_LEADER_OR_FOLLOWER'])
})

describe('what cannot be is refused, with what to write instead', () => {
  test.each([
    ['Prodce', { drop: true }, 'there is no API Prodce. Did you mean Produce?'],
    ['Produce', {}, 'needs one of error, drop, ignore and delayMs'],
    ['Produce', { error: 'NOT_LEADER' }, 'there is no error NOT_LEADER'],
    ['Produce', { error: 'NOT_LEADER_OR_FOLOWER' }, 'Did you mean NOT_LEADER_OR_FOLLOWER?'],
    ['Produce', { error: 'NONE' }, 'there is no error NONE'],
    ['Produce', { drop: true, ignore: true }, 'drop and ignore exclude each other'],
    ['Produce', { drop: true, nth: 0 }, 'nth counts requests from 1'],
    ['Produce', { delayMs: -1 }, 'delayMs is -1'],
    ['Produce', { drop: true, place: 'whole' }, 'there is no `error`'],
    ['Heartbeat', { drop: true, topic: 'orders' }, 'requests of Heartbeat name no topic'],
    ['CreateTopics', { drop: true, partition: 1 }, 'requests of CreateTopics name no partition'],
  ])('%s %j', (api, options, text) => {
    expect(() => broker.fault(api as 'Produce', options as { drop: true })).toThrow(text)
  })
})
