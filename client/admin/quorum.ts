// The quorum that keeps the metadata. Sources: DescribeQuorum (KIP-595, KIP-836), AddRaftVoter, RemoveRaftVoter (KIP-853);
// Java's methods stand in brackets.

import { addRaftVoter } from '../../protocol/messages/add-raft-voter.ts'
import { describeQuorum } from '../../protocol/messages/describe-quorum.ts'
import { removeRaftVoter } from '../../protocol/messages/remove-raft-voter.ts'
import type { Int64 } from '../../protocol/wire/int64.ts'
import type { Message } from '../../protocol/wire/schema.ts'
import { type Uuid, zeroUuid } from '../../protocol/wire/uuid.ts'
import { ClientError } from '../client-error.ts'
import { check } from './answers.ts'
import { brokerTimeoutMs, type CallOptions } from './call-options.ts'
import type { AdminCalls } from './calls.ts'

export interface QuorumDescription {
  readonly leaderId: number
  readonly leaderEpoch: number
  readonly highWatermark: Int64
  readonly voters: readonly QuorumReplica[]
  readonly observers: readonly QuorumReplica[]
  /** Where the voters listen, by their ids; empty when the broker does not say (before version 2). */
  readonly nodes: ReadonlyMap<number, readonly VoterListener[]>
}

export interface QuorumReplica {
  readonly replicaId: number
  /** Undefined when it is not known. */
  readonly directoryId: Uuid | undefined
  readonly logEndOffset: Int64
  /** Milliseconds since 1970; -1 when it is not known. */
  readonly lastFetchMs: Int64
  readonly lastCaughtUpMs: Int64
}

export interface VoterListener {
  readonly name: string
  readonly host: string
  readonly port: number
}

export interface Voter {
  readonly voterId: number
  readonly directoryId: Uuid
}

export interface ChangeVoterOptions {
  /** The change is refused by a cluster with another id. */
  readonly clusterId?: string
}

const metadataTopic = '__cluster_metadata'

export class QuorumAdmin {
  readonly #calls: AdminCalls

  constructor(calls: AdminCalls) {
    this.#calls = calls
  }

  /** [describeMetadataQuorum] */
  describe(options: CallOptions = {}): Promise<QuorumDescription> {
    const body = { topics: [{ topicName: metadataTopic, partitions: [{ partitionIndex: 0 }] }] }
    return this.#calls.one(
      'describe the quorum',
      async (broker, attempt) => {
        const answer = await broker.request(describeQuorum, body, attempt)
        check(answer.errorCode, {}, answer.errorMessage)
        const partition = answer.topics[0]?.partitions[0]
        if (partition === undefined)
          throw new ClientError('BROKEN_ANSWER', 'no quorum is described', { retriable: false })
        check(partition.errorCode, { topic: metadataTopic, partition: 0 }, partition.errorMessage)
        return descriptionFrom(partition, answer.nodes)
      },
      options,
    )
  }

  /** A controller becomes one of those that vote. [addRaftVoter] */
  addVoter(
    voter: Voter & { readonly listeners: readonly VoterListener[] },
    options: CallOptions & ChangeVoterOptions = {},
  ): Promise<void> {
    const { voterId, directoryId: voterDirectoryId, listeners } = voter
    return this.#calls.one(
      `add voter ${voterId}`,
      async (broker, attempt) => {
        const timeoutMs = brokerTimeoutMs(attempt)
        const body = { clusterId: options.clusterId ?? null, timeoutMs, voterId, voterDirectoryId, listeners }
        const answer = await broker.request(addRaftVoter, body, attempt)
        check(answer.errorCode, {}, answer.errorMessage)
      },
      options,
    )
  }

  /** [removeRaftVoter] */
  removeVoter(voter: Voter, options: CallOptions & ChangeVoterOptions = {}): Promise<void> {
    const { voterId, directoryId: voterDirectoryId } = voter
    return this.#calls.one(
      `remove voter ${voterId}`,
      async (broker, attempt) => {
        const body = { clusterId: options.clusterId ?? null, voterId, voterDirectoryId }
        const answer = await broker.request(removeRaftVoter, body, attempt)
        check(answer.errorCode, {}, answer.errorMessage)
      },
      options,
    )
  }
}

type Answer = Message<typeof describeQuorum.response>
type Partition = Answer['topics'][number]['partitions'][number]

function descriptionFrom(partition: Partition, nodes: Answer['nodes']): QuorumDescription {
  const { leaderId, leaderEpoch, highWatermark, currentVoters, observers } = partition
  return {
    leaderId,
    leaderEpoch,
    highWatermark,
    voters: currentVoters.map(replicaFrom),
    observers: observers.map(replicaFrom),
    nodes: new Map(nodes.map(({ nodeId, listeners }) => [nodeId, listeners])),
  }
}

function replicaFrom(replica: Partition['currentVoters'][number]): QuorumReplica {
  const { replicaId, replicaDirectoryId, logEndOffset, lastFetchTimestamp, lastCaughtUpTimestamp } = replica
  const directoryId = replicaDirectoryId === zeroUuid ? undefined : replicaDirectoryId
  return {
    replicaId,
    directoryId,
    logEndOffset,
    lastFetchMs: lastFetchTimestamp,
    lastCaughtUpMs: lastCaughtUpTimestamp,
  }
}
