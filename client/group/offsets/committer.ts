// On whose behalf offsets are committed and asked for.

import type { TopicPartition } from '../../../protocol/types.ts'
import type { ClientError } from '../../client-error.ts'
import type { CommitIdentity, CommitStanding } from '../member-session.ts'

export interface Committer {
  readonly standing: CommitStanding
  /** Whether the member epoch is sent along when offsets are fetched, and OffsetCommit must know it: the consumer protocol. */
  readonly hasEpoch: boolean
  /** Whether the partition is owned, and by the ownership given, where one is given. */
  owns(partition: TopicPartition, ownership: number | undefined): boolean
  /** The coordinator does not, or not any more, take this from that member. */
  refused(identity: CommitIdentity, errorCode: number): void
  /** Why nothing can be committed any more, if that is known. */
  readonly failure: ClientError | undefined
}

/** Of a consumer that assigns partitions by itself: the group has no members, and everybody may commit. */
export const nobody: Committer = {
  standing: { as: { memberId: '', generationId: -1, groupInstanceId: null } },
  hasEpoch: false,
  owns: () => true,
  refused: () => {},
  failure: undefined,
}
