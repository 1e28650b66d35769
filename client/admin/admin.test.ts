// Every area of an Admin against our broker on real sockets: topics, settings, records, offsets, what brokers say of
// themselves. Groups and transactions are in files of their own.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { AdminBench } from '../../testing/admin-bench.ts'
import { Admin } from './admin.ts'

let bench: AdminBench
let admin: Admin

beforeAll(async () => {
  bench = await AdminBench.start({ 'max.request.partition.size.limit': '10' })
  admin = bench.admin
})
afterAll(() => bench.stop())

const refused = (code: string) => expect.objectContaining({ name: 'ClientError', code })

describe('topics', () => {
  test('created with what is asked for and the broker says for the rest; described; deleted', async () => {
    const created = await admin.topics.create({ name: 'made', partitions: 3, configs: { 'retention.ms': '12345' } })
    expect(created).toMatchObject({ name: 'made', partitions: 3, replicationFactor: 1 })
    expect(created.configs.get('retention.ms')).toMatchObject({ value: '12345', source: 'DYNAMIC_TOPIC_CONFIG' })
    const described = await admin.topics.describe('made', { authorizedOperations: true })
    expect(described).toMatchObject({ name: 'made', topicId: created.topicId, isInternal: false })
    expect(described.partitions.map(({ partition }) => partition)).toEqual([0, 1, 2])
    expect(described.partitions[1]).toMatchObject({ leaderId: 1, leaderEpoch: 0, replicas: [1], inSyncReplicas: [1] })
    expect(described.authorizedOperations).toContain('DESCRIBE_CONFIGS')
    expect((await admin.topics.describe('made')).authorizedOperations).toBeUndefined()
    await admin.topics.delete('made')
    await expect(admin.topics.describe('made')).rejects.toEqual(refused('UNKNOWN_TOPIC_OR_PARTITION'))
  })

  test('half a partition is refused before anything is sent', async () => {
    const halves = [
      { name: 'half', partitions: 1.5 },
      { name: 'half', replicationFactor: Number.NaN },
    ]
    for (const topic of halves) await expect(admin.topics.create(topic)).rejects.toEqual(refused('INVALID_ARGUMENT'))
    expect(() => admin.topics.createAll(['fine', halves[0]!])).toThrow('INVALID_ARGUMENT')
    await expect(admin.topics.describe('fine')).rejects.toEqual(refused('UNKNOWN_TOPIC_OR_PARTITION'))
  })

  test('one bad topic does not hide the good ones', async () => {
    const outcomes = await admin.topics.createAll(['good', 'bad name', { name: 'other', partitions: 2 }])
    expect([...outcomes.keys()]).toEqual(['good', 'bad name', 'other'])
    expect([...outcomes.failures.keys()]).toEqual(['bad name'])
    expect(outcomes.get('bad name')).toMatchObject({ code: 'INVALID_TOPIC_EXCEPTION', topic: 'bad name' })
    expect(outcomes.value('other')).toMatchObject({ partitions: 2 })
    expect(() => outcomes.orThrow()).toThrow('INVALID_TOPIC_EXCEPTION')
    expect(() => outcomes.value('third')).toThrow('INVALID_ARGUMENT')
    const described = await admin.topics.describeAll(['other', 'nowhere'])
    expect([...described.successes.keys()]).toEqual(['other'])
    const deleted = await admin.topics.deleteAll(['other', 'nowhere'])
    expect(deleted.get('other')).toBeUndefined()
    expect(deleted.get('nowhere')).toEqual(refused('UNKNOWN_TOPIC_OR_PARTITION'))
  })

  test('listed with their partitions; internal ones when asked for', async () => {
    await bench.join('makes-the-offsets-topic', ['good'])
    const names = (await admin.topics.list()).map(({ name }) => name)
    expect(names).toContain('good')
    expect(names).not.toContain('__consumer_offsets')
    const all = await admin.topics.list({ internal: true })
    const offsets = all.find(({ name }) => name === '__consumer_offsets')
    expect(offsets).toMatchObject({ isInternal: true, partitions: 3, replicationFactor: 1 })
    expect(all.map(({ name }) => name)).toEqual(all.map(({ name }) => name).sort())
  })

  test('validated only; created twice; asked for twice', async () => {
    await admin.topics.create('tried', { validateOnly: true })
    await admin.topics.create('tried')
    await expect(admin.topics.create('tried')).rejects.toEqual(refused('TOPIC_ALREADY_EXISTS'))
    expect(() => admin.topics.createAll(['same', 'same'])).toThrow('INVALID_ARGUMENT')
    const wrong = admin.topics.create({ name: 'wrong', configs: { 'no.such.setting': '1' } })
    await expect(wrong).rejects.toEqual(refused('INVALID_CONFIG'))
  })

  test("on brokers of one's choice; more partitions later", async () => {
    await admin.topics.create({ name: 'placed', assignments: [[1], [1]] })
    await admin.topics.addPartitions('placed', 5)
    expect((await admin.topics.describe('placed')).partitions).toHaveLength(5)
    await expect(admin.topics.addPartitions('placed', 4)).rejects.toEqual(refused('INVALID_PARTITIONS'))
    await admin.topics.addPartitionsAll([{ name: 'placed', count: 6, assignments: [[1]] }], { validateOnly: true })
    expect((await admin.topics.describe('placed')).partitions).toHaveLength(5)
    await expect(admin.topics.create({ name: 'nowhere', assignments: [[7]] })).rejects.toEqual(
      refused('INVALID_REPLICA_ASSIGNMENT'),
    )
  })

  test('by their ids', async () => {
    const { topicId } = await admin.topics.create('with-an-id')
    const unknown = 'AAAAAAAAAAAAAAAAAAAAQA'
    const described = await admin.topics.describeAllById([topicId, unknown])
    expect(described.value(topicId)).toMatchObject({ name: 'with-an-id', topicId })
    expect(described.get(unknown)).toEqual(refused('UNKNOWN_TOPIC_ID'))
    const deleted = await admin.topics.deleteAllById([topicId, unknown])
    expect([...deleted.failures.keys()]).toEqual([unknown])
  })

  test('with more partitions than a page of their description has (ten here)', async () => {
    await admin.topics.create({ name: 'wide', partitions: 25 })
    await admin.topics.create({ name: 'beside', partitions: 2 })
    const described = await admin.topics.describeAll(['wide', 'beside'])
    expect(described.value('wide').partitions.map(({ partition }) => partition)).toEqual([...Array(25).keys()])
    expect(described.value('beside').partitions).toHaveLength(2)
    await admin.topics.deleteAll(['wide', 'beside'])
  })

  test('none: nothing is asked', async () => {
    expect([...(await admin.topics.describeAll([]))]).toEqual([])
    expect([...(await admin.topics.deleteAll([]))]).toEqual([])
  })
})

