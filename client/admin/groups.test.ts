// Groups and transactions, seen and changed by an Admin, against our broker on real sockets.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { consumerProtocolAssignment } from '../../protocol/stored/data/consumer-protocol-assignment.ts'
import { encode } from '../../protocol/wire/schema.ts'
import { AdminBench } from '../../testing/admin-bench.ts'
import type { Admin } from './admin.ts'

let bench: AdminBench
let admin: Admin

beforeAll(async () => {
  bench = await AdminBench.start()
  admin = bench.admin
  await admin.topics.createAll([{ name: 'orders', partitions: 2 }, 'payments'])
  await bench.produce('orders', 0, ['a', 'b', 'c'])
})
afterAll(() => bench.stop())

/** What becomes true on its own, also on a busy machine. */
const eventually = <Value>(ask: () => Value) => expect.poll(ask, { timeout: 15_000 })

const refused = (code: string) => expect.objectContaining({ name: 'ClientError', code })
const orders0 = { topic: 'orders', partition: 0 }
const orders1 = { topic: 'orders', partition: 1 }

/** A version, and what follows it. */
function embedded(version: number, bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from([0, version]), bytes])
}

describe('offsets of groups', () => {
  test('set by hand, listed, deleted; a group with offsets only is a simple one', async () => {
    await admin.groupOffsets.alter('simple', [
      { ...orders0, offset: 2, metadata: 'by hand' },
      { ...orders1, offset: 0, leaderEpoch: 0 },
    ])
    const all = await admin.groupOffsets.list('simple')
    expect([...all.values()]).toEqual([
      { ...orders0, offset: 2, leaderEpoch: -1, metadata: 'by hand' },
      { ...orders1, offset: 0, leaderEpoch: 0, metadata: '' },
    ])
    const stable = { partitions: [orders1, { topic: 'payments', partition: 0 }], requireStable: true }
    expect([...(await admin.groupOffsets.list('simple', stable)).keys()]).toEqual(['orders-1'])
    expect(await admin.groups.describe('simple')).toMatchObject({ type: 'Classic', state: 'Empty', isSimple: true })
    await admin.groupOffsets.delete('simple', [orders0])
    expect([...(await admin.groupOffsets.list('simple')).keys()]).toEqual(['orders-1'])
  })

  test('of several groups at once; of one that is not there', async () => {
    await admin.groupOffsets.alter('first', [{ ...orders0, offset: 1 }])
    const listed = await admin.groupOffsets.listAll([
      { groupId: 'first' },
      { groupId: 'simple', partitions: [orders0, orders1] },
      { groupId: 'nobody' },
    ])
    expect([...listed].map(([groupId, offsets]) => [groupId, [...(offsets as Map<string, unknown>).keys()]])).toEqual([
      ['first', ['orders-0']],
      ['simple', ['orders-1']],
      ['nobody', []],
    ])
    await expect(admin.groupOffsets.delete('nobody', [orders0])).rejects.toEqual(refused('GROUP_ID_NOT_FOUND'))
    const outcomes = await admin.groupOffsets.alterAll('first', [
      { ...orders0, offset: 3 },
      { topic: 'nowhere', partition: 0, offset: 0 },
    ])
    expect(outcomes.get('orders-0')).toBeUndefined()
    expect(outcomes.get('nowhere-0')).toMatchObject({ code: 'UNKNOWN_TOPIC_OR_PARTITION', group: 'first' })
  })

  test('cannot be set under a running member, and the error says what to do', async () => {
    await bench.join('running', ['orders'])
    const set = admin.groupOffsets.alter('running', [{ ...orders0, offset: 0 }])
    await expect(set).rejects.toThrow('stop the members of the group first')
    const deleted = admin.groupOffsets.delete('running', [orders0])
    await expect(deleted).rejects.toEqual(refused('GROUP_SUBSCRIBED_TO_TOPIC'))
  })
})

