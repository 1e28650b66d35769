// Where an Admin's requests go and what becomes of them when brokers move, fall silent, or answer in part: scripted brokers on a
// simulated network, with virtual time.

import { beforeEach, describe, expect, test } from 'vitest'
import { SimWorld } from '../../io/sim/world.ts'
import { errors } from '../../protocol/errors.ts'
import { createTopics } from '../../protocol/messages/create-topics.ts'
import { deleteGroups } from '../../protocol/messages/delete-groups.ts'
import { deleteTopics } from '../../protocol/messages/delete-topics.ts'
import { describeConfigs } from '../../protocol/messages/describe-configs.ts'
import { findCoordinator } from '../../protocol/messages/find-coordinator.ts'
import { apiByKey } from '../../protocol/messages/index.ts'
import { listGroups } from '../../protocol/messages/list-groups.ts'
import { listOffsets } from '../../protocol/messages/list-offsets.ts'
import { metadata } from '../../protocol/messages/metadata.ts'
import { offsetFetch } from '../../protocol/messages/offset-fetch.ts'
import type { VersionRange } from '../../protocol/wire/schema.ts'
import { hangUp, noAnswer, ScriptedBroker, type ScriptedBrokerOptions } from '../../testing/scripted-broker.ts'
import { Admin } from './admin.ts'
import type { AdminOptions } from './call-options.ts'

let sim: SimWorld
let brokers: ScriptedBroker[]
let admin: Admin
/** What the metadata say; tests change it. */
let controllerId: number
let leaders: Record<string, number[]>
let absent: Set<number>
/** Who coordinates what, by key; the broker itself for what is not in it. */
let coordinators: Record<string, number>

async function cluster(count: number, options: Partial<AdminOptions> & ScriptedBrokerOptions = {}): Promise<void> {
  const { offers, ...ofAdmin } = options
  brokers = Array.from({ length: count }, (_, index) => {
    return new ScriptedBroker(sim, `broker-${index + 1}`, offers === undefined ? {} : { offers })
  })
  for (const broker of brokers) {
    broker
      .on(metadata, ({ body }) => metadataFor(body.topics))
      .on(findCoordinator, ({ apiVersion, body }) => {
        const answerFor = (key: string) => ({ key, ...addressOf(brokers[(coordinators[key] ?? 1) - 1]!) })
        return apiVersion < 4 ? answerFor(body.key) : { coordinators: body.coordinatorKeys.map(answerFor) }
      })
    await broker.start()
  }
  admin = new Admin({ bootstrap: brokers[0]!.address, ...ofAdmin }, sim.host('client').start())
}

function addressOf(broker: ScriptedBroker) {
  return { nodeId: brokers.indexOf(broker) + 1, host: broker.name, port: broker.port }
}

function metadataFor(topics: readonly { name: string | null }[] | null) {
  const names = topics === null ? Object.keys(leaders) : topics.map(({ name }) => name!)
  return {
    brokers: brokers.map(addressOf).filter(({ nodeId }) => !absent.has(nodeId)),
    clusterId: 'some-cluster',
    controllerId,
    topics: names.map(name => ({
      errorCode: leaders[name] === undefined ? errors.UNKNOWN_TOPIC_OR_PARTITION.code : 0,
      name,
      topicId: 'AAAAAAAAAAAAAAAAAAAAQA',
      partitions: (leaders[name] ?? []).map((leaderId, partitionIndex) => ({
        partitionIndex,
        leaderId,
        leaderEpoch: 3,
        errorCode: leaderId < 0 ? errors.LEADER_NOT_AVAILABLE.code : 0,
        replicaNodes: [1, 2, 3],
        isrNodes: [1, 2, 3],
      })),
    })),
  }
}

const complete = <Result>(promise: Promise<Result>) => sim.complete(promise)
const created = (name: string, errorCode = 0) => ({ topics: [{ name, errorCode }] })
const counts = (api: Parameters<ScriptedBroker['askedFor']>[0]) => brokers.map(broker => broker.askedFor(api).length)