describe('settings', () => {
  const orders = { type: 'TOPIC', name: 'with-settings' } as const
  beforeAll(() => admin.topics.create('with-settings'))

  test('set, appended to, brought back; with where they come from', async () => {
    await admin.configs.alter(orders, { 'retention.ms': '9223372036854775807', 'cleanup.policy': 'compact' })
    await admin.configs.alter(orders, [{ name: 'cleanup.policy', operation: 'APPEND', value: 'delete' }])
    const set = await admin.configs.describe(orders, { synonyms: true, documentation: true })
    expect(set.get('retention.ms')).toMatchObject({ value: '9223372036854775807', type: 'LONG', isReadOnly: false })
    expect(set.get('cleanup.policy')!.value).toBe('compact,delete')
    expect(set.get('retention.ms')!.synonyms[0]).toMatchObject({ name: 'retention.ms', source: 'DYNAMIC_TOPIC_CONFIG' })
    expect(set.get('retention.ms')!.documentation).toMatch(/\w{5}/)
    await admin.configs.alter(orders, { 'retention.ms': null })
    const back = await admin.configs.describe(orders, { names: ['retention.ms'] })
    expect([...back]).toMatchObject([['retention.ms', { value: '604800000', source: 'DEFAULT_CONFIG', synonyms: [] }]])
  })

  test('one bad resource does not hide the good one; validated only', async () => {
    const missing = { type: 'TOPIC', name: 'nowhere' } as const
    const outcomes = await admin.configs.alterAll([
      { resource: missing, changes: { 'retention.ms': '1' } },
      { resource: orders, changes: { 'flush.ms': '77' } },
    ])
    expect([...outcomes.keys()]).toEqual(['TOPIC nowhere', 'TOPIC with-settings'])
    expect(outcomes.get('TOPIC nowhere')).toMatchObject({ code: 'UNKNOWN_TOPIC_OR_PARTITION', topic: 'nowhere' })
    await admin.configs.alter(orders, { 'flush.ms': '78' }, { validateOnly: true })
    expect((await admin.configs.describe(orders)).get('flush.ms')!.value).toBe('77')
    await expect(admin.configs.alter(orders, { 'flush.ms': 'soon' })).rejects.toEqual(refused('INVALID_CONFIG'))
    await expect(admin.configs.describe(missing)).rejects.toEqual(refused('UNKNOWN_TOPIC_OR_PARTITION'))
  })

  test('of a broker, of all brokers, of a group; what is no broker', async () => {
    const outcomes = await admin.configs.describeAll([
      orders,
      { type: 'BROKER', name: '1' },
      { type: 'BROKER', name: '' },
    ])
    expect([...outcomes.keys()]).toEqual(['TOPIC with-settings', 'BROKER 1', 'BROKER '])
    expect(outcomes.value('BROKER 1').get('node.id')).toMatchObject({ value: '1', isReadOnly: true })
    await admin.configs.alter({ type: 'BROKER', name: '' }, { 'log.flush.interval.ms': '4321' })
    expect((await admin.configs.describe(orders)).get('flush.ms')!.value).toBe('77')
    await admin.configs.alter({ type: 'BROKER', name: '' }, { 'log.flush.interval.ms': null })
    await admin.configs.alter({ type: 'GROUP', name: 'some' }, { 'consumer.session.timeout.ms': '50000' })
    const group = await admin.configs.describe({ type: 'GROUP', name: 'some' })
    expect(group.get('consumer.session.timeout.ms')).toMatchObject({ value: '50000', source: 'DYNAMIC_GROUP_CONFIG' })
    const seven = admin.configs.describe({ type: 'BROKER', name: '7' })
    await expect(seven).rejects.toMatchObject({ code: 'BROKER_NOT_AVAILABLE', retriable: false })
    await expect(admin.configs.describe({ type: 'BROKER', name: 'seven' })).rejects.toEqual(refused('INVALID_ARGUMENT'))
    await expect(admin.configs.describe({ type: 'PLANET' as 'TOPIC', name: '' })).rejects.toThrow(
      'one of TOPIC, BROKER',
    )
  })

  test('what has some', async () => {
    const all = await admin.configs.resources()
    expect(all).toContainEqual(orders)
    expect(all).toContainEqual({ type: 'GROUP', name: 'some' })
    const brokers = await admin.configs.resources(['BROKER'])
    expect(brokers).toContainEqual({ type: 'BROKER', name: '1' })
    expect(brokers.every(({ type }) => type === 'BROKER')).toBe(true)
    expect(await admin.configs.resources(['CLIENT_METRICS'])).toEqual([])
  })
})