describe('groups', () => {
  test('of the consumer protocol: members, what they have and where they go', async () => {
    const memberId = await bench.join('new', ['orders'])
    const described = await admin.groups.describe('new', { authorizedOperations: true })
    expect(described).toMatchObject({
      type: 'Consumer',
      protocolType: 'consumer',
      assignor: 'uniform',
      isSimple: false,
    })
    expect(described.coordinator).toBe(bench.bootstrap)
    expect(described.authorizedOperations).toContain('DELETE')
    expect(described.members).toHaveLength(1)
    expect(described.members[0]).toMatchObject({
      memberId,
      clientId: 'millrace',
      clientHost: '/127.0.0.1',
      subscribedTopics: ['orders'],
      target: [orders0, orders1],
      isClassic: false,
    })
    const classic = admin.groups.describe('new', { classicOnly: true })
    await expect(classic).rejects.toEqual(refused('GROUP_ID_NOT_FOUND'))
  })

  test('of the classic protocol: of consumers, and of anything else', async () => {
    const assignedPartitions = [{ topic: 'orders', partitions: [1] }]
    const assignment = embedded(1, encode(consumerProtocolAssignment, 1, { assignedPartitions }))
    const memberId = await bench.joinClassic('old', 'consumer', assignment)
    await bench.joinClassic('workers', 'connect', Buffer.from('work'))
    const outcomes = await admin.groups.describeAll(['old', 'workers', 'nobody'])
    expect(outcomes.value('old')).toMatchObject({ type: 'Classic', state: 'Stable', assignor: 'some-protocol' })
    expect(outcomes.value('old').members).toMatchObject([
      { memberId, instanceId: 'old-instance', assignment: [orders1], isClassic: true },
    ])
    expect(outcomes.value('workers')).toMatchObject({ protocolType: 'connect', isSimple: false })
    expect(outcomes.value('workers').members[0]!.assignmentBytes!.toString()).toBe('work')
    expect(outcomes.value('workers').members[0]!.assignment).toBeUndefined()
    expect(outcomes.get('nobody')).toMatchObject({ code: 'GROUP_ID_NOT_FOUND', group: 'nobody' })
  })

  test('whose assignment cannot be read: not known, rather than wrong', async () => {
    await bench.joinClassic('garbled', 'consumer', Buffer.from([0, 1, 0, 0]))
    const { members } = await admin.groups.describe('garbled')
    expect(members[0]).toMatchObject({ assignment: undefined, assignmentBytes: Buffer.from([0, 1, 0, 0]) })
  })

  test('listed, by state and by type', async () => {
    const named = (groups: readonly { groupId: string }[]) => groups.map(({ groupId }) => groupId)
    const all = await admin.groups.list()
    expect(named(all)).toEqual([...named(all)].sort())
    expect(all.find(({ groupId }) => groupId === 'workers')).toEqual({
      groupId: 'workers',
      protocolType: 'connect',
      state: 'Stable',
      type: 'Classic',
    })
    expect(named(await admin.groups.list({ types: ['Consumer'] }))).toEqual(['new', 'running'])
    expect(named(await admin.groups.list({ states: ['Empty'] }))).toEqual(['first', 'simple'])
    expect([...(await admin.groups.listByBroker()).keys()]).toEqual([1])
  })

  test('lose members that are removed: those named, or all', async () => {
    const outcomes = await admin.groups.removeMembers('old', [{ instanceId: 'nobody' }, { instanceId: 'old-instance' }])
    expect(outcomes.get('old-instance')).toBeUndefined()
    expect(outcomes.get('nobody')).toEqual(refused('UNKNOWN_MEMBER_ID'))
    expect((await admin.groups.removeMembers('workers', 'all', { reason: 'maintenance' })).size).toBe(1)
    expect(await admin.groups.describe('workers')).toMatchObject({ state: 'Empty', members: [] })
    expect((await admin.groups.removeMembers('workers', 'all')).size).toBe(0)
    await expect(admin.groups.removeMembers('nobody', 'all')).rejects.toEqual(refused('GROUP_ID_NOT_FOUND'))
  })

  test('are deleted when nobody is in them', async () => {
    const outcomes = await admin.groups.deleteAll(['first', 'running', 'nobody'])
    expect(outcomes.get('first')).toBeUndefined()
    expect(outcomes.get('running')).toMatchObject({ code: 'NON_EMPTY_GROUP', group: 'running' })
    expect(outcomes.get('nobody')).toEqual(refused('GROUP_ID_NOT_FOUND'))
    await admin.groups.delete('simple')
    await expect(admin.groups.describe('simple')).rejects.toEqual(refused('GROUP_ID_NOT_FOUND'))
  })
})