beforeEach(() => {
  sim = new SimWorld({ seed: 7 })
  controllerId = 2
  leaders = {}
  absent = new Set()
  coordinators = {}
})

describe('the controller', () => {
  test('is asked; it has moved: the next one is', async () => {
    await cluster(3)
    brokers[1]!.on(createTopics, () => {
      controllerId = 3
      return created('t', errors.NOT_CONTROLLER.code)
    })
    brokers[2]!.on(createTopics, () => created('t'))
    expect(await complete(admin.topics.create('t'))).toMatchObject({ name: 't' })
    expect(counts(createTopics)).toEqual([0, 1, 1])
  })

  test('goes away without an answer: asked again, and the outcome says what may be its doing', async () => {
    await cluster(2)
    let asked = 0
    brokers[1]!.on(createTopics, () => {
      asked += 1
      return asked === 1 ? hangUp : created('t', errors.TOPIC_ALREADY_EXISTS.code)
    })
    const error = await complete(admin.topics.create('t').catch(failure => failure))
    expect(error).toMatchObject({ code: 'TOPIC_ALREADY_EXISTS', topic: 't' })
    expect(error.message).toContain('an earlier attempt was not answered, and may be what did it')
  })

  test('is frozen: the call ends in its time and says what it waited for', async () => {
    await cluster(2)
    brokers[1]!.on(createTopics, () => noAnswer)
    const startMs = sim.nowMs
    const error = await complete(admin.topics.create('t', { timeoutMs: 5000 }).catch(failure => failure))
    expect(error).toMatchObject({ code: 'DEADLINE_EXCEEDED' })
    expect(error.message).toContain('could not create topics in time')
    expect(sim.nowMs - startMs).toBeGreaterThan(4000)
    expect(sim.nowMs - startMs).toBeLessThanOrEqual(5001)
  })

  test('leaves one request without an answer: the connection is dropped, and it is asked again', async () => {
    await cluster(2, { requestTimeoutMs: 1000 })
    brokers[1]!.on(createTopics, ({ connection }) => (connection === 1 ? noAnswer : created('t')))
    expect(await complete(admin.topics.create('t'))).toMatchObject({ name: 't' })
    expect(sim.nowMs).toBeLessThan(3000)
    expect(brokers[1]!.askedFor(createTopics)[0]!.body.timeoutMs).toBe(900)
  })

  test('is dead, and others do its work: they are asked', async () => {
    await cluster(3)
    brokers[1]!.kill()
    absent.add(2)
    controllerId = 3
    brokers[2]!.on(createTopics, () => created('t'))
    await complete(admin.topics.create('t'))
    expect(counts(createTopics)).toEqual([0, 0, 1])
  })

  test('throttles some of the topics: those are asked for again, the others keep their outcome', async () => {
    await cluster(2)
    const bodies: string[][] = []
    brokers[1]!.on(createTopics, ({ body }) => {
      bodies.push(body.topics.map(({ name }) => name))
      const slow = bodies.length === 1 ? errors.THROTTLING_QUOTA_EXCEEDED.code : 0
      return { topics: body.topics.map(({ name }) => ({ name, errorCode: name === 'slow' ? slow : 0 })) }
    })
    const outcomes = await complete(admin.topics.createAll(['quick', 'slow']))
    expect([...outcomes.failures]).toEqual([])
    expect(bodies).toEqual([['quick', 'slow'], ['slow']])
  })

  test('is not asked for what has no name', async () => {
    await cluster(1)
    const misspelt = [{ topic: 't', partitions: 1 }] as never
    await expect(complete(admin.topics.createAll(misspelt))).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    await expect(complete(admin.topics.delete(undefined as never))).rejects.toThrow('where a name should be there is')
    expect(counts(createTopics)).toEqual([0])
  })

  test('says nothing of a topic: that is an outcome, not an endless wait', async () => {
    await cluster(1)
    controllerId = 1
    brokers[0]!.on(deleteTopics, () => ({ responses: [{ name: 'a', errorCode: 0 }] }))
    const outcomes = await complete(admin.topics.deleteAll(['a', 'b']))
    expect([...outcomes.failures.keys()]).toEqual(['b'])
    expect(outcomes.get('b')).toMatchObject({ code: 'BROKEN_ANSWER', retriable: false })
  })
})

