// Rules of topics and partitions that the captured conversations do not show.

import { describe, expect, test } from 'vitest'
import { type ErrorName, errorName, errors } from '../../../protocol/errors.ts'
import { isUuid, zeroUuid } from '../../../protocol/wire/uuid.ts'
import { MetadataBench } from '../../../testing/metadata-bench.ts'
import { topicNameProblem } from './topic-name.ts'

interface Wanted {
  readonly name: string
  readonly numPartitions?: number
  readonly replicationFactor?: number
  readonly assignments?: readonly (readonly [index: number, ...brokers: number[]])[]
  readonly configs?: Readonly<Record<string, string | null>>
}

function request(...wanted: Wanted[]) {
  const topics = wanted.map(({ name, numPartitions, replicationFactor, assignments = [], configs = {} }) => ({
    name,
    numPartitions: numPartitions ?? (assignments.length > 0 ? -1 : 1),
    replicationFactor: replicationFactor ?? -1,
    assignments: assignments.map(([partitionIndex, ...brokerIds]) => ({ partitionIndex, brokerIds })),
    configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
  }))
  return { topics, timeoutMs: 0, validateOnly: false }
}

const nameOf = (code: number | undefined): ErrorName => errorName(code ?? 0)!

async function created(bench: MetadataBench, ...wanted: Wanted[]): Promise<Record<string, ErrorName>> {
  const { topics = [] } = await bench.metadata.createTopics(request(...wanted))
  return Object.fromEntries(topics.map(({ name, errorCode }) => [name, nameOf(errorCode)]))
}

describe('names', () => {
  test.each(['a', 'A-b_c.9', 'x'.repeat(249), '...'])('%s is one', name => {
    expect(topicNameProblem(name)).toBeNull()
  })
  test.each(['', '.', '..', 'x'.repeat(250), 'a b', 'ü', 'a/b', 'a\n'])('%j is none', name => {
    expect(topicNameProblem(name)).not.toBeNull()
  })

  test("'.' and '_' collide with what exists, not within one request, as in Kafka", async () => {
    const bench = await MetadataBench.serving()
    expect(await created(bench, { name: 'a.b' }, { name: 'c.d' }, { name: 'c_d' })).toEqual({
      'a.b': 'NONE',
      'c.d': 'NONE',
      c_d: 'NONE',
    })
    expect(await created(bench, { name: 'a_b' }, { name: 'a-b' })).toEqual({
      a_b: 'INVALID_TOPIC_EXCEPTION',
      'a-b': 'NONE',
    })
    await bench.metadata.deleteTopics({ topicNames: ['a.b'], topics: [], timeoutMs: 0 }, 5)
    expect(await created(bench, { name: 'a_b' })).toEqual({ a_b: 'NONE' })
  })
})

