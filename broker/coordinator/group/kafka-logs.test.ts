// Partitions of __consumer_offsets as a Kafka 4.3.0 broker left them (compacted, with transactions, and with groups of all
// protocols): what Kafka's own admin client saw in them is what ours answers.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { beforeAll, describe, expect, test } from 'vitest'
import { joinGroup } from '../../../protocol/messages/join-group.ts'
import { isControlBatch } from '../../../protocol/records/batch-header.ts'
import { batches } from '../../../protocol/records/batches.ts'
import { records } from '../../../protocol/records/records.ts'
import { decode, encode } from '../../../protocol/wire/schema.ts'
import { groupHandlers } from '../testing/group-handlers.ts'
import { MemoryLog } from '../testing/memory-log.ts'
import { MemoryPartition } from '../testing/memory-partition.ts'
import { TestCoordinator } from '../testing/test-coordinator.ts'
import { groupRecordCodec } from './group-record.ts'

interface ObservedGroup {
  readonly groupId: string
  readonly type: string
  readonly protocol: string
  readonly state: string
  readonly offsets: readonly {
    topic: string
    partition: number
    offset: number
    metadata: string
    leaderEpoch: number
  }[]
}
interface LeftByKafka {
  /** By partition: the segments in base64. */
  readonly logs: { readonly [partition: string]: readonly string[] }
  readonly groups: readonly ObservedGroup[]
}

const file = join(import.meta.dirname, '../testdata/consumer-offsets-clean.json.gz')
const left = JSON.parse(gunzipSync(readFileSync(file)).toString('utf8')) as LeftByKafka
const segments = Object.values(left.logs).map(log => log.map(segment => Buffer.from(segment, 'base64')))
const foreign = left.groups.filter(({ type }) => type === 'Share' || type === 'Streams')
const consumers = left.groups.filter(({ type }) => type === 'Consumer')

describe('groups that Kafka left', () => {
  let broker: TestCoordinator
  beforeAll(async () => {
    const partitions = segments.map(content => new MemoryPartition(new MemoryLog({ content, autoCommit: true })))
    broker = await new TestCoordinator({ partitions }).start()
  })

  test('are listed as Kafka lists them', async () => {
    const { groups } = await broker.groups.listGroups(broker.context(5), { statesFilter: [], typesFilter: [] })
    const ours = groups!.map(({ groupId, groupType, protocolType, groupState }) => [
      groupId,
      groupType,
      protocolType,
      groupState,
    ])
    const kafkas = left.groups.map(({ groupId, type, protocol, state }) => [
      groupId,
      type.toLowerCase(),
      protocol,
      state,
    ])
    expect(ours.sort()).toEqual(kafkas.sort())
    expect(ours.length).toBe(10)
  })

  test.each(left.groups.map(group => [group.groupId, group] as const))(
    '%s has the offsets that it had',
    async (groupId, group) => {
      const request = { groupId, memberId: null, memberEpoch: -1, topics: null }
      for (const isStable of [false, true]) {
        const fetched = await broker.groups.offsetFetch(broker.context(9), request, isStable)
        if ('error' in fetched) throw new Error(`refused with ${fetched.error.code}`)
        const offsets = fetched.topics!.flatMap(({ name, partitions }) =>
          partitions!.map(({ partitionIndex, committedOffset, metadata, committedLeaderEpoch }) => {
            return {
              topic: name,
              partition: partitionIndex,
              offset: committedOffset,
              metadata,
              leaderEpoch: committedLeaderEpoch,
            }
          }),
        )
        const byPlace = (one: { topic?: string; partition?: number }, other: typeof one) =>
          `${one.topic}-${one.partition}` < `${other.topic}-${other.partition}` ? -1 : 1
        expect(offsets.sort(byPlace)).toEqual([...group.offsets].sort(byPlace))
      }
    },
  )

  test.each(foreign.map(group => group.groupId))('%s is kept, not served', async groupId => {
    const lengths = broker.partitions.map(({ memory }) => memory.nextOffset)
    const ask = async (name: string, version: number, request: object) => {
      const { handle } = groupHandlers.get(name)!
      return (await handle(broker.context(version), request as never)) as Record<string, unknown>
    }
    const protocols = [{ name: 'range', metadata: Buffer.alloc(0) }]
    const join = decode(
      joinGroup.request,
      9,
      encode(joinGroup.request, 9, { groupId, sessionTimeoutMs: 10_000, protocolType: 'consumer', protocols }),
    )
    expect(await ask('JoinGroup', 9, join)).toMatchObject({ errorCode: 23 })
    const member = { groupId, generationId: 1, memberId: 'm', groupInstanceId: null }
    expect(await ask('Heartbeat', 4, member)).toMatchObject({ errorCode: 25 })
    expect(
      await ask('SyncGroup', 4, { ...member, protocolType: null, protocolName: null, assignments: [] }),
    ).toMatchObject({ errorCode: 25 })
    expect(await ask('DescribeGroups', 6, { groups: [groupId] })).toMatchObject({
      groups: [{ errorCode: 69, errorMessage: `Group ${groupId} is not a classic group.`, groupState: 'Dead' }],
    })
    expect(await ask('DeleteGroups', 2, { groupsNames: [groupId] })).toMatchObject({ results: [{ errorCode: 35 }] })
    // Also when a month has passed.
    await broker.clock.run(31 * 86_400_000)
    const { groups } = await broker.groups.listGroups(broker.context(5), {
      statesFilter: [],
      typesFilter: ['SHARE', 'Streams'],
    })
    expect(groups!.map(group => group.groupId)).toContain(groupId)
    const written = broker.partitions.flatMap(({ memory }, index) =>
      memory.batches
        .filter(batch => Number(batch.readBigInt64BE(0)) >= lengths[index]!)
        .flatMap(batch => [...records(batch)]),
    )
    expect(written.filter(({ key }) => key!.includes(groupId))).toEqual([])
  })
})

