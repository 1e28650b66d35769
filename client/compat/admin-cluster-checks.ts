// What an Admin does with groups, transactions and the cluster itself: each method as it should go, and as it should be refused.

import assert from 'node:assert/strict'
import { buildBatch } from '../../protocol/records/batch-builder.ts'
import type { Admin } from '../admin/admin.ts'
import type { CheckContext, ClientCheck } from './check.ts'
import {
  eventually,
  newTopic,
  next,
  read,
  rejectsWith,
  valuesOf,
  withAdmin,
  withConsumer,
  withProducer,
  write,
} from './clients.ts'

const check = (name: string, run: (admin: Admin, context: CheckContext) => Promise<void>): ClientCheck => ({
  name: `admin/${name}`,
  run: context => withAdmin(context, admin => run(admin, context)),
})

const codesOf = (failures: ReadonlyMap<unknown, { readonly code: string }>) =>
  [...failures.values()].map(({ code }) => code)

const groups = (protocol: 'classic' | 'consumer') =>
  check(`groups, ${protocol}: list, describe, delete only without members`, async (admin, context) => {
    const topic = await newTopic(context, { partitions: 2 })
    await write(context, topic, ['x'])
    const group = context.newName('group')
    await withConsumer(context, { group, topics: [topic], protocol, clientId: 'the-client' }, async consumer => {
      await next(context, consumer, 1)
      const described = await admin.groups.describe(group, { authorizedOperations: true })
      assert.deepEqual([described.type, described.state, described.isSimple], [protocol === 'classic' ? 'Classic' : 'Consumer', 'Stable', false]) // biome-ignore format: one thought
      assert.ok(described.authorizedOperations?.includes('READ'))
      const [member] = described.members
      assert.deepEqual([described.members.length, member?.clientId], [1, 'the-client'])
      assert.deepEqual(member?.assignment?.map(({ partition }) => partition).sort(), [0, 1]) // biome-ignore format: one thought
      const wanted = { states: ['Stable'], types: [described.type] }
      const listed = (await admin.groups.list(wanted)).find(({ groupId }) => groupId === group)
      assert.deepEqual([listed?.state, listed?.type, listed?.protocolType], ['Stable', described.type, 'consumer'])
      assert.ok((await admin.groups.list({ states: ['Empty'] })).every(({ groupId }) => groupId !== group))
      const byBroker = (await admin.groups.listByBroker()).orThrow()
      assert.equal(byBroker.size, context.brokerCount)
      assert.equal([...byBroker.values()].flat().filter(({ groupId }) => groupId === group).length, 1) // biome-ignore format: one thought
      await rejectsWith(admin.groups.delete(group), 'NON_EMPTY_GROUP')
    })
    const outcomes = await admin.groups.deleteAll([group, context.newName('nowhere')])
    assert.deepEqual(codesOf(outcomes.failures), ['GROUP_ID_NOT_FOUND'])
    await rejectsWith(admin.groups.describe(group), 'GROUP_ID_NOT_FOUND')
  })

const groupOffsets = check(
  'offsets of groups: set, list of one and of many, delete; of a subscribed topic they stay',
  async (admin, context) => {
    // biome-ignore format: a title
    const topic = await newTopic(context, { partitions: 3 })
    const [group, other] = [context.newName('group'), context.newName('group')]
    const at = (partition: number, offset: number) => ({ topic, partition, offset })
    await admin.groupOffsets.alter(group, [{ ...at(0, 5), metadata: 'by hand', leaderEpoch: 0 }, at(1, 6)])
    await admin.groupOffsets.alter(other, [at(2, 7)])
    const one = await admin.groupOffsets.list(group)
    assert.deepEqual([one.size, one.get(`${topic}-0`)?.metadata, one.get(`${topic}-0`)?.leaderEpoch], [2, 'by hand', 0])
    assert.equal((await admin.groupOffsets.list(group, { partitions: [at(1, 0), at(2, 0)] })).size, 1)
    const many = await admin.groupOffsets.listAll([{ groupId: group }, { groupId: other }, { groupId: context.newName('nowhere') }]) // biome-ignore format: one thought
    assert.deepEqual([...many.orThrow().values()].map(({ size }) => size), [2, 1, 0]) // biome-ignore format: one thought
    await admin.groupOffsets.delete(group, [at(0, 0)])
    assert.deepEqual([...(await admin.groupOffsets.list(group)).keys()], [`${topic}-1`])
    await rejectsWith(admin.groupOffsets.delete(context.newName('nowhere'), [at(0, 0)]), 'GROUP_ID_NOT_FOUND')
    await write(context, topic, [{ partition: 0, value: 'x' }])
    await withConsumer(context, { group, topics: [topic] }, async consumer => {
      await next(context, consumer, 1)
      const outcomes = await admin.groupOffsets.deleteAll(group, [at(1, 0)])
      assert.deepEqual(codesOf(outcomes.failures), ['GROUP_SUBSCRIBED_TO_TOPIC'])
    })
  },
)

