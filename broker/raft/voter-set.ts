// Who votes. With kraft.version 0 the settings say so (controller.quorum.voters) and nobody has a directory id; with
// kraft.version 1 the log says so (VotersRecord, KIP-853). Source: org.apache.kafka.raft.VoterSet, Kafka 4.3.0.

import type { votersRecord } from '../../protocol/stored/data/voters.ts'
import type { Message, MessageInput } from '../../protocol/wire/schema.ts'
import { type Uuid, zeroUuid } from '../../protocol/wire/uuid.ts'

export interface VoterEndpoint {
  readonly name: string
  readonly host: string
  readonly port: number
}

export interface Voter {
  readonly id: number
  /** The zero uuid where voters come from the settings. */
  readonly directoryId: Uuid
  readonly endpoints: readonly VoterEndpoint[]
  /** kraft.version levels the voter can work with. */
  readonly minKraftVersion: number
  readonly maxKraftVersion: number
}

/** What we ourselves can work with. */
export const supportedKraftVersions = { min: 0, max: 1 } as const

export type VoterSet = readonly Voter[]

/** Voters as the settings name them. */
export function staticVoters(voters: readonly { id: number; endpoints: readonly VoterEndpoint[] }[]): VoterSet {
  return voters.map(({ id, endpoints }) => ({
    id,
    directoryId: zeroUuid,
    endpoints,
    minKraftVersion: 0,
    maxKraftVersion: 0,
  }))
}

export function votersFromRecord(record: Message<typeof votersRecord>): VoterSet {
  return record.voters.map(voter => ({
    id: voter.voterId,
    directoryId: voter.voterDirectoryId,
    endpoints: voter.endpoints.map(({ name, host, port }) => ({ name, host, port })),
    minKraftVersion: voter.kRaftVersionFeature.minSupportedVersion,
    maxKraftVersion: voter.kRaftVersionFeature.maxSupportedVersion,
  }))
}

export function votersToRecord(voters: VoterSet): MessageInput<typeof votersRecord> {
  return {
    version: 0,
    voters: voters.map(voter => ({
      voterId: voter.id,
      voterDirectoryId: voter.directoryId,
      endpoints: voter.endpoints,
      kRaftVersionFeature: { minSupportedVersion: voter.minKraftVersion, maxSupportedVersion: voter.maxKraftVersion },
    })),
  }
}

/** Whether the node is one of the voters; where voters have directory ids, a node with another disk is another voter. */
export function isVoter(voters: VoterSet, id: number, directoryId: Uuid): boolean {
  const voter = voters.find(candidate => candidate.id === id)
  return voter !== undefined && (voter.directoryId === zeroUuid || voter.directoryId === directoryId)
}

/** Whether two voters say the same of themselves. */
export function sameVoter(a: Voter, b: Voter): boolean {
  return (
    a.id === b.id &&
    a.directoryId === b.directoryId &&
    a.minKraftVersion === b.minKraftVersion &&
    a.maxKraftVersion === b.maxKraftVersion &&
    a.endpoints.length === b.endpoints.length &&
    a.endpoints.every((endpoint, at) => sameEndpoint(endpoint, b.endpoints[at]!))
  )
}

const sameEndpoint = (a: VoterEndpoint, b: VoterEndpoint): boolean =>
  a.name === b.name && a.host === b.host && a.port === b.port
