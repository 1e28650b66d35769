// The records a quorum writes about itself: who leads the epoch, which kraft.version holds, who votes. They stand in control
// batches of the metadata log, and in snapshots between a header and a footer.
// Source: org.apache.kafka.raft.LeaderState, RecordsSnapshotWriter, Kafka 4.3.0.

import { encodeControlRecord } from '../../protocol/records/control-record.ts'
import { type VoterSet, votersToRecord } from './voter-set.ts'

/** A record of a log or snapshot before it is put into a batch. */
export interface RaftRecord {
  readonly key: Buffer | null
  readonly value: Buffer
}

export function leaderChange(leaderId: number, voterIds: readonly number[], grantedBy: readonly number[]): RaftRecord {
  return encodeControlRecord({
    type: 'LEADER_CHANGE',
    value: {
      version: 0,
      leaderId,
      voters: voterIds.map(voterId => ({ voterId })),
      grantingVoters: grantedBy.map(voterId => ({ voterId })),
    },
  })
}

export function kRaftVersion(level: number): RaftRecord {
  return encodeControlRecord({ type: 'KRAFT_VERSION', value: { version: 0, kRaftVersion: level } })
}

export function kRaftVoters(voters: VoterSet): RaftRecord {
  return encodeControlRecord({ type: 'KRAFT_VOTERS', value: votersToRecord(voters) })
}

/** `lastContainedLogTimestamp` in milliseconds: of the last record that the snapshot stands for. */
export function snapshotHeader(lastContainedLogTimestamp: number): RaftRecord {
  return encodeControlRecord({ type: 'SNAPSHOT_HEADER', value: { version: 0, lastContainedLogTimestamp } })
}

export function snapshotFooter(): RaftRecord {
  return encodeControlRecord({ type: 'SNAPSHOT_FOOTER', value: { version: 0 } })
}
