// What an Admin does with topics and what is in them: each method once as it should go, and once as it should be refused.

import assert from 'node:assert/strict'
import type { Admin } from '../admin/admin.ts'
import type { ConfigEntry, ConfigResource } from '../admin/config-entry.ts'
import { replicaKey } from '../admin/log-dirs.ts'
import type { CheckContext, ClientCheck } from './check.ts'
import { eventually, newTopic, rejectsWith, withAdmin, withProducer, write } from './clients.ts'

const check = (name: string, run: (admin: Admin, context: CheckContext) => Promise<void>): ClientCheck => ({
  name: `admin/${name}`,
  run: context => withAdmin(context, admin => run(admin, context)),
})

const created = check(
  'topics: create one and several, by numbers and by brokers, for trial; what is wrong is told',
  async (admin, context) => {
    // biome-ignore format: a title
    const { replicationFactor } = context
    const [plain, placed, tried] = [context.newName('topic'), context.newName('topic'), context.newName('topic')]
    const answer = await admin.topics.create({ name: plain, partitions: 3, replicationFactor, configs: { 'retention.ms': '86400000' } }) // biome-ignore format: one thought
    assert.deepEqual([answer.name, answer.partitions, answer.replicationFactor], [plain, 3, replicationFactor])
    assert.equal(answer.configs.get('retention.ms')?.value, '86400000')
    await admin.topics.create({ name: tried, partitions: 1, replicationFactor }, { validateOnly: true })
    const brokerIds = (await admin.cluster.describe()).brokers.map(({ nodeId }) => nodeId)
    const outcomes = await admin.topics.createAll([
      { name: placed, assignments: [brokerIds] },
      { name: plain, partitions: 1, replicationFactor },
      { name: 'not a name', partitions: 1, replicationFactor },
      { name: context.newName('topic'), partitions: 1, replicationFactor: 99 },
      { name: context.newName('topic'), partitions: 1, replicationFactor, configs: { 'no.such.setting': '1' } },
    ])
    assert.deepEqual(
      [...outcomes.values()].map(outcome => (outcome instanceof Error ? outcome.code : outcome.name)),
      [placed, 'TOPIC_ALREADY_EXISTS', 'INVALID_TOPIC_EXCEPTION', 'INVALID_REPLICATION_FACTOR', 'INVALID_CONFIG'],
    )
    const described = await eventually(
      context,
      () => admin.topics.describe(placed),
      ({ partitions }) => assert.equal(partitions.length, 1),
    )
    assert.deepEqual(described.partitions[0]?.replicas, brokerIds)
    const names = (await admin.topics.list()).map(({ name }) => name)
    assert.ok(names.includes(plain) && names.includes(placed))
    assert.ok(!names.includes(tried), 'a trial creates nothing')
  },
)

const described = check(
  'topics: describe by name and by id, list, and internal ones when asked for',
  async (admin, context) => {
    // biome-ignore format: a title
    const name = await newTopic(context, { partitions: 2 })
    const topic = await eventually(
      context,
      () => admin.topics.describe(name, { authorizedOperations: true }),
      ({ partitions }) => assert.ok(partitions.every(({ leaderId }) => leaderId >= 0)),
    )
    assert.deepEqual(topic.partitions.map(({ partition }) => partition), [0, 1]) // biome-ignore format: one thought
    for (const { replicas, inSyncReplicas, offlineReplicas } of topic.partitions) {
      assert.equal(replicas.length, context.replicationFactor)
      assert.deepEqual([[...inSyncReplicas].sort(), offlineReplicas], [[...replicas].sort(), []])
    }
    assert.ok(topic.authorizedOperations?.includes('DELETE'))
    const byId = await admin.topics.describeAllById([topic.topicId, 'AAAAAAAAAAAAAAAAAAAAEw'])
    assert.equal(byId.value(topic.topicId).name, name)
    assert.equal(byId.failures.get('AAAAAAAAAAAAAAAAAAAAEw')?.code, 'UNKNOWN_TOPIC_ID')
    const both = await admin.topics.describeAll([name, context.newName('nowhere')])
    assert.deepEqual([...both.failures.values()].map(({ code }) => code), ['UNKNOWN_TOPIC_OR_PARTITION']) // biome-ignore format: one thought
    // The first group makes the topic for offsets.
    await admin.groupOffsets.alter(context.newName('group'), [{ topic: name, partition: 0, offset: 0 }])
    const [all, own] = [await admin.topics.list({ internal: true }), await admin.topics.list()]
    assert.ok(all.some(each => each.name === '__consumer_offsets' && each.isInternal))
    assert.ok(own.every(({ isInternal }) => !isInternal))
  },
)