describe('consumer groups that Kafka left', () => {
  test.each(consumers.map(({ groupId }) => groupId))('%s goes on, and is deleted', async groupId => {
    const partitions = segments.map(content => new MemoryPartition(new MemoryLog({ content, autoCommit: true })))
    const topics = [{ name: 'fresh', id: 'y5asSyDaRgy74n8yJSG_2g', partitionCount: 3 }]
    const settings = [['group.consumer.assignment.interval.ms', '0']] as const
    const broker = await new TestCoordinator({ partitions, topics, settings }).start()
    const ask = async (name: string, version: number, request: object) => {
      const { handle, api } = groupHandlers.get(name)!
      const asked = decode(api.request, version, encode(api.request, version, request))
      const answer = handle(broker.context(version), asked as never)
      await broker.clock.run(1)
      return (await answer) as { errorCode?: number; memberEpoch?: number; results?: object[] }
    }
    const [before] = broker.groups.consumerGroupDescribe(broker.context(1), [groupId])
    const joining = { rebalanceTimeoutMs: 1000, subscribedTopicNames: ['fresh'], topicPartitions: [] }
    const joined = await ask('ConsumerGroupHeartbeat', 1, { groupId, memberId: 'm', memberEpoch: 0, ...joining })
    expect(joined).toMatchObject({ errorCode: 0, memberEpoch: before!.groupEpoch! + 1 })
    expect(await ask('DeleteGroups', 2, { groupsNames: [groupId] })).toMatchObject({ results: [{ errorCode: 68 }] })
    const left = await ask('ConsumerGroupHeartbeat', 1, { groupId, memberId: 'm', memberEpoch: -1 })
    expect(left).toMatchObject({ errorCode: 0, memberEpoch: -1 })
    expect(await ask('DeleteGroups', 2, { groupsNames: [groupId] })).toMatchObject({ results: [{ errorCode: 0 }] })
    const again = await new TestCoordinator({ partitions }).start()
    const { groups } = await again.groups.listGroups(again.context(5), { statesFilter: [], typesFilter: [] })
    expect(groups!.map(group => group.groupId)).not.toContain(groupId)
    expect(groups!.length).toBe(9)
  })
})

test('every record that Kafka wrote is written by us in the same bytes', () => {
  const counts: Record<string, number> = {}
  for (const batch of segments.flat().flatMap(segment => [...batches(segment)])) {
    if (isControlBatch(batch)) continue
    for (const { key, value } of records(batch)) {
      const record = groupRecordCodec.decode(key, value)
      if (typeof record === 'number') throw new Error(`record type ${record}`)
      expect(groupRecordCodec.encode(record)).toEqual({ key, value })
      counts[record.type] = (counts[record.type] ?? 0) + 1
    }
  }
  expect(counts).toMatchObject({ offsetCommit: expect.any(Number), groupMetadata: expect.any(Number) })
  expect(Object.values(counts).reduce((sum, count) => sum + count)).toBeGreaterThan(60)
})