describe('offsets and records', () => {
  const at = { topic: 'filled', partition: 1 }
  const firstMs = Date.now() - 60_000
  beforeAll(async () => {
    await admin.topics.create({ name: 'filled', partitions: 2 })
    await bench.produce('filled', 1, ['a', 'b'], firstMs)
    await bench.produce('filled', 1, ['c', 'd', 'e'], firstMs + 1000)
  })

  test('by place and by time', async () => {
    const offsetAt = async (place: Parameters<typeof admin.offsets.find>[0]['at']) =>
      (await admin.offsets.find({ ...at, at: place })).offset
    expect(await offsetAt('earliest')).toBe(0)
    expect(await offsetAt('latest')).toBe(5)
    expect(await offsetAt('maxTimestamp')).toBe(2)
    expect(await offsetAt({ timestampMs: firstMs + 500 })).toBe(2)
    expect(await offsetAt({ timestampMs: firstMs + 5000 })).toBe(-1)
    expect(await offsetAt('latestTiered')).toBe(-1)
    expect(await admin.offsets.find({ ...at, at: { timestampMs: 0 } })).toEqual({
      ...at,
      offset: 0,
      timestampMs: firstMs,
      leaderEpoch: 0,
    })
    await expect(offsetAt('middle' as 'latest')).rejects.toThrow('it is one of latest, earliest')
  })

  test('of several partitions, some of which are not there', async () => {
    const found = await admin.offsets.findAll([
      { topic: 'filled', partition: 0, at: 'latest' },
      { ...at, at: 'latest' },
      { topic: 'filled', partition: 2, at: 'latest' },
      { topic: 'nowhere', partition: 0, at: 'latest' },
    ])
    expect([...found.successes].map(([key, { offset }]) => [key, offset])).toEqual([
      ['filled-0', 0],
      ['filled-1', 5],
    ])
    expect(found.get('filled-2')).toMatchObject({ code: 'UNKNOWN_TOPIC_OR_PARTITION', topic: 'filled', partition: 2 })
    expect(found.get('nowhere-0')).toMatchObject({ code: 'UNKNOWN_TOPIC_OR_PARTITION', topic: 'nowhere' })
  })

  test('records are deleted up to an offset, or all', async () => {
    expect(await admin.records.delete({ ...at, before: 2 })).toEqual({ ...at, lowWatermark: 2 })
    await expect(admin.records.delete({ ...at, before: 9 })).rejects.toEqual(refused('OFFSET_OUT_OF_RANGE'))
    const outcomes = await admin.records.deleteAll([
      { ...at, before: 'highWatermark' },
      { topic: 'filled', partition: 9, before: 0 },
    ])
    expect(outcomes.value('filled-1').lowWatermark).toBe(5)
    expect(outcomes.get('filled-9')).toEqual(refused('UNKNOWN_TOPIC_OR_PARTITION'))
  })
})

