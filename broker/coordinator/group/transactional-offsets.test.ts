import { beforeEach, expect, test } from 'vitest'
import { type ErrorName, errorName, errors, type ProtocolError } from '../../../protocol/errors.ts'
import { consumerGroupHeartbeat } from '../../../protocol/messages/consumer-group-heartbeat.ts'
import { isTransactional, producerIdOf } from '../../../protocol/records/batch-header.ts'
import { decode, encode } from '../../../protocol/wire/schema.ts'
import { MemoryLog } from '../testing/memory-log.ts'
import { MemoryPartition } from '../testing/memory-partition.ts'
import { TestCoordinator } from '../testing/test-coordinator.ts'

const topics = [{ name: 't', id: 'y5asSyDaRgy74n8yJSG_2g', partitionCount: 2 }]
let log: MemoryLog
let broker: TestCoordinator

beforeEach(async () => {
  log = new MemoryLog({ autoCommit: true })
  broker = await new TestCoordinator({ topics, partitions: [new MemoryPartition(log)] }).start()
})

interface Commit {
  readonly producerId?: number
  readonly producerEpoch?: number
  readonly generationId?: number
  readonly memberId?: string
  readonly metadata?: string
  readonly groupId?: string
}

async function commit(committedOffset: number, more: Commit = {}): Promise<string> {
  const { producerId = 7, producerEpoch = 0, generationId = -1, memberId = '', metadata = '', groupId = 'g' } = more
  const partition = { partitionIndex: 0, committedOffset, committedLeaderEpoch: -1, committedMetadata: metadata }
  const answer = broker.groups.txnOffsetCommit(
    broker.context(5),
    {
      transactionalId: 'app',
      groupId,
      producerId,
      producerEpoch,
      generationId,
      memberId,
      groupInstanceId: null,
      topics: [{ name: 't', partitions: [partition] }],
    },
    undefined,
  )
  await broker.clock.run()
  const got = await answer
  return 'error' in got ? errorName(got.error.code)! : errorName(got.topics![0]!.partitions![0]!.errorCode!)!
}

async function end(producerId: number, committed: boolean, producerEpoch = 1): Promise<ErrorName> {
  const marker = { producerId, producerEpoch, coordinatorEpoch: 0, committed, transactionVersion: 2 }
  const ended: Promise<ProtocolError> = broker.groups.endTransaction(0, marker)
  await broker.clock.run()
  return errorName((await ended).code) as ErrorName
}

async function offset(requireStable: boolean): Promise<number | string> {
  const group = {
    groupId: 'g',
    memberId: null,
    memberEpoch: -1,
    topics: [{ name: 't', topicId: topics[0]!.id, partitionIndexes: [0] }],
  }
  const fetched = broker.groups.offsetFetch(broker.context(9), group, requireStable)
  await broker.clock.run()
  const got = await fetched
  if ('error' in got) return errorName(got.error.code)!
  const partition = got.topics![0]!.partitions![0]!
  return partition.errorCode === 0 ? Number(partition.committedOffset) : errorName(partition.errorCode!)!
}

test('an offset is pending until its transaction ends', async () => {
  expect(await commit(5)).toBe('NONE')
  expect([isTransactional(log.batches[0]!), producerIdOf(log.batches[0]!)]).toEqual([true, 7])
  expect([await offset(false), await offset(true)]).toEqual([-1, 'UNSTABLE_OFFSET_COMMIT'])
  expect(await end(7, true)).toBe('NONE')
  expect([await offset(false), await offset(true)]).toEqual([5, 5])
  await commit(9, { producerEpoch: 1 })
  await end(7, false, 2)
  expect([await offset(false), await offset(true)]).toEqual([5, 5])
  // A marker for what nobody began.
  expect(await end(8, true)).toBe('NONE')
})

test('and so after a crash, of either kind', async () => {
  await commit(5)
  await commit(6, { producerId: 8 })
  await end(8, false)
  log = log.crashed()
  log.autoCommit = true
  broker = await new TestCoordinator({ topics, partitions: [new MemoryPartition(log)] }).start()
  expect([await offset(false), await offset(true)]).toEqual([-1, 'UNSTABLE_OFFSET_COMMIT'])
  await end(7, true)
  expect(await offset(true)).toBe(5)
})

test('what was not let in, or whose marker was refused, changes nothing', async () => {
  log.refusal = errors.INVALID_TXN_STATE
  expect(await commit(5)).toBe('INVALID_TXN_STATE')
  log.refusal = undefined
  expect(await offset(true)).toBe(-1)
  await commit(5)
  log.refusal = errors.TRANSACTION_COORDINATOR_FENCED
  expect(await end(7, true)).toBe('TRANSACTION_COORDINATOR_FENCED')
  log.refusal = undefined
  expect(await offset(true)).toBe('UNSTABLE_OFFSET_COMMIT')
})

test('members that the group does not have, and generations that it is not in, are refused', async () => {
  expect(await commit(5, { groupId: '' })).toBe('INVALID_GROUP_ID')
  expect(await commit(5, { generationId: 3, memberId: 'm' })).toBe('ILLEGAL_GENERATION')
  expect(await commit(5)).toBe('NONE')
  expect(await commit(5, { generationId: 3, memberId: 'm' })).toBe('UNKNOWN_MEMBER_ID')
  expect(await commit(5, { metadata: 'x'.repeat(4097) })).toBe('OFFSET_METADATA_TOO_LARGE')
})

test("members of the new protocol commit with their epoch; a stale one is told what a classic member's generation is", async () => {
  const join = { groupId: 'g', memberId: 'm', memberEpoch: 0, rebalanceTimeoutMs: 1000, subscribedTopicNames: ['t'] }
  const request = { ...join, topicPartitions: [] }
  const asked = decode(consumerGroupHeartbeat.request, 1, encode(consumerGroupHeartbeat.request, 1, request))
  const joined = broker.groups.consumerGroupHeartbeat(broker.context(1), asked)
  await broker.clock.run()
  const { memberEpoch } = (await joined) as { memberEpoch: number }
  expect(memberEpoch).toBeGreaterThan(0)
  expect(await commit(5, { generationId: memberEpoch, memberId: 'm' })).toBe('NONE')
  expect(await commit(6, { generationId: memberEpoch + 1, memberId: 'm' })).toBe('ILLEGAL_GENERATION')
  expect(await commit(6, { generationId: memberEpoch, memberId: 'other' })).toBe('UNKNOWN_MEMBER_ID')
  expect(await commit(6), 'a producer that knows nothing of members').toBe('NONE')
})
