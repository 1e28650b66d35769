// Reads a partition as a consumer does, under either isolation level: what it would hand to its application.

import { fetch } from '../../protocol/messages/fetch.ts'
import { isControlBatch, isTransactional, lastOffsetOf, producerIdOf } from '../../protocol/records/batch-header.ts'
import { batches, checkBatch } from '../../protocol/records/batches.ts'
import { decodeControlRecord } from '../../protocol/records/control-record.ts'
import type { RecordView } from '../../protocol/records/record.ts'
import { records } from '../../protocol/records/records.ts'
import { check, type Requests, type Topic, untilPassed } from '../disk-swap/requests.ts'

const partitionMaxBytes = 1 << 20

export interface PartitionRead {
  readonly topic: Topic
  readonly partition: number
  /** As of ListOffsets: the earliest. */
  readonly from: number
  readonly isolationLevel: 0 | 1
}

export interface ReadRecord {
  readonly record: RecordView
  /** Of a batch that readers do not see: a transaction marker. */
  readonly control: boolean
}

export interface PartitionContent {
  readonly highWatermark: number
  readonly lastStableOffset: number
  readonly records: readonly ReadRecord[]
}

/** All records from an offset on, of committed transactions only when asked so. */
export async function readPartition(requests: Requests, read: PartitionRead): Promise<PartitionContent> {
  const found: ReadRecord[] = []
  for (let offset = read.from; ; ) {
    const answer = await untilPassed(() => fetchAt(requests, read, offset))
    const visible = visibleBatches(answer.records ?? Buffer.alloc(0), answer.abortedTransactions ?? [])
    for (const { batch, isVisible } of visible) {
      const control = isControlBatch(batch)
      const inside = [...records(batch)].filter(record => record.offset >= read.from)
      if (isVisible) found.push(...inside.map(record => ({ record, control })))
      offset = lastOffsetOf(batch) + 1
    }
    if (visible.length > 0) continue
    const { highWatermark, lastStableOffset } = answer
    return { highWatermark: Number(highWatermark), lastStableOffset: Number(lastStableOffset), records: found }
  }
}

async function fetchAt(requests: Requests, { topic, partition, isolationLevel }: PartitionRead, fetchOffset: number) {
  const topics = [{ topicId: topic.id, partitions: [{ partition, fetchOffset, partitionMaxBytes }] }]
  const answer = await requests.send(fetch, 17, { maxWaitMs: 0, minBytes: 1, isolationLevel, topics })
  check('Fetch', answer.errorCode)
  const [result] = answer.responses[0]!.partitions
  check(`Fetch of ${topic.name}-${partition} at ${fetchOffset}`, result!.errorCode)
  return result!
}

interface Aborted {
  readonly producerId: number | bigint
  readonly firstOffset: number | bigint
}

/** A batch of an aborted transaction lies between the transaction's first offset and its marker. */
function visibleBatches(bytes: Buffer, abortedTransactions: readonly Aborted[]) {
  const waiting = [...abortedTransactions].sort((a, b) => Number(a.firstOffset) - Number(b.firstOffset))
  const aborting = new Set<number | bigint>()
  return [...batches(bytes)].map(batch => {
    checkBatch(batch)
    while (waiting[0] && waiting[0].firstOffset <= lastOffsetOf(batch)) aborting.add(waiting.shift()!.producerId)
    const producerId = producerIdOf(batch)
    if (isControlBatch(batch) && isAbort(batch)) aborting.delete(producerId)
    return { batch, isVisible: !(isTransactional(batch) && !isControlBatch(batch) && aborting.has(producerId)) }
  })
}

function isAbort(batch: Buffer): boolean {
  const [marker] = records(batch)
  return marker !== undefined && decodeControlRecord(marker.key, marker.value).type === 'ABORT'
}
