// Whom else to ask for partitions whose broker owes an answer: in-sync replicas, as few brokers as will do, since each is a request more.

import { type BrokerNode, type ClusterImage, partitionOf } from '../cluster/cluster-image.ts'
import type { PartitionState } from './partition-state.ts'

export interface SecondReplica {
  readonly node: BrokerNode
  readonly states: readonly PartitionState[]
}

/** Each partition once, unless none of its in-sync replicas can be asked. */
export function secondReplicas(
  states: readonly PartitionState[],
  image: ClusterImage,
  mayAsk: (node: BrokerNode) => boolean,
): SecondReplica[] {
  const left = new Map(states.map(state => [state, inSyncReplicas(state, image).filter(mayAsk)]))
  const chosen: SecondReplica[] = []
  for (let next = broadest(left); next !== undefined; next = broadest(left)) {
    chosen.push(next)
    for (const state of next.states) left.delete(state)
  }
  return chosen
}

function inSyncReplicas({ topic, partition }: PartitionState, { topics, brokers }: ClusterImage): BrokerNode[] {
  const known = topics.get(topic)
  const nodeIds = (known && partitionOf(known, partition)?.isrNodes) ?? []
  return nodeIds.flatMap(nodeId => brokers.get(nodeId) ?? [])
}

/** The broker that has most of what is left. */
function broadest(left: ReadonlyMap<PartitionState, readonly BrokerNode[]>): SecondReplica | undefined {
  const byNode = new Map<BrokerNode, PartitionState[]>()
  for (const [state, nodes] of left) {
    for (const node of nodes) {
      const states = byNode.get(node)
      if (states === undefined) byNode.set(node, [state])
      else states.push(state)
    }
  }
  let best: SecondReplica | undefined
  for (const [node, states] of byNode) if (states.length > (best?.states.length ?? 0)) best = { node, states }
  return best
}
