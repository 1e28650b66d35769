// A snapshot: the records that lead to an image, between a header and a footer, with what the quorum says of itself.
// Source: KIP-630; org.apache.kafka.snapshot.RecordsSnapshotWriter, RecordsSnapshotReader, Kafka 4.3.0.

import { decodeControlRecord } from '../../../protocol/records/control-record.ts'
import type { LeaderEpoch, Offset } from '../../../protocol/types.ts'
import {
  kRaftVersion,
  kRaftVoters,
  type RaftRecord,
  snapshotFooter,
  snapshotHeader,
} from '../../raft/control-record.ts'
import { type VoterSet, votersFromRecord } from '../../raft/voter-set.ts'
import { encodeRaftBatch, storedBatches } from './raft-batch.ts'

/** A snapshot stands for all records below `offset`; `epoch` is that of the last of them. */
export interface SnapshotId {
  readonly offset: Offset
  readonly epoch: LeaderEpoch
}

/** What the quorum says of itself: which kraft.version holds, and who votes (where the log says so). */
export interface QuorumFacts {
  readonly kraftVersion: number
  readonly voters: VoterSet | undefined
}

/** The file ends early, or is not a snapshot. */
export class SnapshotError extends Error {
  readonly code = 'SNAPSHOT_INVALID'
}

/** Records per batch of a snapshot, as in Kafka. */
const batchRecordsMax = 1024
/** Bytes of records after which a batch ends, as in Kafka (internal.metadata.max.batch.size.in.bytes). */
const batchBytesMax = 8 << 20

export interface SnapshotContent {
  readonly id: SnapshotId
  readonly lastContainedLogTimestamp: number
  readonly quorum: QuorumFacts
  /** Encoded metadata records. */
  readonly frames: Iterable<Buffer>
}

/** The batches of a snapshot, one after the other; made only when asked for. */
export function* encodeSnapshot(content: SnapshotContent, nowMs: () => number): Generator<Buffer, void, void> {
  let offset = 0
  const batch = (records: readonly RaftRecord[], isControl: boolean): Buffer => {
    const bytes = encodeRaftBatch({ baseOffset: offset, epoch: content.id.epoch, isControl, records }, nowMs())
    offset += records.length
    return bytes
  }
  yield batch(headerRecords(content), true)
  for (const records of grouped(content.frames)) yield batch(records, false)
  yield batch([snapshotFooter()], true)
}

function headerRecords({ lastContainedLogTimestamp, quorum }: SnapshotContent): RaftRecord[] {
  const records = [snapshotHeader(lastContainedLogTimestamp)]
  if (quorum.kraftVersion > 0) records.push(kRaftVersion(quorum.kraftVersion))
  if (quorum.kraftVersion > 0 && quorum.voters) records.push(kRaftVoters(quorum.voters))
  return records
}

function* grouped(frames: Iterable<Buffer>): Generator<RaftRecord[], void, void> {
  let group: RaftRecord[] = []
  let bytes = 0
  for (const value of frames) {
    if (group.length === batchRecordsMax || (group.length > 0 && bytes + value.length > batchBytesMax)) {
      yield group
      group = []
      bytes = 0
    }
    group.push({ key: null, value })
    bytes += value.length
  }
  if (group.length > 0) yield group
}

export interface DecodedSnapshot {
  readonly lastContainedLogTimestamp: number
  readonly quorum: QuorumFacts
  readonly frames: readonly Buffer[]
}

/** Reads a whole snapshot. Throws SnapshotError when header or footer are missing, DecodeError when it is damaged. */
export function decodeSnapshot(bytes: Buffer): DecodedSnapshot {
  let header: number | undefined
  let hasFooter = false
  let quorum: QuorumFacts = { kraftVersion: 0, voters: undefined }
  const frames: Buffer[] = []
  for (const batch of storedBatches(bytes)) {
    for (const record of batch.records) {
      if (!batch.isControl) {
        frames.push(record.value)
        continue
      }
      const control = decodeControlRecord(record.key, record.value)
      if (control.type === 'SNAPSHOT_HEADER') header = Number(control.value.lastContainedLogTimestamp)
      else if (control.type === 'SNAPSHOT_FOOTER') hasFooter = true
      else quorum = withControlRecord(quorum, record)
    }
  }
  if (header === undefined) throw new SnapshotError('it does not begin with a snapshot header')
  if (!hasFooter) throw new SnapshotError('its footer is missing: it was not written to its end')
  return { lastContainedLogTimestamp: header, quorum, frames }
}

/** What a control record changes about the quorum; records about something else change nothing. */
export function withControlRecord(quorum: QuorumFacts, record: RaftRecord): QuorumFacts {
  const control = decodeControlRecord(record.key, record.value)
  switch (control.type) {
    case 'KRAFT_VERSION':
      return { ...quorum, kraftVersion: control.value.kRaftVersion }
    case 'KRAFT_VOTERS':
      return { ...quorum, voters: votersFromRecord(control.value) }
    default:
      return quorum
  }
}