describe('what only the cluster knows', () => {
  test('itself and its brokers', async () => {
    const { port } = bench.broker
    const described = await admin.cluster.describe({ authorizedOperations: true, fenced: true })
    expect(described).toMatchObject({ clusterId: bench.broker.clusterId, controllerId: 1 })
    expect(described.brokers).toEqual([{ nodeId: 1, host: '127.0.0.1', port, rack: null, isFenced: false }])
    expect(described.authorizedOperations).toContain('ALTER_CONFIGS')
    expect((await admin.cluster.describe()).authorizedOperations).toBeUndefined()
    await expect(admin.cluster.unregisterBroker(4711)).rejects.toEqual(refused('BROKER_ID_NOT_REGISTERED'))
  })

  test('log directories', async () => {
    await admin.topics.create('in-a-directory')
    await bench.produce('in-a-directory', 0, ['some'])
    const [dir, ...others] = await admin.logDirs.describe(1, {
      partitions: [{ topic: 'in-a-directory', partition: 0 }],
    })
    expect(others).toEqual([])
    expect(dir).toMatchObject({ error: undefined, isCordoned: false })
    expect(dir!.totalBytes).toBeGreaterThan(0)
    expect(dir!.replicas).toMatchObject([{ topic: 'in-a-directory', partition: 0, offsetLag: 0, isFuture: false }])
    expect([...(await admin.logDirs.describeAll()).keys()]).toEqual([1])
    const replica = { topic: 'in-a-directory', partition: 0, brokerId: 1 }
    const places = await admin.logDirs.describeReplicas([replica, { ...replica, partition: 8 }])
    expect(places.value('in-a-directory-0@1')).toEqual({
      current: { path: dir!.path, offsetLag: 0 },
      future: undefined,
    })
    expect(places.value('in-a-directory-8@1')).toEqual({ current: undefined, future: undefined })
    const moved = await admin.logDirs.move([
      { ...replica, path: dir!.path },
      { ...replica, partition: 8, path: '/no/such' },
    ])
    expect(moved.get('in-a-directory-0@1')).toBeUndefined()
    expect(moved.get('in-a-directory-8@1')).toEqual(refused('LOG_DIR_NOT_FOUND'))
    await expect(admin.logDirs.describe(9)).rejects.toEqual(refused('BROKER_NOT_AVAILABLE'))
  })

  test('features', async () => {
    const features = await admin.features.describe()
    expect(features.supported.get('metadata.version')!.max).toBe(30)
    expect(features.finalized.get('transaction.version')).toEqual({ min: 2, max: 2 })
    expect(features.finalizedEpoch).toBeGreaterThan(0)
    expect(await admin.features.describe({ brokerId: 1 })).toEqual(features)
    await admin.features.update(
      { feature: 'transaction.version', level: 1, type: 'SAFE_DOWNGRADE' },
      { validateOnly: true },
    )
    const wrong = admin.features.update({ feature: 'transaction.version', level: 9 })
    await expect(wrong).rejects.toEqual(refused('INVALID_UPDATE_VERSION'))
    const both = await admin.features.updateAll(
      [
        { feature: 'transaction.version', level: 2 },
        { feature: 'no.such', level: 1 },
      ],
      { validateOnly: true },
    )
    expect(both.get('no.such')).toEqual(refused('INVALID_UPDATE_VERSION'))
  })

  test('the quorum', async () => {
    const quorum = await admin.quorum.describe()
    expect(quorum).toMatchObject({ leaderId: 1, observers: [] })
    expect(quorum.voters).toMatchObject([{ replicaId: 1 }])
    expect(quorum.nodes.get(1)).toMatchObject([{ name: 'CONTROLLER' }])
  })

  test('reassignments and elections', async () => {
    await admin.topics.create('stays')
    const at = { topic: 'stays', partition: 0 }
    await admin.reassignments.alter({ ...at, replicas: [1] })
    await expect(admin.reassignments.alter({ ...at, replicas: [1, 7] })).rejects.toEqual(
      refused('INVALID_REPLICA_ASSIGNMENT'),
    )
    await expect(admin.reassignments.alter({ ...at, replicas: null })).rejects.toEqual(
      refused('NO_REASSIGNMENT_IN_PROGRESS'),
    )
    expect(await admin.reassignments.list()).toEqual(new Map())
    expect(await admin.reassignments.list({ partitions: [at] })).toEqual(new Map())
    await expect(admin.elections.elect('PREFERRED', at)).rejects.toEqual(refused('ELECTION_NOT_NEEDED'))
    const outcomes = await admin.elections.electAll('UNCLEAN', [at, { topic: 'stays', partition: 4 }])
    expect(outcomes.get('stays-4')).toEqual(refused('UNKNOWN_TOPIC_OR_PARTITION'))
    expect([...(await admin.elections.electAll('PREFERRED', 'all'))]).toEqual([])
  })
})