describe('transactions', () => {
  const at = { topic: 'payments', partition: 0 }

  test('listed, described, and their producers; ended by fencing', async () => {
    const producer = await bench.begin('first-id', 'payments')
    await bench.begin('second-id', 'payments')
    expect(await admin.transactions.list({ pattern: 'first-.*' })).toEqual([
      { transactionalId: 'first-id', producerId: producer.producerId, state: 'Ongoing' },
    ])
    expect(await admin.transactions.list({ states: ['Ongoing'], durationMsMin: 3_600_000 })).toEqual([])
    expect(await admin.transactions.list({ producerIds: [producer.producerId] })).toHaveLength(1)
    await expect(admin.transactions.list({ states: ['Nonsense'] })).rejects.toEqual(refused('INVALID_ARGUMENT'))
    const described = await admin.transactions.describeAll(['first-id', 'nobody'])
    expect(described.value('first-id')).toMatchObject({
      state: 'Ongoing',
      timeoutMs: 60_000,
      partitions: [at],
      ...producer,
    })
    expect(described.value('first-id').startedMs).toBeGreaterThan(0)
    expect(described.get('nobody')).toMatchObject({ code: 'TRANSACTIONAL_ID_NOT_FOUND', transactionalId: 'nobody' })
    const active = await admin.producers.describe(at)
    expect(active).toContainEqual(expect.objectContaining({ ...producer, lastSequence: 0, transactionStartOffset: 0 }))
    expect(await admin.producers.describe(at, { brokerId: 1 })).toEqual(active)
    const fenced = await admin.transactions.fence('first-id')
    expect(fenced.producerId).toBe(producer.producerId)
    expect(fenced.producerEpoch).toBeGreaterThan(producer.producerEpoch)
    await expect
      .poll(async () => (await admin.transactions.describe('first-id')).state)
      .toMatch(/^(CompleteAbort|Empty)$/)
    await admin.transactions.fenceAll(['second-id'])
  })

  test('aborted in one partition', async () => {
    await admin.topics.create('hanging')
    await bench.begin('hanging-id', 'hanging')
    await admin.transactions.fence('hanging-id')
    await expect
      .poll(async () => (await admin.transactions.describe('hanging-id')).state)
      .toMatch(/^(CompleteAbort|Empty)$/)
    const producer = await bench.begin('hanging-id', 'hanging')
    const open = { topic: 'hanging', partition: 0 }
    const stable = async () =>
      (await admin.offsets.find({ ...open, at: 'latest' }, { isolation: 'read_committed' })).offset
    await eventually(stable).toBe(2)
    const old = { ...producer, producerEpoch: producer.producerEpoch - 1, coordinatorEpoch: 0 }
    await expect(admin.transactions.abort({ ...open, ...old })).rejects.toEqual(refused('INVALID_PRODUCER_EPOCH'))
    expect(await stable()).toBe(2)
    await admin.transactions.abort({ ...open, ...producer, coordinatorEpoch: 0 })
    await eventually(stable).toBe(4)
    const nowhere = { topic: 'nowhere', partition: 0, ...producer, coordinatorEpoch: 0 }
    await expect(admin.transactions.abort(nowhere)).rejects.toEqual(refused('UNKNOWN_TOPIC_OR_PARTITION'))
  })
})