const grown = check('topics: more partitions, never fewer; for trial', async (admin, context) => {
  const name = await newTopic(context, { partitions: 2 })
  await admin.topics.addPartitions(name, 4, { validateOnly: true })
  await admin.topics.addPartitions(name, 3)
  await eventually(
    context,
    () => admin.topics.describe(name),
    ({ partitions }) => assert.equal(partitions.length, 3),
  )
  const outcomes = await admin.topics.addPartitionsAll([
    { name, count: 2 },
    { name: context.newName('nowhere'), count: 2 },
  ])
  assert.deepEqual([...outcomes.failures.values()].map(({ code }) => code), ['INVALID_PARTITIONS', 'UNKNOWN_TOPIC_OR_PARTITION']) // biome-ignore format: one thought
})

const deleted = check('topics: delete by name and by id; what is not there is told', async (admin, context) => {
  const [first, second] = [await newTopic(context), await newTopic(context)]
  const { topicId } = await eventually(
    context,
    () => admin.topics.describe(second),
    ({ partitions }) => assert.equal(partitions.length, 1),
  )
  await admin.topics.delete(first)
  const byId = await admin.topics.deleteAllById([topicId, 'AAAAAAAAAAAAAAAAAAAAEw'])
  assert.deepEqual([...byId.failures.values()].map(({ code }) => code), ['UNKNOWN_TOPIC_ID']) // biome-ignore format: one thought
  await eventually(
    context,
    () => admin.topics.list(),
    topics => assert.ok(!topics.some(({ name }) => name === first || name === second)),
  )
  await rejectsWith(admin.topics.delete(first), 'UNKNOWN_TOPIC_OR_PARTITION')
})

const valueIn = (settings: ReadonlyMap<string, ConfigEntry>, name: string) => settings.get(name)?.value

const topicSettings = check(
  'configs of topics: set, append, subtract, unset, for trial; where a value comes from',
  async (admin, context) => {
    // biome-ignore format: a title
    const name = await newTopic(context)
    const topic: ConfigResource = { type: 'TOPIC', name }
    await admin.configs.alter(topic, { 'retention.ms': '1000', 'cleanup.policy': 'delete' })
    await admin.configs.alter(topic, [{ name: 'cleanup.policy', operation: 'APPEND', value: 'compact' }])
    await admin.configs.alter(topic, { 'retention.ms': '5' }, { validateOnly: true })
    const settings = await eventually(
      context,
      () => admin.configs.describe(topic, { synonyms: true, documentation: true }),
      each => assert.equal(valueIn(each, 'cleanup.policy'), 'delete,compact'),
    )
    const retention = settings.get('retention.ms')!
    assert.deepEqual([retention.value, retention.source, retention.type], ['1000', 'DYNAMIC_TOPIC_CONFIG', 'LONG'])
    assert.deepEqual(retention.synonyms[0], { name: 'retention.ms', value: '1000', source: 'DYNAMIC_TOPIC_CONFIG' })
    assert.ok((retention.documentation ?? '').length > 20)
    await admin.configs.alter(topic, [
      { name: 'cleanup.policy', operation: 'SUBTRACT', value: 'delete' },
      { name: 'retention.ms', operation: 'DELETE' },
    ])
    const after = await eventually(
      context,
      () => admin.configs.describe(topic, { names: ['cleanup.policy', 'retention.ms'] }),
      each => assert.equal(valueIn(each, 'cleanup.policy'), 'compact'),
    )
    assert.deepEqual([...after.keys()].sort(), ['cleanup.policy', 'retention.ms'])
    assert.equal(valueIn(after, 'retention.ms'), '604800000')
    await rejectsWith(admin.configs.alter(topic, { 'retention.ms': 'long' }), 'INVALID_CONFIG')
    const missing = { type: 'TOPIC', name: context.newName('nowhere') } as const
    const both = await admin.configs.describeAll([topic, missing])
    assert.deepEqual([...both.failures.values()].map(({ code }) => code), ['UNKNOWN_TOPIC_OR_PARTITION']) // biome-ignore format: one thought
  },
)

