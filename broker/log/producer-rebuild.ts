// Rebuilding the producers of a log from the latest snapshot and the batches behind it, up to an offset.
// Source: Kafka 4.3.0's UnifiedLog.rebuildProducerState and LogSegment.updateProducerState.

import {
  baseOffsetOf,
  baseSequenceOf,
  isControlBatch,
  isTransactional,
  lastOffsetOf,
  lastSequenceOf,
  magicOf,
  maxTimestampOf,
  producerEpochOf,
  producerIdOf,
  recordCountOf,
} from '../../protocol/records/batch-header.ts'
import type { Offset } from '../../protocol/types.ts'
import type { BatchScanner } from './batch-scanner.ts'
import { segmentChunkBytes } from './batch-scanner.ts'
import type { LogSegments } from './log-segments.ts'
import type { ProducerSnapshots } from './producer-snapshots.ts'
import type { CompletedTransaction, ProducerState } from './producer-state.ts'
import type { LogSegment } from './segment.ts'
import { readTransactionMarker } from './transaction-marker.ts'

export interface RebuildOptions {
  readonly state: ProducerState
  readonly snapshots: ProducerSnapshots
  readonly segments: LogSegments
  readonly logStartOffset: Offset
  readonly lastOffset: Offset
  /** The log was closed in good order. Without any snapshot it then comes from a time before there were any. */
  readonly wasClean: boolean
  readonly nowMs: number
  readonly producerExpirationMs: number
}

/** Afterwards the state reflects the log up to `lastOffset`, and there is a snapshot of that. */
export async function rebuildProducerState(options: RebuildOptions): Promise<void> {
  const { state, snapshots, segments, logStartOffset, lastOffset } = options
  const worthSnapshots = [...segments.all.slice(-2).map(segment => segment.baseOffset), lastOffset]
  if (snapshots.latest === undefined && options.wasClean) {
    for (const offset of worthSnapshots) {
      state.endOffset = offset
      await snapshots.take(state, true)
    }
    return
  }
  const wasEmpty = state.isEmpty && state.endOffset >= lastOffset
  await truncateAndReload(options)
  if (lastOffset > state.endOffset && !wasEmpty) {
    for (const segment of segments.between(state.endOffset, lastOffset)) {
      state.endOffset = Math.max(segment.baseOffset, state.endOffset, logStartOffset)
      if (worthSnapshots.includes(segment.baseOffset)) await snapshots.take(state, true)
      await addSegment(state, segment, lastOffset)
    }
  }
  state.endOffset = lastOffset
  await snapshots.take(state, true)
}

async function truncateAndReload(options: RebuildOptions): Promise<void> {
  const { state, snapshots, logStartOffset, lastOffset, nowMs, producerExpirationMs } = options
  await snapshots.removeOutside(logStartOffset, lastOffset)
  if (lastOffset === state.endOffset) {
    state.onLogStart(logStartOffset)
    snapshots.lastOffset = snapshots.latest ?? logStartOffset
    return
  }
  state.clear(0)
  await snapshots.loadLatest(state, logStartOffset, nowMs, producerExpirationMs)
}

async function addSegment(state: ProducerState, segment: LogSegment, lastOffset: Offset): Promise<void> {
  const place = await segment.find(state.endOffset)
  if (!place) return
  const scanner = segment.scan(place.position, segmentChunkBytes)
  while (await scanner.next()) {
    if (scanner.lastOffset >= lastOffset) return
    await addProducer(state, scanner, completed => state.complete(completed))
  }
}

/** Lets the producers know of the scanner's current batch; `onCompleted` is told of a transaction that ends with it. */
export async function addProducer(
  state: ProducerState,
  scanner: BatchScanner,
  onCompleted: (completed: CompletedTransaction) => void,
): Promise<void> {
  const { header, headerAt: at } = scanner
  if (magicOf(header, at) < 2 || producerIdOf(header, at) < 0) return
  if (isControlBatch(header, at)) {
    if (recordCountOf(header, at) === 0) return
    const found = readTransactionMarker(await scanner.batch())
    const completed = found && state.addMarker(found.marker, found.offset, found.timestamp)
    if (completed) onCompleted(completed)
    return
  }
  state.addData(
    producerBatchAt(header, at),
    baseOffsetOf(header, at),
    lastOffsetOf(header, at),
    maxTimestampOf(header, at),
  )
}

/** What the rules need to know of the batch at a position. */
export function producerBatchAt(buffer: Buffer, at: number) {
  return {
    producerId: producerIdOf(buffer, at),
    producerEpoch: producerEpochOf(buffer, at),
    baseSequence: baseSequenceOf(buffer, at),
    lastSequence: lastSequenceOf(buffer, at),
    isTransactional: isTransactional(buffer, at),
  }
}