describe('what the broker does not have', () => {
  const acl = { resourceType: 'TOPIC', resourceName: 't', principal: 'User:a', operation: 'READ' } as const
  const voter = { voterId: 4711, directoryId: 'AAAAAAAAAAAAAAAAAAAAQA' }
  const calls: Record<string, () => Promise<unknown>> = {
    'acls.describe': () => admin.acls.describe(),
    'acls.create': () => admin.acls.create(acl),
    'acls.delete': () => admin.acls.delete(acl),
    'tokens.create': () => admin.tokens.create({ owner: 'User:a', renewers: ['User:b'] }),
    'tokens.renew': () => admin.tokens.renew(Buffer.alloc(16)),
    'tokens.expire': () => admin.tokens.expire(Buffer.alloc(16)),
    'tokens.describe': () => admin.tokens.describe(['User:a']),
    'scram.describe': () => admin.scram.describe(),
    'scram.alter': () => admin.scram.alter({ user: 'a', mechanism: 'SCRAM-SHA-256', password: 'secret' }),
    'quotas.describe': () => admin.quotas.describe({ entity: { user: null } }),
    'quotas.alter': () => admin.quotas.alter({ entity: { user: 'a' }, quotas: { producer_byte_rate: 1 } }),
    'shareGroups.describe': () => admin.shareGroups.describe('g'),
    'shareGroups.listOffsets': async () => (await admin.shareGroups.listOffsets([{ groupId: 'g' }])).orThrow(),
    'shareGroups.alterOffsets': async () =>
      (await admin.shareGroups.alterOffsets('g', [{ topic: 't', partition: 0, startOffset: 0 }])).orThrow(),
    'shareGroups.deleteOffsets': async () => (await admin.shareGroups.deleteOffsets('g', ['t'])).orThrow(),
    'streamsGroups.describe': () => admin.streamsGroups.describe('g'),
    'quorum.addVoter': () => admin.quorum.addVoter({ ...voter, listeners: [] }),
    'quorum.removeVoter': () => admin.quorum.removeVoter(voter),
  }

  test.for(Object.keys(calls))('%s says at once that it is not there', async name => {
    await expect(calls[name]!()).rejects.toMatchObject({ code: 'UNSUPPORTED_BY_BROKER', retriable: false })
  })
})