const brokerSettings = check('configs of brokers, of all of them, and of groups', async (admin, context) => {
  const [node] = (await admin.cluster.describe()).brokers
  const broker: ConfigResource = { type: 'BROKER', name: String(node!.nodeId) }
  const all: ConfigResource = { type: 'BROKER', name: '' }
  assert.equal(valueIn(await admin.configs.describe(broker), 'node.id'), String(node!.nodeId))
  assert.equal((await admin.configs.describe(broker)).get('node.id')?.isReadOnly, true)
  await admin.configs.alter(all, { 'log.cleaner.delete.retention.ms': '86400001' })
  await eventually(
    context,
    () => admin.configs.describe(broker),
    settings => {
      const { value, source } = settings.get('log.cleaner.delete.retention.ms')!
      assert.deepEqual([value, source], ['86400001', 'DYNAMIC_DEFAULT_BROKER_CONFIG'])
    },
  )
  await admin.configs.alter(broker, { 'log.cleaner.delete.retention.ms': '86400002' })
  await eventually(
    context,
    () => admin.configs.describe(broker),
    settings => assert.equal(valueIn(settings, 'log.cleaner.delete.retention.ms'), '86400002'),
  )
  await admin.configs.alter(broker, { 'log.cleaner.delete.retention.ms': null })
  await admin.configs.alter(all, { 'log.cleaner.delete.retention.ms': null })
  await rejectsWith(admin.configs.alter(broker, { 'node.id': '7' }), 'INVALID_REQUEST')
  await rejectsWith(admin.configs.describe({ type: 'BROKER', name: 'first' }), 'INVALID_ARGUMENT')
  const group: ConfigResource = { type: 'GROUP', name: context.newName('group') }
  await admin.configs.alter(group, { 'consumer.heartbeat.interval.ms': '700' })
  await eventually(
    context,
    () => admin.configs.describe(group),
    settings => assert.equal(valueIn(settings, 'consumer.heartbeat.interval.ms'), '700'),
  )
  const resources = await admin.configs.resources(['GROUP', 'TOPIC'])
  assert.ok(resources.some(({ type, name }) => type === 'GROUP' && name === group.name))
  assert.ok(resources.some(({ type }) => type === 'TOPIC'))
})

const offsets = check(
  'offsets: first, last, at a time, with the latest time; committed ones; what is not there is told',
  async (admin, context) => {
    // biome-ignore format: a title
    const topic = await newTopic(context, { partitions: 2 })
    const at = { topic, partition: 0 }
    const startMs = 1_790_000_000_000
    const timestamps = [0, 5, 3, 4]
    await write(context, topic, timestamps.map(ms => ({ partition: 0, value: 'x', timestamp: startMs + ms }))) // biome-ignore format: one thought
    const find = async (place: Parameters<Admin['offsets']['find']>[0]['at']) => {
      const { offset, timestampMs } = await admin.offsets.find({ ...at, at: place })
      return [Number(offset), Number(timestampMs) < 0 ? undefined : Number(timestampMs) - startMs]
    }
    assert.deepEqual(await find('earliest'), [0, undefined])
    assert.deepEqual(await find('latest'), [4, undefined])
    assert.deepEqual(await find('maxTimestamp'), [1, 5])
    assert.deepEqual(await find('earliestLocal'), [0, undefined])
    assert.deepEqual(await find({ timestampMs: startMs + 2 }), [1, 5])
    assert.deepEqual(await find({ timestampMs: startMs + 6 }), [-1, undefined])
    const outcomes = await admin.offsets.findAll([
      { topic, partition: 1, at: 'latest' },
      { topic, partition: 9, at: 'latest' },
    ])
    assert.equal(Number(outcomes.value(`${topic}-1`).offset), 0)
    assert.equal(outcomes.failures.get(`${topic}-9`)?.code, 'UNKNOWN_TOPIC_OR_PARTITION')
    await withProducer(context, { transactionalId: context.newName('id') }, async producer => {
      const tx = await producer.begin()
      await tx.send(topic, { partition: 0, value: 'open' })
      const [all, committed] = await Promise.all([
        admin.offsets.find({ ...at, at: 'latest' }),
        admin.offsets.find({ ...at, at: 'latest' }, { isolation: 'read_committed' }),
      ])
      assert.deepEqual([Number(all.offset), Number(committed.offset)], [5, 4])
      await tx.abort()
    })
  },
)

