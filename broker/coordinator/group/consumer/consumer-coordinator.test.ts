// What the coordinator makes of a log around consumer groups: records of older and newer versions, records that contradict each
// other; and when the protocol is off. What happens inside a group stands in the transcripts.

import { expect, test } from 'vitest'
import type { Logger } from '../../../../io/logger.ts'
import { silentLogger } from '../../../../io/logger.ts'
import { errors } from '../../../../protocol/errors.ts'
import { consumerGroupHeartbeat } from '../../../../protocol/messages/consumer-group-heartbeat.ts'
import { buildBatch } from '../../../../protocol/records/batch-builder.ts'
import { decode, encode } from '../../../../protocol/wire/schema.ts'
import { MemoryLog } from '../../testing/memory-log.ts'
import { MemoryPartition } from '../../testing/memory-partition.ts'
import { TestCoordinator } from '../../testing/test-coordinator.ts'
import { type GroupRecord, groupRecordCodec } from '../group-record.ts'
import { newConsumerMember } from './consumer-member.ts'
import * as record from './consumer-records.ts'
import { topicsPerTurn } from './regular-expression.ts'

const topicId = 'y5asSyDaRgy74n8yJSG_2g'
const topic = { name: 't', id: topicId, partitionCount: 2 }
const member = {
  ...newConsumerMember('m'),
  memberEpoch: 3,
  rebalanceTimeoutMs: 1000,
  subscribedTopics: new Set(['t']),
  assigned: new Map([[topicId, new Map([[0, 3]])]]),
}
const group: readonly GroupRecord[] = [
  record.memberRecord('g', member),
  record.epochRecord('g', 3, 0n),
  record.targetRecord('g', 'm', new Map([[topicId, new Set([0])]])),
  record.targetEpochRecord('g', 3, 0),
  record.currentAssignmentRecord('g', member),
]

function logOf(records: readonly GroupRecord[]): MemoryLog {
  const log = new MemoryLog({ autoCommit: true })
  for (const each of records) log.append(buildBatch([groupRecordCodec.encode(each)]))
  return new MemoryLog({ content: log.batches, autoCommit: true })
}

async function loaded(
  log: MemoryLog,
  settings: readonly (readonly [string, string])[] = [],
  logger: Logger = silentLogger,
) {
  const partitions = [new MemoryPartition(log)]
  return new TestCoordinator({ partitions, topics: [topic], settings, logger }).start()
}

async function beat(broker: TestCoordinator, more: object) {
  const request = { groupId: 'g', memberId: 'm', memberEpoch: 3, ...more }
  const asked = decode(consumerGroupHeartbeat.request, 1, encode(consumerGroupHeartbeat.request, 1, request))
  const answer = broker.groups.consumerGroupHeartbeat(broker.context(1), asked)
  await broker.clock.run()
  return answer
}

const read = (log: MemoryLog) =>
  log.records().map(({ key, value }) => groupRecordCodec.decode(key, value) as GroupRecord)

test('topic metadata of versions before 4.1 is deleted with the next heartbeat', async () => {
  const key = { groupId: 'g' }
  const log = logOf([...group, { type: 'consumerGroupPartitionMetadata', key, value: { topics: [] }, version: 0 }])
  const broker = await loaded(log)
  expect(await beat(broker, {})).toMatchObject({ errorCode: 0, memberEpoch: 4 })
  const tombstones = read(log).filter(({ type, value }) => type === 'consumerGroupPartitionMetadata' && value === null)
  expect(tombstones.length).toBe(1)
  await beat(broker, { memberEpoch: 4 })
  expect(
    read(log).filter(({ type, value }) => type === 'consumerGroupPartitionMetadata' && value === null).length,
  ).toBe(1)
})

test('assignments of versions before 4.2 have the epoch of the member', async () => {
  const stored = record.currentAssignmentRecord('g', member)
  if (stored.type !== 'consumerGroupCurrentMemberAssignment') throw new Error(stored.type)
  const old = {
    ...stored,
    value: { ...stored.value!, assignedPartitions: [{ topicId, partitions: [0], assignmentEpochs: null }] },
  }
  const broker = await loaded(logOf([...group.slice(0, -1), old]))
  const commit = (epoch: number) =>
    broker.groups.offsetCommit(broker.context(9), {
      groupId: 'g',
      generationIdOrMemberEpoch: epoch,
      memberId: 'm',
      groupInstanceId: null,
      retentionTimeMs: -1,
      topics: [
        {
          name: 't',
          topicId,
          partitions: [{ partitionIndex: 0, committedOffset: 1, committedLeaderEpoch: -1, committedMetadata: '' }],
        },
      ],
    })
  const older = commit(2)
  const same = commit(3)
  await broker.clock.run()
  expect(await older).toEqual({ error: errors.STALE_MEMBER_EPOCH })
  expect(await same).toMatchObject({ topics: [{ partitions: [{ errorCode: 0 }] }] })
})

