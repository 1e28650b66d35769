// What the coordinator answers around its groups: before they are there, when they are elsewhere, when there are too many, and
// how topics, ids and transactions come in. What happens inside a group stands in the transcripts.

import { beforeEach, describe, expect, test } from 'vitest'
import { errors } from '../../../protocol/errors.ts'
import { apis } from '../../../protocol/messages/index.ts'
import { buildBatch } from '../../../protocol/records/batch-builder.ts'
import { encodeControlRecord } from '../../../protocol/records/control-record.ts'
import { decode, encode } from '../../../protocol/wire/schema.ts'
import { groupHandlers } from '../testing/group-handlers.ts'
import { MemoryLog } from '../testing/memory-log.ts'
import { MemoryPartition } from '../testing/memory-partition.ts'
import { TestCoordinator } from '../testing/test-coordinator.ts'
import { type CommittedOffset, offsetRecord, offsetTombstone } from './committed-offset.ts'
import { type GroupRecord, groupRecordCodec } from './group-record.ts'

const topic = { name: 't', id: 'tBQItHWvQNCgOAA2-o2QzA', partitionCount: 2 }

// biome-ignore lint/suspicious/noExplicitAny: answers are looked at by field
type Fields = Record<string, any>

/** Sends a request through its handler, as bytes, and answers the response as a client reads it. */
async function ask(broker: TestCoordinator, name: string, version: number, request: object): Promise<Fields> {
  const { handle } = groupHandlers.get(name)!
  const api = apis.find(one => one.name === name)!
  const asked = decode(api.request, version, encode(api.request, version, request))
  const answer = handle(broker.context(version), asked)
  await broker.clock.run()
  return decode(api.response, version, encode(api.response, version, (await answer)!)) as Fields
}

const joinRequest = { groupId: 'g', sessionTimeoutMs: 10_000, protocolType: 'consumer', protocols: [{ name: 'range' }] }
const commitOf = (partitionIndex: number, committedOffset: number, name = 't') => ({
  groupId: 'g',
  topics: [{ name, partitions: [{ partitionIndex, committedOffset }] }],
})
const fetchAll = { groups: [{ groupId: 'g', topics: null }] }
const codeOf = (answer: Fields) => answer.topics[0].partitions[0].errorCode

