// What a node must remember of elections across restarts, and the file `quorum-state` that remembers it.
//
// Invariant: it is on disk before anything that depends on it is sent or appended; otherwise a node that restarts could
// vote twice in an epoch, or lead one epoch twice with different records at the same offsets.
// Source: org.apache.kafka.raft.FileQuorumStateStore, Kafka 4.3.0 (data_version 0: kraft.version 0, 1: kraft.version 1).

import type { LeaderEpoch } from '../../protocol/types.ts'
import { type Uuid, zeroUuid } from '../../protocol/wire/uuid.ts'

export interface ElectionState {
  readonly epoch: LeaderEpoch
  /** -1: not known. */
  readonly leaderId: number
  /** -1: no vote given in this epoch. */
  readonly votedId: number
  readonly votedDirectoryId: Uuid
}

export const noElection: ElectionState = { epoch: 0, leaderId: -1, votedId: -1, votedDirectoryId: zeroUuid }

/** What stands in the file is not what Kafka or we write there. */
export class QuorumStateError extends Error {
  readonly code = 'QUORUM_STATE_INVALID'
}

/** The content of the file. `voterIds` are written with kraft.version 0 only, as Kafka does. */
export function encodeElectionState(state: ElectionState, kraftVersion: number, voterIds: readonly number[]): Buffer {
  const content =
    kraftVersion === 0
      ? {
          clusterId: '',
          leaderId: state.leaderId,
          leaderEpoch: state.epoch,
          votedId: state.votedId,
          appliedOffset: 0,
          currentVoters: voterIds.map(voterId => ({ voterId })),
          data_version: 0,
        }
      : {
          leaderId: state.leaderId,
          leaderEpoch: state.epoch,
          votedId: state.votedId,
          votedDirectoryId: state.votedDirectoryId,
          data_version: 1,
        }
  return Buffer.from(JSON.stringify(content))
}

/** Reads the file's content. Throws QuorumStateError. */
export function decodeElectionState(content: Uint8Array): ElectionState {
  const fields = parseObject(Buffer.from(content).toString('utf8'))
  if (fields.data_version !== 0 && fields.data_version !== 1) {
    throw new QuorumStateError(`quorum-state has data_version ${fields.data_version}; 0 and 1 are known`)
  }
  return {
    epoch: integer(fields, 'leaderEpoch'),
    leaderId: integer(fields, 'leaderId'),
    votedId: integer(fields, 'votedId'),
    votedDirectoryId: typeof fields.votedDirectoryId === 'string' ? fields.votedDirectoryId : zeroUuid,
  }
}

function parseObject(text: string): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new QuorumStateError('quorum-state is not JSON', { cause })
  }
  if (value === null || typeof value !== 'object') throw new QuorumStateError('quorum-state is not a JSON object')
  return value as Record<string, unknown>
}

function integer(fields: Record<string, unknown>, name: string): number {
  const value = fields[name]
  if (!Number.isInteger(value)) throw new QuorumStateError(`quorum-state lacks ${name}`)
  return value as number
}