describe('leaders', () => {
  const latest = (topic: string, partition: number) => ({ topic, partition, at: 'latest' }) as const
  const answerOf = (broker: ScriptedBroker, offset: number, errorFor = (_: number) => 0) =>
    broker.on(listOffsets, ({ body }) => ({
      topics: body.topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map(({ partitionIndex }) => {
          return { partitionIndex, errorCode: errorFor(partitionIndex), timestamp: -1, offset, leaderEpoch: 3 }
        }),
      })),
    }))

  test('are asked side by side, one request each', async () => {
    await cluster(3)
    leaders = { t: [1, 2, 3, 1], u: [2] }
    for (const [index, broker] of brokers.entries()) answerOf(broker, index + 1)
    const found = await complete(
      admin.offsets.findAll([latest('t', 0), latest('t', 1), latest('t', 2), latest('t', 3), latest('u', 0)]),
    )
    expect([...found.successes].map(([key, { offset }]) => `${key}@${offset}`)).toEqual([
      't-0@1',
      't-1@2',
      't-2@3',
      't-3@1',
      'u-0@2', // biome-ignore format: a list
    ])
    expect(counts(listOffsets)).toEqual([1, 1, 1])
  })

  test('have moved: only what moved is asked again', async () => {
    await cluster(2)
    leaders = { t: [1, 1] }
    answerOf(brokers[0]!, 10, partition => {
      leaders = { t: [1, 2] }
      return partition === 1 ? errors.NOT_LEADER_OR_FOLLOWER.code : 0
    })
    answerOf(brokers[1]!, 20)
    const found = await complete(admin.offsets.findAll([latest('t', 0), latest('t', 1)]))
    expect([...found.orThrow().values()].map(({ offset }) => offset)).toEqual([10, 20])
    expect(brokers[1]!.askedFor(listOffsets)[0]!.body.topics).toMatchObject([{ partitions: [{ partitionIndex: 1 }] }])
  })

  test('are being elected: waited for', async () => {
    await cluster(2)
    leaders = { t: [-1] }
    answerOf(brokers[1]!, 5)
    const found = admin.offsets.find(latest('t', 0))
    await sim.runFor(3000)
    leaders = { t: [2] }
    expect(await complete(found)).toMatchObject({ offset: 5 })
  })

  test('of a topic that was created a moment ago; of one that is nowhere, for a moment only', async () => {
    await cluster(2)
    answerOf(brokers[1]!, 5)
    const found = admin.offsets.findAll([latest('new', 0), latest('never', 0)])
    await sim.runFor(500)
    leaders = { new: [2] }
    const startMs = sim.nowMs
    const outcomes = await complete(found)
    expect(outcomes.value('new-0').offset).toBe(5)
    expect(outcomes.get('never-0')).toMatchObject({ code: 'UNKNOWN_TOPIC_OR_PARTITION', topic: 'never', partition: 0 })
    expect(sim.nowMs - startMs).toBeLessThan(4000)
  })

  test('too old for one of the places: the others are answered', async () => {
    const offers = new Map<number, VersionRange>([...apiByKey.values()].map(({ key, versions }) => [key, versions]))
    await cluster(1, { offers: offers.set(listOffsets.key, [1, 7]) })
    leaders = { t: [1, 1] }
    answerOf(brokers[0]!, 5)
    const wanted = [latest('t', 0), { topic: 't', partition: 1, at: 'latestTiered' } as const]
    const outcomes = await complete(admin.offsets.findAll(wanted))
    expect(outcomes.value('t-0').offset).toBe(5)
    expect(outcomes.get('t-1')).toMatchObject({ code: 'UNSUPPORTED_BY_BROKER' })
  })
})