describe('the coordinator', () => {
  let broker: TestCoordinator
  beforeEach(async () => {
    broker = await new TestCoordinator({ topics: [topic] }).start()
  })

  test('knows no group with an empty id, except for offsets', async () => {
    const groupId = ''
    expect((await ask(broker, 'JoinGroup', 9, { ...joinRequest, groupId })).errorCode).toBe(
      errors.INVALID_GROUP_ID.code,
    )
    for (const name of ['SyncGroup', 'Heartbeat', 'LeaveGroup']) {
      expect((await ask(broker, name, 3, { groupId })).errorCode, name).toBe(errors.INVALID_GROUP_ID.code)
    }
    expect((await ask(broker, 'OffsetDelete', 0, { groupId })).errorCode).toBe(errors.INVALID_GROUP_ID.code)
    expect(codeOf(await ask(broker, 'OffsetCommit', 9, { ...commitOf(0, 5), groupId }))).toBe(0)
    const fetched = await ask(broker, 'OffsetFetch', 9, { groups: [{ groupId, topics: null }] })
    expect(fetched.groups[0].topics[0].partitions[0].committedOffset).toBe(5)
    expect((await ask(broker, 'DescribeGroups', 6, { groups: [groupId] })).groups[0].groupState).toBe('Empty')
    expect((await ask(broker, 'DeleteGroups', 2, { groupsNames: [groupId] })).results).toEqual([
      { groupId, errorCode: 0 },
    ])
  })

  // What Kafka 4.3.0 answers within 15 s to a JoinGroup of a consumer with this subscription, or whether it never does.
  test.each([
    ['nothing', '', 'answered'],
    ['a version alone', '0000', 'answered'],
    ['fewer topics than it says', '000000000002000161', 'answered'],
    ['an unknown version', 'ffff00000001000161', 'answered'],
    ['more topics than its bytes could hold', '00007fffffff', 'never'],
    ['a thousand topics in three bytes', '0000000003e8000161', 'never'],
    ['null for topics', '0000ffffffff', 'never'],
    ['null for a topic', '000000000001ffff61', 'never'],
    ['a topic longer than the rest', '0000000000017fff61', 'never'],
    ['user data longer than the rest', '0000000000010001610000ffff', 'never'],
  ])('refuses a subscription that Kafka cannot load: %s', async (_, hex, kafka) => {
    const protocols = [{ name: 'range', metadata: Buffer.from(hex, 'hex') }]
    const { errorCode } = await ask(broker, 'JoinGroup', 9, { ...joinRequest, protocols })
    const refused = kafka === 'never'
    expect(errorCode).toBe(refused ? errors.INCONSISTENT_GROUP_PROTOCOL.code : errors.MEMBER_ID_REQUIRED.code)
    const other = await ask(broker, 'JoinGroup', 9, {
      ...joinRequest,
      protocolType: 'connect',
      groupId: 'h',
      protocols,
    })
    expect(other.errorCode).toBe(errors.MEMBER_ID_REQUIRED.code)
  })

  test('says so while it is loading, and when it is not the coordinator', async () => {
    const coordinator = new TestCoordinator({ topics: [topic] })
    const answers = async () => [
      (await ask(coordinator, 'JoinGroup', 9, joinRequest)).errorCode,
      (await ask(coordinator, 'SyncGroup', 3, { groupId: 'g' })).errorCode,
      (await ask(coordinator, 'Heartbeat', 4, { groupId: 'g' })).errorCode,
      (await ask(coordinator, 'LeaveGroup', 5, { groupId: 'g', members: [{ memberId: 'm' }] })).errorCode,
      codeOf(await ask(coordinator, 'OffsetCommit', 9, commitOf(0, 1))),
      (await ask(coordinator, 'OffsetFetch', 9, fetchAll)).groups[0].errorCode,
      (await ask(coordinator, 'OffsetFetch', 9, { ...fetchAll, requireStable: true })).groups[0].errorCode,
      (await ask(coordinator, 'OffsetDelete', 0, { groupId: 'g' })).errorCode,
      (await ask(coordinator, 'DescribeGroups', 6, { groups: ['g'] })).groups[0].errorCode,
      (await ask(coordinator, 'DeleteGroups', 2, { groupsNames: ['g'] })).results[0].errorCode,
    ]
    const { NOT_COORDINATOR, COORDINATOR_LOAD_IN_PROGRESS, COORDINATOR_NOT_AVAILABLE } = errors
    expect(await answers()).toEqual(Array(10).fill(NOT_COORDINATOR.code))
    expect(await ask(coordinator, 'ListGroups', 5, {})).toMatchObject({ errorCode: 0, groups: [] })
    // A read that does not end keeps it loading.
    const { memory } = coordinator.partitions[0]!
    memory.append(buildBatch([groupRecordCodec.encode(offsetTombstone({ group: 'x', topic: 't', partition: 0 }))]))
    memory.readBytes = () => new Promise(() => {})
    void coordinator.groups.onLeadership(0, 1)
    const loading = Array(10).fill(COORDINATOR_LOAD_IN_PROGRESS.code)
    // Nothing can be said against a member yet.
    loading[2] = 0
    expect(await answers()).toEqual(loading)
    expect((await ask(coordinator, 'ListGroups', 5, {})).errorCode).toBe(COORDINATOR_LOAD_IN_PROGRESS.code)
    await coordinator.groups.close()
    expect(await answers()).toEqual(Array(10).fill(COORDINATOR_NOT_AVAILABLE.code))
  })

  test('sends everybody away when another broker takes over', async () => {
    const parked = groupHandlers.get('JoinGroup')!.handle(broker.context(3), decodedJoin(3) as never)
    await broker.clock.run()
    broker.groups.onResignation(0)
    expect(await parked).toMatchObject({ errorCode: errors.NOT_COORDINATOR.code })
    expect((await ask(broker, 'Heartbeat', 4, { groupId: 'g' })).errorCode).toBe(errors.NOT_COORDINATOR.code)
    // It comes back: what was written is there.
    await broker.groups.onLeadership(0, 2)
    expect((await ask(broker, 'ListGroups', 5, {})).groups[0].groupId).toBe('g')
  })

  test('members of a group that is taken back are told to begin anew', async () => {
    broker.partitions[0]!.memory.refusal = errors.NOT_ENOUGH_REPLICAS
    const commit = ask(broker, 'OffsetCommit', 9, commitOf(0, 1))
    const join = groupHandlers.get('JoinGroup')!.handle(broker.context(3), decodedJoin(3) as never)
    expect(codeOf(await commit)).toBe(errors.COORDINATOR_NOT_AVAILABLE.code)
    expect(await join).toMatchObject({ errorCode: errors.COORDINATOR_NOT_AVAILABLE.code })
    expect((await ask(broker, 'ListGroups', 5, {})).groups).toEqual([])
  })

  test('gives out no more member ids than its limit while nobody uses them', async () => {
    const codes = new Map<number, number>()
    for (let count = 0; count < 10_001; count++) {
      const answer = await groupHandlers.get('JoinGroup')!.handle(broker.context(9), decodedJoin(9) as never)
      const { errorCode } = answer as Fields
      codes.set(errorCode, (codes.get(errorCode) ?? 0) + 1)
    }
    const { MEMBER_ID_REQUIRED, COORDINATOR_NOT_AVAILABLE } = errors
    expect([...codes]).toEqual([
      [MEMBER_ID_REQUIRED.code, 10_000],
      [COORDINATOR_NOT_AVAILABLE.code, 1],
    ])
    // Those that are not used make room again.
    await broker.clock.run(10_000)
    expect((await ask(broker, 'JoinGroup', 9, joinRequest)).errorCode).toBe(MEMBER_ID_REQUIRED.code)
  })
})

