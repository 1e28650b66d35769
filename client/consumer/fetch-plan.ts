// Whom to ask for which partitions, and for how many bytes: a rule, given what is known now.
//
// A partition is asked of its leader, or of the replica that the leader named (KIP-392), or of the one that stands in for a broker that
// owes an answer (hedger.ts); one request at a time for each broker.
// It is left out while it has as much waiting to be read as one answer may bring, and altogether while it is paused, so that a
// slow partition does not hold up others. A broker is not asked while its share of the prefetch memory is full.
// Full: nothing is fetched until batches are released; what a broker has at least is one batch (KIP-74), so the share can be
// exceeded by what one answer holds beyond it: the first batch, if that is larger.

import type { fetch } from '../../protocol/messages/fetch.ts'
import type { MessageInput } from '../../protocol/wire/schema.ts'
import { zeroUuid } from '../../protocol/wire/uuid.ts'
import { type BrokerNode, type ClusterImage, leaderIn } from '../cluster/cluster-image.ts'
import type { FetchSettings } from './consumer-options.ts'
import type { SessionRequest, WantedPartition } from './fetch-session.ts'
import type { PartitionState } from './partition-state.ts'

/** Leaders' and consumers' idea of an epoch in fetches. */
const lastFetchedEpochSince = 12
const lastVersionWithNames = 12

/** The broker to ask for the partition; undefined when none is known. A preferred replica that is gone is forgotten. */
export function nodeFor(state: PartitionState, image: ClusterImage, nowMs: number): BrokerNode | undefined {
  if (state.standIn >= 0) {
    const node = image.brokers.get(state.standIn)
    if (node !== undefined) return node
    state.standIn = -1
  }
  if (state.preferredReplica >= 0) {
    const node = nowMs < state.preferredUntilMs ? image.brokers.get(state.preferredReplica) : undefined
    if (node !== undefined) return node
    state.preferredReplica = -1
  }
  return leaderIn(image, state.topic, state.partition)
}

/** Whether the partition is to be asked for now. */
export function isWanted(state: PartitionState, nowMs: number): boolean {
  return state.isFetchable && state.bufferedBytes < state.maxBytes && state.waitsUntilMs <= nowMs
}

/** What is wanted, by broker, in the order of the partitions. Those without a known broker are under -1. */
export function wantedByNode(
  states: Iterable<PartitionState>,
  image: ClusterImage,
  nowMs: number,
): Map<number, PartitionState[]> {
  const byNode = new Map<number, PartitionState[]>()
  for (const state of states) {
    if (!isWanted(state, nowMs)) continue
    const nodeId = nodeFor(state, image, nowMs)?.nodeId ?? -1
    const wanted = byNode.get(nodeId)
    if (wanted === undefined) byNode.set(nodeId, [state])
    else wanted.push(state)
  }
  return byNode
}

export interface ByteLimits {
  /** [fetch.max.bytes] */
  readonly maxBytes: number
  /** For all brokers together. */
  readonly prefetchBytes: number
}

/** How many bytes an answer may have; 0: the broker's share is full, do not ask. */
export function answerBytes(
  states: readonly PartitionState[],
  heldBytes: number,
  nodeCount: number,
  { maxBytes, prefetchBytes }: ByteLimits,
): number {
  const share = prefetchBytes / Math.max(1, nodeCount)
  const room = share - heldBytes
  const largest = states.reduce((max, state) => Math.max(max, state.maxBytes), 0)
  // An answer that could not hold what one partition may bring is not worth a request, unless nothing is held.
  if (heldBytes > 0 && room < Math.min(largest, share / 2)) return 0
  const sum = states.reduce((bytes, state) => bytes + state.maxBytes, 0)
  return Math.floor(Math.max(1, Math.min(maxBytes, sum, Math.max(room, largest))))
}

/** Whether topics can be named by their ids: all must have one. */
export function versionsFor(states: readonly PartitionState[]): readonly [number, number] | undefined {
  return states.every(({ topicId }) => topicId !== zeroUuid) ? undefined : [4, lastVersionWithNames]
}

/** The request for what a session says, answered with so many bytes at most. `rackId`: '' for none. */
export function fetchRequest(
  { maxWaitMs, minBytes, readsCommitted }: FetchSettings,
  maxBytes: number,
  rackId: string,
  session: SessionRequest,
): MessageInput<typeof fetch.request> {
  return { replicaId: -1, maxWaitMs, minBytes, maxBytes, isolationLevel: readsCommitted ? 1 : 0, rackId, ...session }
}

export function wantedPartition(state: PartitionState, apiVersion: number): WantedPartition {
  const { topic, topicId, partition, fetchOffset, leaderEpoch, fetchEpoch, maxBytes } = state
  const lastFetchedEpoch = apiVersion >= lastFetchedEpochSince ? fetchEpoch : -1
  return { topic, topicId, partition, fetchOffset, currentLeaderEpoch: leaderEpoch, lastFetchedEpoch, maxBytes }
}