describe('coordinators', () => {
  const deleted = (broker: ScriptedBroker, errorCode = 0) =>
    broker.on(deleteGroups, ({ body }) => ({ results: body.groupsNames.map(groupId => ({ groupId, errorCode })) }))

  test('are looked up together and asked side by side, one request each', async () => {
    await cluster(3)
    coordinators = { a: 2, b: 3, c: 2 }
    for (const broker of brokers) deleted(broker)
    await complete(admin.groups.deleteAll(['a', 'b', 'c']))
    expect(counts(deleteGroups)).toEqual([0, 1, 1])
    expect(counts(findCoordinator).reduce((sum, count) => sum + count)).toBe(1)
    expect(brokers[1]!.askedFor(deleteGroups)[0]!.body.groupsNames).toEqual(['a', 'c'])
  })

  test('of a broker that takes one key at a time', async () => {
    const offers = new Map<number, VersionRange>([...apiByKey.values()].map(({ key, versions }) => [key, versions]))
    await cluster(2, { offers: offers.set(findCoordinator.key, [0, 3]) })
    const names = Array.from({ length: 120 }, (_, index) => `g${index}`)
    for (const broker of brokers) deleted(broker)
    coordinators = Object.fromEntries(names.map((name, index) => [name, 1 + (index % 2)]))
    expect((await complete(admin.groups.deleteAll(names))).failures.size).toBe(0)
    expect(counts(deleteGroups)).toEqual([1, 1])
    expect(counts(findCoordinator).reduce((sum, count) => sum + count)).toBe(120)
  })

  test('have moved, are loading, do not answer: looked up again', async () => {
    await cluster(3)
    coordinators = { a: 1 }
    deleted(brokers[0]!, errors.NOT_COORDINATOR.code)
    brokers[1]!.on(deleteGroups, () => {
      coordinators = { a: 3 }
      return hangUp
    })
    let isLoading = true
    brokers[2]!.on(deleteGroups, () => {
      const errorCode = isLoading ? errors.COORDINATOR_LOAD_IN_PROGRESS.code : 0
      isLoading = false
      return { results: [{ groupId: 'a', errorCode }] }
    })
    const work = admin.groups.delete('a')
    await sim.runFor(50)
    coordinators = { a: 2 }
    await complete(work)
    expect(counts(deleteGroups)[1]).toBe(1)
    expect(counts(deleteGroups)[2]).toBe(2)
  })

  test('offsets that a transaction holds up are waited for when they must be stable', async () => {
    await cluster(1)
    let asked = 0
    brokers[0]!.on(offsetFetch, () => {
      asked += 1
      const errorCode = asked === 1 ? errors.UNSTABLE_OFFSET_COMMIT.code : 0
      const partitions = [{ partitionIndex: 0, committedOffset: 4, metadata: '', errorCode }]
      return { groups: [{ groupId: 'g', topics: [{ name: 't', partitions }] }] }
    })
    const offsets = await complete(admin.groupOffsets.list('g', { requireStable: true }))
    expect(offsets.get('t-0')).toMatchObject({ offset: 4 })
    expect(asked).toBe(2)
  })
})