const decodedJoin = (version: number) => {
  const api = apis.find(({ name }) => name === 'JoinGroup')!
  return decode(api.request, version, encode(api.request, version, joinRequest))
}

describe('topics', () => {
  test('that do not exist keep no offsets, each partition for itself', async () => {
    const broker = await new TestCoordinator({ topics: [topic] }).start()
    const partitions = [
      { partitionIndex: 0, committedOffset: 1 },
      { partitionIndex: 9, committedOffset: 1 },
    ]
    const request = {
      groupId: 'g',
      topics: [
        { name: 't', partitions },
        { name: 'none', partitions },
      ],
    }
    const [unknown, ok] = [errors.UNKNOWN_TOPIC_OR_PARTITION.code, 0]
    expect((await ask(broker, 'OffsetCommit', 9, request)).topics).toMatchObject([
      {
        name: 't',
        partitions: [
          { partitionIndex: 9, errorCode: unknown },
          { partitionIndex: 0, errorCode: ok },
        ],
      },
      {
        name: 'none',
        partitions: [
          { partitionIndex: 0, errorCode: unknown },
          { partitionIndex: 9, errorCode: unknown },
        ],
      },
    ])
    expect((await ask(broker, 'OffsetDelete', 0, request)).topics).toMatchObject([
      {
        name: 't',
        partitions: [
          { partitionIndex: 9, errorCode: unknown },
          { partitionIndex: 0, errorCode: ok },
        ],
      },
      { name: 'none', partitions: [{ errorCode: unknown }, { errorCode: unknown }] },
    ])
    // The group's error does not get that far.
    expect(
      codeOf(await ask(broker, 'OffsetCommit', 9, { ...commitOf(0, 1, 'none'), generationIdOrMemberEpoch: 7 })),
    ).toBe(unknown)
  })

  test('by id: those that are not known, and those that have been deleted and created again', async () => {
    const [other, unknownId] = ['y5asSyDaRgy74n8yJSG_2g', 'woPStTFQSBWJxaC2T_wBNw']
    const content = [batchOf(committed('g', 't', 0, 5, other)), batchOf(committed('g', 't', 1, 6, topic.id))]
    const partitions = [new MemoryPartition(new MemoryLog({ content, autoCommit: true }))]
    const broker = await new TestCoordinator({ topics: [topic], partitions }).start()
    const topics = [topic.id, unknownId].map(topicId => ({ topicId, partitionIndexes: [0, 1] }))
    const { groups } = await ask(broker, 'OffsetFetch', 10, { groups: [{ groupId: 'g', topics }] })
    const unknown = errors.UNKNOWN_TOPIC_ID.code
    expect(groups[0].topics).toMatchObject([
      {
        topicId: topic.id,
        partitions: [
          { committedOffset: -1, errorCode: 0 },
          { committedOffset: 6, errorCode: 0 },
        ],
      },
      { topicId: unknownId, partitions: [{ committedOffset: -1, errorCode: unknown }, { errorCode: unknown }] },
    ])
    const partition = { partitionIndex: 1, committedOffset: 8 }
    const commit = {
      groupId: 'g',
      topics: [unknownId, topic.id].map(topicId => ({ topicId, partitions: [partition] })),
    }
    expect((await ask(broker, 'OffsetCommit', 10, commit)).topics).toMatchObject([
      { topicId: unknownId, partitions: [{ errorCode: unknown }] },
      { topicId: topic.id, partitions: [{ errorCode: 0 }] },
    ])
    // Deleting the topic that there is now leaves what was committed for the other one.
    await broker.deleteTopic('t')
    expect(tombstones(broker)).toEqual(['t-1'])
  })
})

