// Sticky: as even as possible, and within that everybody keeps what they had. An eager protocol: all partitions are given up
// before a member joins, so what it had, and when, is in its user data.
// Source: org.apache.kafka.clients.consumer.StickyAssignor, Kafka 4.3.0; KIP-54, KIP-341 for the generation.

import { DecodeError } from '../../../protocol/wire/decode-error.ts'
import { array, int32, string } from '../../../protocol/wire/field.ts'
import { Reader } from '../../../protocol/wire/reader.ts'
import { message } from '../../../protocol/wire/schema.ts'
import { Writer } from '../../../protocol/wire/writer.ts'
import type { Assignor, AssignorMember, LastAssignment } from '../assignor.ts'
import { flat, grouped } from '../consumer-protocol.ts'
import { type Claim, unknownGeneration } from './owned-partitions.ts'
import { stickyAssignment } from './sticky-assignment.ts'

export const stickyAssignor: Assignor = {
  name: 'sticky',
  protocols: ['eager'],
  userData: last => (last === undefined ? null : writeStickyUserData(last)),
  assign: (topics, members) => stickyAssignment(topics, members, claimOf).assignment,
}

/** The version is not in the bytes: version 0 (before Kafka 2.3) ends earlier. */
const stickyUserData = message({
  name: 'StickyAssignorUserData',
  versions: [0, 1],
  fields: {
    previousAssignment: array({ topic: string, partitions: array(int32) }),
    generation: int32.since(1).default(unknownGeneration).ignorable(),
  },
})

export function writeStickyUserData({ partitions, generationId }: LastAssignment): Buffer {
  const writer = new Writer()
  stickyUserData.write(1, writer, { previousAssignment: grouped(partitions), generation: generationId })
  return writer.toBuffer()
}

/** What cannot be read claims nothing: the member is treated as a new one. */
function claimOf({ subscription: { userData } }: AssignorMember): Claim {
  if (userData === null || userData.length === 0) return { partitions: [], generationId: undefined }
  return claimIn(userData, 1) ?? claimIn(userData, 0) ?? { partitions: [], generationId: unknownGeneration }
}

function claimIn(userData: Buffer, version: number): Claim | undefined {
  try {
    const { previousAssignment, generation } = stickyUserData.read(version, new Reader(userData))
    return { partitions: flat(previousAssignment), generationId: version === 0 ? undefined : generation }
  } catch (error) {
    if (error instanceof DecodeError) return undefined
    throw error
  }
}