test('a member in a state that a newer version wrote gives everything up first', async () => {
  const stored = record.currentAssignmentRecord('g', member)
  if (stored.type !== 'consumerGroupCurrentMemberAssignment') throw new Error(stored.type)
  const newer = { ...stored, value: { ...stored.value!, state: 9 } }
  const broker = await loaded(logOf([...group.slice(0, -1), newer]))
  const owned = [{ topicId, partitions: [0] }]
  expect(await beat(broker, { topicPartitions: owned })).toMatchObject({ errorCode: errors.FENCED_MEMBER_EPOCH.code })
  expect(await beat(broker, { topicPartitions: [] })).toMatchObject({ errorCode: 0, memberEpoch: 4 })
})

test.each([
  ['a member that still has an assignment', { ...group[0]!, value: null } as GroupRecord],
  ['a group that still has members', { ...group[1]!, value: null } as GroupRecord],
  ['a target that still has members', { ...group[3]!, value: null } as GroupRecord],
  [
    'a partition that another member has',
    record.currentAssignmentRecord('g', { ...member, memberId: 'n', memberEpoch: 2 }),
  ],
])('a log that contradicts itself is not loaded: %s', async (_, contradiction) => {
  const lines: string[] = []
  const logger = { ...silentLogger, error: (_fields: object, text: string) => lines.push(text) } as unknown as Logger
  const broker = await loaded(logOf([...group, contradiction]), [], logger)
  expect(await beat(broker, {})).toMatchObject({ errorCode: errors.NOT_COORDINATOR.code })
  expect(lines.length).toBe(1)
  expect(lines[0]).toMatch(
    /could not load: the record at offset 5 of __consumer_offsets-0: .*(member|members|partition)/,
  )
})

test('the protocol can be off', async () => {
  const broker = await loaded(logOf(group), [['group.coordinator.rebalance.protocols', 'classic']])
  const unsupported = { errorCode: errors.UNSUPPORTED_VERSION.code }
  expect(await beat(broker, {})).toMatchObject(unsupported)
  expect(broker.groups.consumerGroupDescribe(broker.context(1), ['g'])).toMatchObject([unsupported])
})

test('more topics than are matched in one turn', async () => {
  const count = topicsPerTurn * 2 + 500
  const many = Array.from({ length: count }, (_, index) => {
    return { name: `many-${index}`, id: Buffer.from(`${index}`.padEnd(16)).toString('base64url'), partitionCount: 1 }
  })
  const settings = [['group.consumer.assignment.interval.ms', '0']] as const
  const broker = await new TestCoordinator({ topics: many, settings }).start()
  const joining = { memberEpoch: 0, rebalanceTimeoutMs: 1000, topicPartitions: [] }
  expect(await beat(broker, { ...joining, subscribedTopicRegex: 'many-.*' })).toMatchObject({ memberEpoch: 1 })
  const told = await beat(broker, { memberEpoch: 1 })
  expect(told.assignment!.topicPartitions!.length).toBe(count)
  const log = broker.partitions[0]!.memory
  const resolved = read(log).filter(({ type }) => type === 'consumerGroupRegularExpression')
  expect(resolved.length).toBe(1)
})

test('an assignment of the future, from before the clock was set back, does not hold up the next one', async () => {
  const ahead = 10_000_000_000_000
  const log = logOf(
    group.map(each =>
      each.type === 'consumerGroupTargetAssignmentMetadata' ? record.targetEpochRecord('g', 3, ahead) : each,
    ),
  )
  const broker = await loaded(log, [['group.consumer.assignment.interval.ms', '1000']])
  const joining = { memberId: 'n', memberEpoch: 0, rebalanceTimeoutMs: 1000, subscribedTopicNames: ['t'] }
  expect(await beat(broker, { ...joining, topicPartitions: [] })).toMatchObject({ errorCode: 0, memberEpoch: 4 })
})