const removedMembers = check(
  'members are removed from a classic group, which goes on without them',
  async (admin, context) => {
    // biome-ignore format: a title
    const topic = await newTopic(context)
    await write(context, topic, ['x'])
    const group = context.newName('group')
    const options = { group, topics: [topic], protocol: 'classic', groupInstanceId: 'first' } as const
    await withConsumer(context, options, consumer => next(context, consumer, 1))
    assert.equal((await admin.groups.describe(group)).members.length, 1, 'a static member remains')
    const removed = await admin.groups.removeMembers(group, [{ instanceId: 'first' }, { instanceId: 'nobody' }])
    assert.deepEqual([removed.get('first'), codesOf(removed.failures)], [undefined, ['UNKNOWN_MEMBER_ID']])
    const { members, state } = await admin.groups.describe(group)
    assert.deepEqual([members, state], [[], 'Empty'])
    assert.equal((await admin.groups.removeMembers(group, 'all')).size, 0)
  },
)

const transactions = check(
  'transactions: list, describe, who writes, end one by fencing its producer',
  async (admin, context) => {
    // biome-ignore format: a title
    const topic = await newTopic(context)
    const id = context.newName('id')
    await withProducer(context, { transactionalId: id }, async producer => {
      const tx = await producer.begin()
      await tx.send(topic, { value: 'never seen' })
      const described = await admin.transactions.describe(id)
      assert.deepEqual([described.state, described.timeoutMs, described.partitions], ['Ongoing', 60_000, [{ topic, partition: 0 }]]) // biome-ignore format: one thought
      const { producerId } = described
      const listed = await admin.transactions.list({ states: ['Ongoing'], producerIds: [producerId] })
      assert.deepEqual(listed, [{ transactionalId: id, producerId, state: 'Ongoing' }])
      assert.deepEqual(await admin.transactions.list({ pattern: `${id}.*`, durationMsMin: 3_600_000 }), [])
      assert.equal((await admin.transactions.list({ pattern: `${id}.*` })).length, 1)
      const [writer] = await admin.producers.describe({ topic, partition: 0 })
      assert.deepEqual([writer?.producerId, Number(writer?.transactionStartOffset)], [producerId, 0])
      const fenced = await admin.transactions.fence(id)
      assert.ok(fenced.producerEpoch > described.producerEpoch || fenced.producerId !== producerId)
      await assert.rejects(tx.commit(), { code: 'PRODUCER_FENCED' })
    })
    await write(context, topic, ['seen'])
    const records = await read(context, [{ topic, partition: 0, offset: 'earliest' }], 1, {
      isolation: 'read_committed',
    })
    assert.deepEqual(valuesOf(records), ['seen'])
    await rejectsWith(admin.transactions.describe(context.newName('nowhere')), 'TRANSACTIONAL_ID_NOT_FOUND')
    await rejectsWith(admin.transactions.list({ states: ['Sleeping'] }), 'INVALID_ARGUMENT')
  },
)

