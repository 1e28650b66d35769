// A partition of __consumer_offsets with a damaged record: its groups are refused, in one line the log says where and why, and
// those of other partitions go on.

import { expect, test } from 'vitest'
import { errors } from '../../../protocol/errors.ts'
import { buildBatch } from '../../../protocol/records/batch-builder.ts'
import { computedCrcOf } from '../../../protocol/records/batch-header.ts'
import { records } from '../../../protocol/records/records.ts'
import { zeroUuid } from '../../../protocol/wire/uuid.ts'
import { coordinatorPartition } from '../runtime/java-hash.ts'
import { MemoryLog } from '../testing/memory-log.ts'
import { MemoryPartition } from '../testing/memory-partition.ts'
import { TestCoordinator } from '../testing/test-coordinator.ts'
import { offsetRecord } from './committed-offset.ts'
import { groupRecordCodec } from './group-record.ts'

const groupIn = (partition: number): string => {
  for (let n = 0; ; n++) if (coordinatorPartition(`group-${n}`, 3) === partition) return `group-${n}`
}

function contentOf(partition: number): Buffer {
  const place = { group: groupIn(partition), topic: 't', partition: 0 }
  const committed = { offset: 7, leaderEpoch: -1, metadata: '', commitMs: 1000, expireMs: null, topicId: zeroUuid }
  return buildBatch([{ ...groupRecordCodec.encode(offsetRecord(place, committed)), timestamp: 1000 }])
}

/** Sets the byte of the first record's value; with the checksum made right, or not. */
function damaged(batch: Buffer, at: number, byte: number, repairsChecksum: boolean): Buffer {
  const [record] = [...records(batch)]
  record!.value![at] = byte
  if (repairsChecksum) batch.writeUInt32BE(computedCrcOf(batch), 17)
  return batch
}

test.each([
  // Of the value: the version, int16; then the offset, int64.
  {
    what: 'a version that does not exist',
    at: 0,
    byte: 0x7f,
    repairs: true,
    reason: /the record at offset 0 .*version/,
  },
  {
    what: 'the same, and the checksum tells',
    at: 0,
    byte: 0x7f,
    repairs: false,
    reason: /the batch at offset 0 .*checksum/,
  },
  // Kafka 4.3.0 does not look at the checksum, and goes on from a wrong offset.
  {
    what: 'another offset, and only the checksum tells',
    at: 9,
    byte: 99,
    repairs: false,
    reason: /the batch at offset 0 .*checksum/,
  },
])('$what', async ({ at, byte, repairs, reason }) => {
  const lines: string[] = []
  const say = (_fields: object, text: string) => void lines.push(text)
  const nothing = () => {}
  const logger = { debug: nothing, info: nothing, warn: say, error: say }
  const contents = [0, 1, 2].map(contentOf)
  damaged(contents[1]!, at, byte, repairs)
  const partitions = contents.map(batch => new MemoryPartition(new MemoryLog({ content: [batch], autoCommit: true })))
  const broker = await new TestCoordinator({ partitions, logger }).start()
  const offsetOf = async (groupId: string) => {
    const request = { groupId, memberId: null, memberEpoch: -1, topics: null }
    const answer = await broker.groups.offsetFetch(broker.context(9), request, false)
    return 'error' in answer ? answer.error : Number(answer.topics?.[0]?.partitions?.[0]?.committedOffset)
  }
  expect(await Promise.all([0, 1, 2].map(groupIn).map(offsetOf))).toEqual([7, errors.NOT_COORDINATOR, 7])
  expect([...broker.groups.runtime.partitionCounts]).toEqual([
    ['loading', 0],
    ['active', 2],
    ['failed', 1],
  ])
  expect(lines).toHaveLength(1)
  expect(lines[0]).toMatch(/^coordinator of __consumer_offsets-1 could not load: /)
  expect(lines[0]).toMatch(reason)
  expect(lines[0]).toMatch(/NOT_COORDINATOR until .*: stop the broker and put a sound copy .*, or remove the directory/)
})