describe('every broker', () => {
  const lists = (broker: ScriptedBroker, groupId: string, errorCode = 0) =>
    broker.on(listGroups, () => ({ errorCode, groups: [{ groupId, protocolType: 'consumer' }] }))

  test('is asked, and a list that lacks one is an error', async () => {
    await cluster(3)
    lists(brokers[0]!, 'b')
    lists(brokers[1]!, 'a')
    lists(brokers[2]!, 'c')
    expect((await complete(admin.groups.list())).map(({ groupId }) => groupId)).toEqual(['a', 'b', 'c'])
    lists(brokers[2]!, 'c', errors.CLUSTER_AUTHORIZATION_FAILED.code)
    const byBroker = await complete(admin.groups.listByBroker())
    expect([...byBroker.successes.keys()]).toEqual([1, 2])
    expect(byBroker.get(3)).toMatchObject({ code: 'CLUSTER_AUTHORIZATION_FAILED', broker: 'broker-3:9092' })
    await expect(complete(admin.groups.list())).rejects.toMatchObject({ code: 'CLUSTER_AUTHORIZATION_FAILED' })
  })

  test('one of them dies under the question: it is an error once the cluster no longer has it', async () => {
    await cluster(3)
    lists(brokers[0]!, 'a')
    lists(brokers[1]!, 'b')
    brokers[2]!.on(listGroups, () => {
      absent.add(3)
      brokers[2]!.kill()
      return noAnswer
    })
    const startMs = sim.nowMs
    const byBroker = await complete(admin.groups.listByBroker())
    expect([...byBroker.failures.keys()]).toEqual([3])
    expect(byBroker.get(3)).toMatchObject({ code: 'BROKER_NOT_AVAILABLE' })
    expect(sim.nowMs - startMs).toBeLessThan(10_000)
  })
})

test('settings of brokers go to those brokers, all others to the controller, and keep their order', async () => {
  await cluster(3)
  for (const broker of brokers) {
    broker.on(describeConfigs, ({ body }) => ({
      results: body.resources.map(resource => ({ ...resource, errorCode: 0 })),
    }))
  }
  const outcomes = await complete(
    admin.configs.describeAll([
      { type: 'BROKER', name: '3' },
      { type: 'TOPIC', name: 't' },
      { type: 'BROKER', name: '1' },
      { type: 'BROKER', name: '' },
    ]),
  )
  expect([...outcomes.keys()]).toEqual(['BROKER 3', 'TOPIC t', 'BROKER 1', 'BROKER '])
  const askedOf = brokers.map(broker => broker.askedFor(describeConfigs).flatMap(({ body }) => body.resources))
  expect(askedOf.map(resources => resources.map(({ resourceName }) => resourceName))).toEqual([['1'], ['t', ''], ['3']])
})

describe('a call under way', () => {
  test('is aborted', async () => {
    await cluster(1)
    controllerId = 1
    brokers[0]!.on(createTopics, () => noAnswer)
    const controller = new AbortController()
    const work = admin.topics.create('t', { signal: controller.signal })
    const rejected = expect(work).rejects.toMatchObject({ code: 'ABORTED' })
    await sim.runFor(100)
    controller.abort()
    await rejected
  })

  test('ends when the Admin is closed', async () => {
    await cluster(1)
    controllerId = 1
    brokers[0]!.on(createTopics, () => noAnswer)
    const work = admin.topics.create('t')
    const rejected = expect(work).rejects.toMatchObject({ code: expect.stringMatching(/CLOSED/) })
    await sim.runFor(100)
    await admin.close()
    await complete(rejected)
    expect(sim.nowMs).toBeLessThan(10_000)
  })

  test('costs a sick cluster few requests more', async () => {
    await cluster(1)
    controllerId = 1
    brokers[0]!.on(createTopics, ({ body }) => created(body.topics[0]!.name, errors.NOT_CONTROLLER.code))
    const calls = Array.from({ length: 300 }, (_, index) => admin.topics.create(`t${index}`).catch(error => error))
    const failures = await complete(Promise.all(calls))
    expect(failures.every(({ code }) => code === 'DEADLINE_EXCEEDED')).toBe(true)
    // 300 first attempts; the budget: 100 saved up, a fifth of the requests, ten a second for a minute.
    expect(counts(createTopics)[0]!).toBeLessThan(300 + 100 + 60 + 610)
  })
})