/** As brokers without verification let it in: a transaction that no coordinator knows. */
const hanging = check('transactions: one that hangs is aborted in its partition', async (admin, context) => {
  const topic = await newTopic(context)
  const at = { topic, partition: 0 }
  const stranger = { producerId: 987_654, producerEpoch: 3 }
  const verification = (value: string | null) =>
    admin.configs.alter({ type: 'BROKER', name: '' }, { 'transaction.partition.verification.enable': value })
  const { partitions } = await eventually(
    context,
    () => admin.topics.describe(topic),
    each => assert.ok(each.partitions[0]!.leaderId >= 0),
  )
  await verification('false')
  try {
    const options = { ...stranger, baseSequence: 0, transactional: true }
    const records = buildBatch([{ value: Buffer.from('hangs'), timestamp: context.world.clock.now() }], options)
    const topicData = [{ name: topic, partitionData: [{ index: 0, records }] }]
    const body = { transactionalId: context.newName('stranger'), acks: -1, timeoutMs: 5000, topicData }
    await eventually(
      context,
      () => admin.raw('Produce', 11, body, { broker: partitions[0]!.leaderId }),
      ({ responses }) => assert.equal(responses[0]!.partitionResponses[0]!.errorCode, 0),
    )
  } finally {
    await verification(null)
  }
  await write(context, topic, ['behind'])
  const writers = await admin.producers.describe(at)
  const open = writers.find(({ producerId }) => producerId === stranger.producerId)
  assert.equal(open?.transactionStartOffset, 0)
  await admin.transactions.abort({ ...at, ...stranger, coordinatorEpoch: open!.coordinatorEpoch })
  const records = await read(context, [{ ...at, offset: 'earliest' }], 1, { isolation: 'read_committed' })
  assert.deepEqual(valuesOf(records), ['behind'])
})

const cluster = check(
  'the cluster, its quorum, its features; a broker that is not there cannot be removed',
  async (admin, context) => {
    // biome-ignore format: a title
    const { brokers, clusterId, controllerId, authorizedOperations } = await admin.cluster.describe({ fenced: true, authorizedOperations: true }) // biome-ignore format: one thought
    assert.equal(brokers.length, context.brokerCount)
    assert.ok(clusterId !== null && brokers.some(({ nodeId }) => nodeId === controllerId))
    assert.ok(brokers.every(({ isFenced }) => !isFenced))
    assert.ok(authorizedOperations?.includes('DESCRIBE'))
    const quorum = await admin.quorum.describe()
    assert.equal(quorum.voters.length, context.brokerCount)
    assert.ok(quorum.voters.some(({ replicaId }) => replicaId === quorum.leaderId) && Number(quorum.highWatermark) > 0)
    const features = await admin.features.describe()
    for (const [name, { max }] of features.finalized) assert.ok(max <= features.supported.get(name)!.max, name)
    assert.ok(features.finalized.has('metadata.version') && features.finalizedEpoch !== undefined)
    const level = features.finalized.get('group.version')?.max ?? 1
    await admin.features.update({ feature: 'group.version', level }, { validateOnly: true })
    await rejectsWith(admin.features.update({ feature: 'no.such.feature', level: 1 }), 'INVALID_UPDATE_VERSION')
    const [node] = brokers
    assert.ok((await admin.features.describe({ brokerId: node!.nodeId })).supported.size > 0)
    await rejectsWith(admin.cluster.unregisterBroker(4711), 'BROKER_ID_NOT_REGISTERED')
  },
)