describe('transactions that Kafka left in the log', () => {
  const marker = (type: 'COMMIT' | 'ABORT', producerId: number) =>
    buildBatch([encodeControlRecord({ type, coordinatorEpoch: 0 })], { ...transactional, producerId, control: true })

  async function loaded(content: readonly Buffer[], settings: [string, string][] = []): Promise<TestCoordinator> {
    const log = new MemoryLog({ autoCommit: true })
    for (const batch of content) log.append(batch)
    return new TestCoordinator({ topics: [topic], partitions: [new MemoryPartition(log)], settings }).start()
  }

  test('count when they are committed, and by the order of their records', async () => {
    const broker = await loaded([
      batchOf(committed('g', 't', 0, 1), 7),
      batchOf(committed('g', 't', 1, 1), 8),
      batchOf(committed('g', 't', 0, 2)),
      marker('COMMIT', 7),
      marker('ABORT', 8),
    ])
    const { groups } = await ask(broker, 'OffsetFetch', 9, { ...fetchAll, requireStable: true })
    expect(groups[0].topics[0].partitions).toMatchObject([{ partitionIndex: 0, committedOffset: 2 }])
  })

  test('are unstable until they end, keep their group, and go with their topic', async () => {
    const settings: [string, string][] = [
      ['offsets.retention.minutes', '1'],
      ['offsets.retention.check.interval.ms', '60000'],
    ]
    const broker = await loaded([batchOf(committed('g', 't', 0, 1)), batchOf(committed('g', 't', 0, 2), 7)], settings)
    const offsetOf = async (requireStable: boolean) => {
      const { groups } = await ask(broker, 'OffsetFetch', 9, { ...fetchAll, requireStable })
      return groups[0].topics[0].partitions[0]
    }
    expect(await offsetOf(false)).toMatchObject({ committedOffset: 1, errorCode: 0 })
    expect(await offsetOf(true)).toMatchObject({ committedOffset: -1, errorCode: errors.UNSTABLE_OFFSET_COMMIT.code })
    await broker.clock.run(10 * 60_000)
    expect(tombstones(broker)).toEqual([])
    await broker.deleteTopic('t')
    expect(tombstones(broker)).toEqual(['t-0'])
    expect((await ask(broker, 'OffsetFetch', 9, fetchAll)).groups[0].topics).toEqual([])
  })

  test('are deleted with their group, also where nothing else was committed', async () => {
    const broker = await loaded([batchOf(committed('g', 't', 1, 2), 7)])
    await ask(broker, 'DeleteGroups', 2, { groupsNames: ['g'] })
    expect(tombstones(broker)).toEqual(['t-1', 'g'])
  })
})

const transactional = { transactional: true, producerEpoch: 0 }

function committed(group: string, name: string, partition: number, offset: number, topicId = topic.id): GroupRecord {
  const value: Omit<CommittedOffset, 'recordOffset'> = {
    offset,
    leaderEpoch: -1,
    metadata: '',
    commitMs: 0,
    expireMs: null,
    topicId,
  }
  return offsetRecord({ group, topic: name, partition }, value)
}

function batchOf(record: GroupRecord, producerId?: number): Buffer {
  return buildBatch([groupRecordCodec.encode(record)], producerId === undefined ? {} : { ...transactional, producerId })
}

/** What was deleted since the start, in order. */
function tombstones(broker: TestCoordinator): string[] {
  const { memory } = broker.partitions[0]!
  return memory.records().flatMap(({ key, value }) => {
    const record = groupRecordCodec.decode(key, value) as GroupRecord
    if (value !== null || typeof record === 'number') return []
    return record.type === 'offsetCommit' ? [`${record.key.topic}-${record.key.partition}`] : ['g']
  })
}
