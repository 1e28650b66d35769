// Three brokers of a test's making and a client's Cluster over them, in simulated time. What the brokers say of the cluster is a
// value that the test changes: for all of them, or for one that sees it otherwise.

import { Cluster } from '../client/cluster/cluster.ts'
import type { ClusterOptions } from '../client/cluster/cluster-options.ts'
import { silentLogger } from '../io/logger.ts'
import { SimWorld } from '../io/sim/world.ts'
import { errors } from '../protocol/errors.ts'
import { metadata } from '../protocol/messages/metadata.ts'
import { ScriptedBroker } from './scripted-broker.ts'

const names = ['b1', 'b2', 'b3'] as const
export const scriptedTopicId = 'AAAAAAAAAAAAAAAAAAAAAg'

export interface Said {
  /** Host names of the brokers, by node id. */
  hosts: Record<number, string>
  leaderId: number
  leaderEpoch: number
  topicId: string
  errorCode: number
}

/** Three brokers, each of which says what `said` of it says, and a client that knows the first. */
export async function scriptedCluster(options: Partial<ClusterOptions> = {}, seed = 1) {
  const sim = new SimWorld({ seed })
  const said: Said = {
    hosts: { 1: 'b1', 2: 'b2', 3: 'b3' },
    leaderId: 1,
    leaderEpoch: 5,
    topicId: scriptedTopicId,
    errorCode: errors.NONE.code,
  }
  const peers = names.map(name => new ScriptedBroker(sim, name))
  const says = new Map<string, Partial<Said>>()
  for (const peer of peers) {
    peer.on(metadata, ({ body }) =>
      metadataAnswer({ ...said, ...says.get(peer.name) }, body.topics ?? [{ name: 'orders' }]),
    )
    await peer.start()
  }
  const world = { ...sim.host('client').start(), logger: silentLogger }
  const cluster = new Cluster({ bootstrap: 'b1:9092', ...options }, world)
  const metadataCount = () => peers.reduce((sum, peer) => sum + peer.askedFor(metadata).length, 0)
  const [b1, b2, b3] = peers as [ScriptedBroker, ScriptedBroker, ScriptedBroker]
  return { sim, said, says, peers, b1, b2, b3, world, cluster, metadataCount }
}

/** Of one topic each, with one partition, for all that were asked for. */
export function metadataAnswer(said: Said, topics: readonly { name: string | null }[]) {
  const { leaderId, leaderEpoch } = said
  return {
    brokers: Object.entries(said.hosts).map(([nodeId, host]) => ({ nodeId: Number(nodeId), host, port: 9092 })),
    clusterId: 'c',
    controllerId: 1,
    errorCode: said.errorCode,
    topics: topics.map(({ name }) => ({
      ...{ errorCode: 0, name, topicId: said.topicId, isInternal: false },
      partitions: [
        {
          errorCode: 0,
          partitionIndex: 0,
          leaderId,
          leaderEpoch,
          replicaNodes: [1, 2, 3],
          isrNodes: [1, 2, 3],
          offlineReplicas: [],
        },
      ],
    })),
  }
}