const nothingToMove = check(
  'reassignments and elections where nothing is to be done, and of what is not there',
  async (admin, context) => {
    // biome-ignore format: a title
    const topic = await newTopic(context)
    const at = { topic, partition: 0 }
    const { partitions } = await eventually(
      context,
      () => admin.topics.describe(topic),
      each => assert.ok(each.partitions[0]!.leaderId >= 0),
    )
    assert.equal((await admin.reassignments.list({ partitions: [at] })).size, 0)
    await rejectsWith(admin.reassignments.alter({ ...at, replicas: null }), 'NO_REASSIGNMENT_IN_PROGRESS')
    await admin.reassignments.alter({ ...at, replicas: partitions[0]!.replicas })
    const outcomes = await admin.reassignments.alterAll([
      { ...at, replicas: [4711] },
      { topic: context.newName('nowhere'), partition: 0, replicas: [1] },
    ])
    assert.deepEqual(codesOf(outcomes.failures), ['INVALID_REPLICA_ASSIGNMENT', 'UNKNOWN_TOPIC_OR_PARTITION'])
    await rejectsWith(admin.elections.elect('PREFERRED', at), 'ELECTION_NOT_NEEDED')
    await rejectsWith(admin.elections.elect('UNCLEAN', at), 'ELECTION_NOT_NEEDED')
    const missing = await admin.elections.electAll('PREFERRED', [{ topic, partition: 9 }])
    assert.deepEqual(codesOf(missing.failures), ['UNKNOWN_TOPIC_OR_PARTITION'])
  },
)

const quotas = check('quotas of clients: set, described, taken away', async (admin, context) => {
  const entity = { 'client-id': context.newName('client') }
  const described = () => admin.quotas.describe({ entity })
  await admin.quotas.alter({ entity, quotas: { producer_byte_rate: 1_000_000 } })
  await eventually(context, described, found =>
    assert.deepEqual(found, [{ entity, quotas: { producer_byte_rate: 1_000_000 } }]),
  )
  await admin.quotas.alter({ entity, quotas: { producer_byte_rate: null } })
  await eventually(context, described, found => assert.deepEqual(found, []))
  await rejectsWith(admin.quotas.alter({ entity, quotas: { no_such_rate: 1 } }), 'INVALID_REQUEST')
})

const scram = check('SCRAM credentials: set, described, taken away', async (admin, context) => {
  const user = context.newName('user')
  const mechanism = 'SCRAM-SHA-256'
  await admin.scram.alter({ user, mechanism, password: 'secret', iterations: 4096 })
  await eventually(
    context,
    () => admin.scram.describe([user]),
    found => assert.deepEqual(found.value(user), [{ mechanism, iterations: 4096 }]),
  )
  await admin.scram.alter({ user, mechanism })
  await eventually(
    context,
    () => admin.scram.describe([user]),
    found => assert.deepEqual(codesOf(found.failures), ['RESOURCE_NOT_FOUND']),
  )
})

const otherGroups = check(
  'share groups: offsets set, listed, deleted; and streams groups: what is not there is told',
  async (admin, context) => {
    // biome-ignore format: a title
    const nowhere = context.newName('nowhere')
    await rejectsWith(admin.shareGroups.describe(nowhere), 'GROUP_ID_NOT_FOUND')
    await rejectsWith(admin.streamsGroups.describe(nowhere), 'GROUP_ID_NOT_FOUND')
    const [topic, group] = [await newTopic(context), context.newName('group')]
    await write(context, topic, ['0', '1', '2'])
    const set = await admin.shareGroups.alterOffsets(group, [{ topic, partition: 0, startOffset: 2 }])
    assert.equal(set.failures.size, 0)
    const offsets = () => admin.shareGroups.listOffsets([{ groupId: group }])
    const listed = (await offsets()).value(group).get(`${topic}-0`)
    assert.equal(Number(listed?.startOffset), 2)
    assert.deepEqual([(await admin.shareGroups.describe(group)).state, (await admin.groups.list({ types: ['Share'] })).some(({ groupId }) => groupId === group)], ['Empty', true]) // biome-ignore format: one thought
    assert.equal((await admin.shareGroups.deleteOffsets(group, [topic])).failures.size, 0)
    assert.equal((await offsets()).value(group).size, 0)
    await admin.groups.delete(group)
    await rejectsWith(admin.shareGroups.describe(group), 'GROUP_ID_NOT_FOUND')
  },
)

export const adminClusterChecks: readonly ClientCheck[] = [
  groups('classic'),
  groups('consumer'),
  groupOffsets,
  removedMembers,
  transactions,
  hanging,
  cluster,
  nothingToMove,
  otherGroups,
  quotas,
  scram,
]