describe('creation', () => {
  test('one bad topic does not fail the good ones', async () => {
    const bench = await MetadataBench.serving()
    expect(
      await created(
        bench,
        { name: 'good' },
        { name: 'bad name' },
        { name: 'too-many', replicationFactor: 3 },
        { name: 'zero-replicas', replicationFactor: 0 },
        { name: 'negative', numPartitions: -2 },
        { name: 'bad-config', configs: { 'retention.ms': 'x' } },
        { name: 'null-config', configs: { 'retention.ms': null } },
        { name: '__cluster_metadata' },
        { name: 'also-good' },
      ),
    ).toEqual({
      good: 'NONE',
      'bad name': 'INVALID_TOPIC_EXCEPTION',
      'too-many': 'INVALID_REPLICATION_FACTOR',
      'zero-replicas': 'INVALID_REPLICATION_FACTOR',
      negative: 'INVALID_PARTITIONS',
      'bad-config': 'INVALID_CONFIG',
      'null-config': 'INVALID_CONFIG',
      __cluster_metadata: 'INVALID_REQUEST',
      'also-good': 'NONE',
    })
    expect(Array.from(bench.metadata.image.topics(), ({ name }) => name).sort()).toEqual(['also-good', 'good'])
  })

  test('a topic that stands twice in the request is refused once, and the others are created', async () => {
    const bench = await MetadataBench.serving()
    const { topics } = await bench.metadata.createTopics(request({ name: 'a' }, { name: 'b' }, { name: 'a' }))
    expect(topics!.map(({ name, errorCode }) => [name, nameOf(errorCode)])).toEqual([
      ['b', 'NONE'],
      ['a', 'INVALID_REQUEST'],
    ])
  })

  test('manual assignments', async () => {
    const bench = await MetadataBench.serving()
    const results = await created(
      bench,
      {
        name: 'good',
        assignments: [
          [1, 1],
          [0, 1],
        ],
      },
      { name: 'counted', assignments: [[0, 1]], numPartitions: 1 },
      { name: 'factored', assignments: [[0, 1]], replicationFactor: 1 },
      {
        name: 'gap',
        assignments: [
          [0, 1],
          [2, 1],
        ],
      },
      {
        name: 'twice',
        assignments: [
          [0, 1],
          [0, 1],
        ],
      },
      { name: 'nobody', assignments: [[0]] },
      { name: 'stranger', assignments: [[0, 2]] },
      { name: 'broker-twice', assignments: [[0, 1, 1]] },
    )
    expect(results).toEqual({
      good: 'NONE',
      counted: 'INVALID_REQUEST',
      factored: 'INVALID_REQUEST',
      gap: 'INVALID_REPLICA_ASSIGNMENT',
      twice: 'INVALID_REPLICA_ASSIGNMENT',
      nobody: 'INVALID_REPLICA_ASSIGNMENT',
      stranger: 'INVALID_REPLICA_ASSIGNMENT',
      'broker-twice': 'INVALID_REPLICA_ASSIGNMENT',
    })
    expect(bench.metadata.image.topicByName('good')!.partitions).toHaveLength(2)
  })

  test('counts of -1 are the defaults, also those changed at run time', async () => {
    const bench = await MetadataBench.serving({ settings: { 'num.partitions': '4' } })
    const { topics } = await bench.metadata.createTopics(request({ name: 'a', numPartitions: -1 }))
    expect(topics![0]).toMatchObject({ numPartitions: 4, replicationFactor: 1 })
    expect(isUuid(topics![0]!.topicId!) && topics![0]!.topicId !== zeroUuid).toBe(true)
  })

  test('without a serving broker there is nowhere to put replicas', async () => {
    const bench = await MetadataBench.open()
    expect(await created(bench, { name: 'a' })).toEqual({ a: 'INVALID_REPLICATION_FACTOR' })
    await bench.metadata.registerBroker({ endpoints: [], rack: null, previousBrokerEpoch: undefined })
    expect(await created(bench, { name: 'a' })).toEqual({ a: 'INVALID_REPLICATION_FACTOR' })
    expect(await created(bench, { name: 'a', assignments: [[0, 1]] })).toEqual({ a: 'INVALID_REPLICA_ASSIGNMENT' })
  })

  test('more than 10,000 partitions are refused for the whole request', async () => {
    const bench = await MetadataBench.serving()
    const results = await created(bench, { name: 'a', numPartitions: 9_999 }, { name: 'b', numPartitions: 2 })
    expect(results).toEqual({ a: 'POLICY_VIOLATION', b: 'POLICY_VIOLATION' })
    expect(bench.metadata.image.topicCount).toBe(0)
  })

  test('an internal topic is marked as one, and gets what it is asked for', async () => {
    const bench = await MetadataBench.serving()
    const configs = { 'cleanup.policy': 'compact', 'segment.bytes': '104857600', 'compression.type': 'producer' }
    await created(bench, { name: '__consumer_offsets', numPartitions: 50, configs })
    const topic = bench.metadata.image.topicByName('__consumer_offsets')!
    expect(topic.isInternal).toBe(true)
    expect(topic.partitions).toHaveLength(50)
    expect(Object.fromEntries(bench.metadata.image.configOverrides('topic', topic.name))).toEqual(configs)
  })

  test('with several log directories the partitions are spread over them', async () => {
    const bench = await MetadataBench.serving({ settings: { 'log.dirs': '/data,/other,/third' } })
    await created(bench, { name: 'a', numPartitions: 4 }, { name: 'b', numPartitions: 2 })
    const counts = new Map<string, number>()
    for (const topic of bench.metadata.image.topics()) {
      for (const { directories } of topic.partitions)
        counts.set(directories[0]!, (counts.get(directories[0]!) ?? 0) + 1)
    }
    expect([...counts.values()]).toEqual([2, 2, 2])
    await created(bench, { name: 'c', numPartitions: 3 })
    expect(
      new Set(bench.metadata.image.topicByName('c')!.partitions.map(({ directories }) => directories[0])).size,
    ).toBe(3)
  })
})

