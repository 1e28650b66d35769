// To brokers that are named: what only they know of themselves.

import { ClientError } from '../../client-error.ts'
import type { Broker } from '../../cluster/broker.ts'
import type { Cluster } from '../../cluster/cluster.ts'
import { imageFor, Patience, type Route } from './route.ts'

const again = new Set(['COORDINATOR_LOAD_IN_PROGRESS', 'COORDINATOR_NOT_AVAILABLE', 'THROTTLING_QUOTA_EXCEEDED'])

/** A broker that the metadata do not name (it is down, or there is none) is waited for a moment, then BROKER_NOT_AVAILABLE. */
export function nodeRoute<Item>(cluster: Cluster, nodeIdOf: (item: Item, key: string) => number): Route<Item> {
  const patience = new Patience(cluster)
  return {
    again,
    async find(items, attempt) {
      const wanted = [...items].map(([key, item]) => [key, nodeIdOf(item, key)] as const)
      let image = await imageFor(cluster, attempt)
      if (attempt.isFirst && wanted.some(([, nodeId]) => !image.brokers.has(nodeId))) {
        image = await imageFor(cluster, { ...attempt, isFirst: false })
      }
      return new Map(
        wanted.map(([key, nodeId]): [string, Broker | ClientError] => {
          const node = image.brokers.get(nodeId)
          return [key, node === undefined ? missing(nodeId, patience.allows(key, attempt)) : cluster.broker(node)]
        }),
      )
    },
  }
}

function missing(nodeId: number, retriable: boolean): ClientError {
  const message = `broker ${nodeId} is not in the cluster's metadata`
  const help = 'it is down, or there is none of that id; cluster.describe() tells which there are'
  return new ClientError('BROKER_NOT_AVAILABLE', message, { retriable, help })
}