const trimmed = check('records: delete from the beginning, to an offset and to the end', async (admin, context) => {
  const topic = await newTopic(context, { partitions: 2 })
  await write(context, topic, [0, 0, 0, 1].map(partition => ({ partition, value: 'x' }))) // biome-ignore format: one thought
  const outcomes = await admin.records.deleteAll([
    { topic, partition: 0, before: 2 },
    { topic, partition: 1, before: 'highWatermark' },
    { topic: context.newName('nowhere'), partition: 0, before: 0 },
  ])
  assert.deepEqual([...outcomes.successes.values()].map(({ lowWatermark }) => Number(lowWatermark)), [2, 1]) // biome-ignore format: one thought
  assert.deepEqual([...outcomes.failures.values()].map(({ code }) => code), ['UNKNOWN_TOPIC_OR_PARTITION']) // biome-ignore format: one thought
  const first = await admin.offsets.find({ topic, partition: 0, at: 'earliest' })
  assert.equal(Number(first.offset), 2)
})

const logDirs = check(
  'log directories: what is where and how large; a move to one that is not there is refused',
  async (admin, context) => {
    // biome-ignore format: a title
    const topic = await newTopic(context)
    await write(context, topic, ['x'.repeat(1000)])
    const byBroker = (await admin.logDirs.describeAll(undefined, { partitions: [{ topic, partition: 0 }] })).orThrow()
    assert.equal(byBroker.size, context.brokerCount)
    for (const [brokerId, dirs] of byBroker) {
      assert.deepEqual(await admin.logDirs.describe(brokerId).then(all => all.map(({ path }) => path)), dirs.map(({ path }) => path)) // biome-ignore format: one thought
      const replica = dirs.flatMap(({ replicas }) => replicas).find(each => each.topic === topic)!
      assert.ok(Number(replica.sizeBytes) > 1000 && !replica.isFuture)
      assert.ok(Number(dirs[0]!.totalBytes) > 0)
      const here = { topic, partition: 0, brokerId }
      const place = (await admin.logDirs.describeReplicas([here])).value(replicaKey(here))
      assert.deepEqual([dirs.some(({ path }) => path === place.current?.path), place.future], [true, undefined])
      const moved = await admin.logDirs.move([{ ...here, path: '/no/such/directory' }])
      assert.equal(moved.failures.get(replicaKey(here))?.code, 'LOG_DIR_NOT_FOUND')
      const stays = await admin.logDirs.move([{ ...here, path: place.current!.path }])
      assert.equal(stays.failures.size, 0)
    }
  },
)

const raw = check(
  'any request by its name, in a version that one names, of a broker that one names',
  async (admin, context) => {
    // biome-ignore format: a title
    const [node] = (await admin.cluster.describe()).brokers
    const answer = await admin.raw('Metadata', 9, { topics: [] }, { broker: node!.nodeId })
    assert.equal(answer.brokers.length, context.brokerCount)
    await rejectsWith(admin.raw('Metadata', 99, { topics: [] }), 'UNSUPPORTED_BY_BROKER')
  },
)

export const adminTopicChecks: readonly ClientCheck[] = [
  created,
  described,
  grown,
  deleted,
  topicSettings,
  brokerSettings,
  offsets,
  trimmed,
  logDirs,
  raw,
]