describe('deletion', () => {
  test('by name and by id; what is named twice, in both ways or not at all is refused', async () => {
    const bench = await MetadataBench.serving()
    await created(bench, { name: 'a' }, { name: 'b' }, { name: 'c' }, { name: 'd' })
    const idOf = (name: string): string => bench.metadata.image.topicByName(name)!.id
    const [a, b, c] = [idOf('a'), idOf('b'), idOf('c')]
    const topics = [
      { name: null, topicId: a },
      { name: 'b', topicId: zeroUuid },
      { name: null, topicId: b },
      { name: 'c', topicId: c },
      { name: 'd', topicId: zeroUuid },
      { name: 'd', topicId: zeroUuid },
      { name: null, topicId: zeroUuid },
      { name: null, topicId: 'iBkp1nyhSdOkBTDuY5Po4A' },
    ]
    const { responses } = await bench.metadata.deleteTopics({ topics, topicNames: [], timeoutMs: 0 }, 6)
    const results = responses!.map(({ name, topicId, errorCode }) => `${name ?? ''} ${topicId} ${nameOf(errorCode)}`)
    expect(results.sort()).toEqual(
      [
        ` ${zeroUuid} INVALID_REQUEST`,
        ' iBkp1nyhSdOkBTDuY5Po4A UNKNOWN_TOPIC_ID',
        `a ${a} NONE`,
        `b ${b} INVALID_REQUEST`,
        `c ${c} INVALID_REQUEST`,
        `d ${zeroUuid} INVALID_REQUEST`,
      ].sort(),
    )
    expect(Array.from(bench.metadata.image.topics(), ({ name }) => name).sort()).toEqual(['b', 'c', 'd'])
  })

  test('takes the configs along', async () => {
    const bench = await MetadataBench.serving()
    await created(bench, { name: 'a', configs: { 'retention.ms': '5' } })
    await bench.metadata.deleteTopics({ topicNames: ['a'], topics: [], timeoutMs: 0 }, 5)
    expect([...bench.metadata.image.configuredResources('topic')]).toEqual([])
    await created(bench, { name: 'a' })
    expect(bench.metadata.image.configOverrides('topic', 'a').size).toBe(0)
  })

  test.each([
    [2, 'INVALID_REQUEST'],
    [3, 'TOPIC_DELETION_DISABLED'],
  ])('can be switched off (version %i: %s)', async (version, error) => {
    const bench = await MetadataBench.serving({ settings: { 'delete.topic.enable': 'false' } })
    await created(bench, { name: 'a' })
    const { responses } = await bench.metadata.deleteTopics({ topicNames: ['a'], topics: [], timeoutMs: 0 }, version)
    expect(responses!.map(({ errorCode }) => nameOf(errorCode))).toEqual([error])
  })
})

describe('more partitions', () => {
  async function added(
    bench: MetadataBench,
    count: number,
    brokers: readonly number[][] | null,
    name = 'a',
  ): Promise<ErrorName> {
    const assignments = brokers?.map(brokerIds => ({ brokerIds })) ?? null
    const request = { topics: [{ name, count, assignments }], timeoutMs: 0, validateOnly: false }
    const { results } = await bench.metadata.createPartitions(request)
    // An answer without a result for a topic that was asked about would look like success to a client.
    expect(results).toHaveLength(1)
    return nameOf(results![0]!.errorCode)
  }

  test('are added, and never taken away', async () => {
    const bench = await MetadataBench.serving()
    await created(bench, { name: 'a', numPartitions: 2 })
    expect(await added(bench, 2, null)).toBe('INVALID_PARTITIONS')
    expect(await added(bench, 1, null)).toBe('INVALID_PARTITIONS')
    expect(await added(bench, 3, null, 'nothing')).toBe('UNKNOWN_TOPIC_OR_PARTITION')
    expect(await added(bench, 4, [[1]])).toBe('INVALID_REPLICA_ASSIGNMENT')
    expect(await added(bench, 3, [[2]])).toBe('INVALID_REPLICA_ASSIGNMENT')
    expect(await added(bench, 3, [[1, 1]])).toBe('INVALID_REPLICA_ASSIGNMENT')
    expect(await added(bench, 20_000, null)).toBe('POLICY_VIOLATION')
    expect(await added(bench, 3, [[1]])).toBe('NONE')
    expect(await added(bench, 5, null)).toBe('NONE')
    const { partitions } = bench.metadata.image.topicByName('a')!
    expect(partitions.map(({ index, leader, leaderEpoch }) => [index, leader, leaderEpoch])).toEqual(
      [0, 1, 2, 3, 4].map(index => [index, 1, 0]),
    )
  })

  test('a topic that stands twice is refused, and still answered', async () => {
    const bench = await MetadataBench.serving()
    await created(bench, { name: 'a' })
    const topics = [2, 3].map(count => ({ name: 'a', count, assignments: null }))
    const { results } = await bench.metadata.createPartitions({ topics, timeoutMs: 0, validateOnly: false })
    expect(results).toMatchObject([{ name: 'a', errorCode: errors.INVALID_REQUEST.code }])
  })
})
