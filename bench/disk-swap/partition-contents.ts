// Everything that clients can find out about one partition: offsets, batches as they are stored, records, lookups by time
// and by leader epoch, and for transactions what a reader of committed records is told.

import { fetch } from '../../protocol/messages/fetch.ts'
import { offsetForLeaderEpoch } from '../../protocol/messages/offset-for-leader-epoch.ts'
import { readBatchHeader } from '../../protocol/records/batch-header.ts'
import { batches, checkBatch } from '../../protocol/records/batches.ts'
import type { RecordView } from '../../protocol/records/record.ts'
import { records } from '../../protocol/records/records.ts'
import type { Facts } from './facts.ts'
import { check, type Requests, type Topic, untilPassed } from './requests.ts'

const partitionMaxBytes = 4 << 20
const earliest = -2
const latest = -1
const largestTimestamp = -3

const readUncommitted = 0
const readCommitted = 1

interface Seen {
  readonly epochs: Set<number>
  readonly timestamps: number[]
  /** Of transactions: batches with records, and markers. */
  readonly transactional: { readonly producerId: string; readonly lastOffset: number; readonly isMarker: boolean }[]
}

/** Adds what there is to say about a partition. */
export async function readPartition(requests: Requests, topic: Topic, partition: number, facts: Facts): Promise<void> {
  const name = `${topic.name}-${partition}`
  await untilPassed(() => requests.listOffset(topic.name, partition, latest))
  for (const isolationLevel of [readUncommitted, readCommitted]) {
    const { offset } = await requests.listOffset(topic.name, partition, latest, isolationLevel)
    facts.set(`${name} end at isolation level ${isolationLevel}`, String(offset))
  }
  const start = (await requests.listOffset(topic.name, partition, earliest)).offset
  const end = (await requests.listOffset(topic.name, partition, latest)).offset
  facts.set(`${name} start`, String(start))
  const seen: Seen = { epochs: new Set(), timestamps: [], transactional: [] }
  for (let offset = start; offset < end; ) {
    const bytes = await fetchBytes(requests, topic, partition, offset)
    offset = addBatches(name, bytes, offset, seen, facts)
  }
  await addLookups(requests, topic, partition, seen, facts)
  if (seen.transactional.length > 0) await addAborted(requests, topic, partition, start, seen, facts)
}

async function fetchPartition(requests: Requests, topic: Topic, partition: number, offset: number, isolationLevel = 0) {
  const partitions = [{ partition, fetchOffset: offset, partitionMaxBytes }]
  const topics = [{ topicId: topic.id, partitions }]
  const answer = await requests.send(fetch, 17, { maxWaitMs: 0, minBytes: 1, isolationLevel, topics })
  check('Fetch', answer.errorCode)
  const [result] = answer.responses[0]!.partitions
  check(`Fetch of ${topic.name}-${partition} at ${offset}`, result!.errorCode)
  return result!
}

async function fetchBytes(requests: Requests, topic: Topic, partition: number, offset: number): Promise<Buffer> {
  const { records: bytes } = await untilPassed(() => fetchPartition(requests, topic, partition, offset))
  if (!bytes || bytes.length === 0) {
    throw new Error(`Fetch of ${topic.name}-${partition} at ${offset}: nothing, though the partition ends later`)
  }
  return bytes
}

/** Answers the offset behind the last batch. */
function addBatches(name: string, bytes: Buffer, fetchOffset: number, seen: Seen, facts: Facts): number {
  let next = fetchOffset
  for (const batch of batches(bytes)) {
    checkBatch(batch)
    const header = readBatchHeader(batch)
    const { baseOffset, lastOffset, partitionLeaderEpoch, ...rest } = header
    facts.set(`${name} batch ${baseOffset}`, `to ${lastOffset} epoch ${partitionLeaderEpoch} ${JSON.stringify(rest)}`)
    for (const record of records(batch)) {
      facts.set(`${name} record ${record.offset}`, describeRecord(record))
      seen.timestamps.push(Number(record.timestamp))
    }
    seen.epochs.add(partitionLeaderEpoch)
    if (header.transactional && header.count > 0) {
      seen.transactional.push({ producerId: String(header.producerId), lastOffset, isMarker: header.control })
    }
    next = lastOffset + 1
  }
  if (next === fetchOffset) throw new Error(`Fetch of ${name} at ${fetchOffset}: not one whole batch`)
  return next
}

export function describeRecord({ timestamp, sequence, key, value, headers }: RecordView): string {
  const text = (bytes: Buffer | null) => (bytes === null ? 'null' : bytes.toString('base64'))
  const shown = headers.map(header => `${header.key}=${text(header.value)}`).join(',')
  return `${timestamp} ${sequence} ${text(key)} ${text(value)} [${shown}]`
}

async function addLookups(
  requests: Requests,
  topic: Topic,
  partition: number,
  seen: Seen,
  facts: Facts,
): Promise<void> {
  const name = `${topic.name}-${partition}`
  const sorted = seen.timestamps.sort((a, b) => a - b)
  const among = [0, 0.3, 0.5, 0.9, 1]
    .map(part => sorted[Math.floor(part * (sorted.length - 1))])
    .filter(Number.isFinite)
  for (const timestamp of new Set([largestTimestamp, 0, ...among.flatMap(time => [time!, time! + 1])])) {
    const { offset, timestamp: found, leaderEpoch } = await requests.listOffset(topic.name, partition, timestamp)
    facts.set(`${name} lookup ${timestamp}`, `offset ${offset} timestamp ${found} epoch ${leaderEpoch}`)
  }
  for (const leaderEpoch of seen.epochs) {
    const topics = [{ topic: topic.name, partitions: [{ partition, leaderEpoch }] }]
    const answer = await requests.send(offsetForLeaderEpoch, 4, { topics })
    const [found] = answer.topics[0]!.partitions
    check(`OffsetForLeaderEpoch of ${name}`, found!.errorCode)
    facts.set(`${name} epoch ${leaderEpoch}`, `${found!.leaderEpoch} ends at ${found!.endOffset}`)
  }
}

async function addAborted(
  requests: Requests,
  topic: Topic,
  partition: number,
  start: number,
  seen: Seen,
  facts: Facts,
): Promise<void> {
  const result = await fetchPartition(requests, topic, partition, start, readCommitted)
  const aborted = (result.abortedTransactions ?? [])
    .map(({ producerId, firstOffset }) => ({ producerId: String(producerId), firstOffset: Number(firstOffset) }))
    .filter(each => hasRecords(each, seen))
    .map(({ producerId, firstOffset }) => `${producerId}@${firstOffset}`)
  facts.set(
    `${topic.name}-${partition} aborted transactions`,
    `${aborted.sort().join(' ')} of ${result.lastStableOffset}`,
  )
}

/** Once the cleaner has removed its records, recovery after a kill finds no more of an aborted transaction than its marker, in Kafka, too. */
function hasRecords(aborted: { producerId: string; firstOffset: number }, { transactional }: Seen): boolean {
  const { producerId, firstOffset } = aborted
  const behind = transactional.filter(batch => batch.producerId === producerId && batch.lastOffset >= firstOffset)
  return behind[0] !== undefined && !behind[0].isMarker
}
