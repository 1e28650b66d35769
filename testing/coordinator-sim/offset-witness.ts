// What groups were told about their offsets, and what they are shown: the invariants of committed offsets, place by place.

import type { GroupCoordinator } from '../../broker/coordinator/group/group-coordinator.ts'
import type { FetchedOffsets } from '../../broker/coordinator/group/offset-fetch.ts'
import type { OffsetCommitRequest, OffsetCommitResponse } from '../../broker/coordinator/group/offset-requests.ts'
import { CommittedOffsetsStay } from '../../broker/sim/committed-offsets-stay.ts'
import type { Violation } from '../../broker/sim/violation.ts'
import { errors } from '../../protocol/errors.ts'

export class OffsetWitness {
  readonly #places = new Map<string, CommittedOffsetsStay>()
  /** Offsets that were acknowledged. */
  commits = 0

  #of(groupId: string, topic: string, partition: number): CommittedOffsetsStay {
    const place = `${groupId} ${topic}-${partition}`
    const known = this.#places.get(place) ?? new CommittedOffsetsStay(place)
    this.#places.set(place, known)
    return known
  }

  attempt({ groupId, topics }: Pick<OffsetCommitRequest, 'groupId' | 'topics'>): void {
    for (const { name, partitions } of topics) {
      for (const { partitionIndex, committedOffset } of partitions)
        this.attemptOne(groupId, name, partitionIndex, committedOffset)
    }
  }

  attemptOne(groupId: string, topic: string, partition: number, offset: number | bigint): void {
    this.#of(groupId, topic, partition).attempt(Number(offset))
  }

  acknowledge(groupId: string, { topics = [] }: OffsetCommitResponse, asked: OffsetCommitRequest): void {
    for (const [at, { partitions = [] }] of topics.entries()) {
      const { name, partitions: sent } = asked.topics[at]!
      for (const [index, { errorCode }] of partitions.entries()) {
        if (errorCode !== errors.NONE.code) continue
        const { partitionIndex, committedOffset } = sent[index]!
        this.#of(groupId, name, partitionIndex).acknowledge(Number(committedOffset))
        this.commits++
      }
    }
  }

  /** What a group has now, as of the last commit. What was shown once is promised, too. */
  see(groupId: string, { topics = [] }: FetchedOffsets): Violation[] {
    return topics.flatMap(({ name = '', partitions = [] }) =>
      partitions.flatMap(({ partitionIndex = -1, committedOffset = -1, errorCode }) => {
        if (errorCode) return []
        const place = this.#of(groupId, name, partitionIndex)
        const violations = place.see(Number(committedOffset))
        if (violations.length === 0 && Number(committedOffset) >= 0) place.acknowledge(Number(committedOffset))
        return violations
      }),
    )
  }
}

/** All offsets of a group as an administrator sees them; undefined: nobody can tell now. */
export async function offsetsOf(
  groups: GroupCoordinator,
  groupId: string,
  requireStable = false,
): Promise<FetchedOffsets | undefined> {
  const context = { apiVersion: 9, clientId: 'admin', clientHost: '/127.0.0.1' }
  const request = { groupId, memberId: null, memberEpoch: -1, topics: null }
  const answer = await groups.offsetFetch(context, request, requireStable)
  return 'error' in answer ? undefined : answer
}