describe('an Admin', () => {
  test('that is closed says so, and can be closed again', async () => {
    const closed = new Admin({ bootstrap: bench.bootstrap })
    await closed.topics.list()
    await closed.close()
    await closed.close()
    await expect(closed.topics.list()).rejects.toEqual(refused('CLOSED'))
  })

  test('whose call is aborted', async () => {
    const reason = new Error('enough')
    const rejected = admin.topics.list({ signal: AbortSignal.abort(reason) })
    await expect(rejected).rejects.toMatchObject({ code: 'ABORTED', cause: reason })
  })

  test('that finds nobody says so in the time of the call', async () => {
    const lost = new Admin({ bootstrap: '127.0.0.1:1' })
    const listed = lost.topics.list({ timeoutMs: 300 })
    await expect(listed).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED', cause: refused('NO_BROKER_AVAILABLE') })
    await lost.close()
  })

  test('with impossible options, and calls with impossible values', async () => {
    expect(() => new Admin({ bootstrap: bench.bootstrap, apiTimeoutMs: 0 })).toThrow('INVALID_ARGUMENT')
    expect(() => new Admin({ bootstrap: '' })).toThrow('INVALID_ARGUMENT')
    const many = admin.topics.create({ name: 'many', partitions: 2 ** 40 })
    await expect(many).rejects.toEqual(refused('INVALID_ARGUMENT'))
  })
})

describe('raw requests', () => {
  test("in a version of one's choice, to a broker of one's choice", async () => {
    const answer = await admin.raw('ListGroups', 4, { statesFilter: ['Stable'] }, { broker: 1 })
    expect(answer.errorCode).toBe(0)
    const described = await admin.raw('DescribeCluster', 'latest', {}, { controller: true })
    expect(described.clusterId).toBe(bench.broker.clusterId)
    const group = await admin.raw('DescribeGroups', 6, { groups: ['none'] }, { coordinator: { group: 'none' } })
    expect(group.groups[0]).toMatchObject({ groupId: 'none', errorCode: 69 })
  })

  test('that cannot be made', async () => {
    await expect(admin.raw('ShareFetch', 'latest', {})).rejects.toEqual(refused('UNSUPPORTED_BY_BROKER'))
    await expect(admin.raw('ListGroups', 99, {})).rejects.toEqual(refused('UNSUPPORTED_BY_BROKER'))
    await expect(admin.raw('Produce', 12, { acks: 0 })).rejects.toEqual(refused('INVALID_ARGUMENT'))
    await expect(admin.raw('Nonsense' as 'Fetch', 1, {})).rejects.toThrow('there is no API Nonsense')
  })
})
