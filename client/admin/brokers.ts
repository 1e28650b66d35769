// The cluster and its brokers. Sources: DescribeCluster (KIP-700, KIP-1073), UnregisterBroker; Java's methods stand in brackets.

import { describeCluster } from '../../protocol/messages/describe-cluster.ts'
import { metadata } from '../../protocol/messages/metadata.ts'
import { unregisterBroker } from '../../protocol/messages/unregister-broker.ts'
import type { Broker } from '../cluster/broker.ts'
import type { BrokerNode } from '../cluster/cluster-image.ts'
import { type AclOperation, operationsIn } from './acl-names.ts'
import { check } from './answers.ts'
import type { Attempt, CallOptions } from './call-options.ts'
import type { AdminCalls } from './calls.ts'

export interface DescribeClusterOptions {
  /** Also what this client may do with the cluster. */
  readonly authorizedOperations?: boolean
  /** Also brokers that are registered but may not serve. */
  readonly fenced?: boolean
}

export interface ClusterDescription {
  /** Null when the broker does not say. */
  readonly clusterId: string | null
  /** -1 when it is not known. With KRaft some broker, which passes on what the controller is asked. */
  readonly controllerId: number
  /** In the order of their ids. */
  readonly brokers: readonly (BrokerNode & { readonly isFenced: boolean })[]
  /** Undefined unless it was asked for. */
  readonly authorizedOperations: readonly AclOperation[] | undefined
}

const fencedSince = 2

export class ClusterAdmin {
  readonly #calls: AdminCalls

  constructor(calls: AdminCalls) {
    this.#calls = calls
  }

  /** [describeCluster] */
  describe(options: CallOptions & DescribeClusterOptions = {}): Promise<ClusterDescription> {
    const ask = async (broker: Broker, attempt: Attempt) => {
      const isOld = !options.fenced && (await broker.versionOf(describeCluster)) === undefined
      return isOld ? askMetadata(broker, attempt) : askCluster(broker, options, attempt)
    }
    return this.#calls.one('describe the cluster', ask, options)
  }

  /** Removes the registration of a broker that is gone for good. [unregisterBroker] */
  unregisterBroker(brokerId: number, options: CallOptions = {}): Promise<void> {
    return this.#calls.one(
      `unregister broker ${brokerId}`,
      async (broker, attempt) => {
        const answer = await broker.request(unregisterBroker, { brokerId }, attempt)
        check(answer.errorCode, {}, answer.errorMessage)
      },
      options,
    )
  }
}

async function askCluster(
  broker: Broker,
  options: DescribeClusterOptions,
  attempt: Attempt,
): Promise<ClusterDescription> {
  const { authorizedOperations = false, fenced = false } = options
  const [oldest, last] = describeCluster.versions
  const versions = [fenced ? fencedSince : oldest, last] as const
  const body = { includeClusterAuthorizedOperations: authorizedOperations, includeFencedBrokers: fenced }
  const answer = await broker.request(describeCluster, body, { ...attempt, versions })
  check(answer.errorCode, {}, answer.errorMessage)
  const brokers = answer.brokers.map(({ brokerId: nodeId, host, port, rack, isFenced }) => {
    return { nodeId, host, port, rack, isFenced }
  })
  return {
    clusterId: answer.clusterId,
    controllerId: answer.controllerId,
    brokers: brokers.sort((a, b) => a.nodeId - b.nodeId),
    authorizedOperations: operationsIn(answer.clusterAuthorizedOperations),
  }
}

/** Brokers before Kafka 2.8. */
async function askMetadata(broker: Broker, attempt: Attempt): Promise<ClusterDescription> {
  const answer = await broker.request(metadata, { topics: [], allowAutoTopicCreation: false }, attempt)
  check(answer.errorCode)
  const brokers = answer.brokers.map(({ nodeId, host, port, rack }) => ({ nodeId, host, port, rack, isFenced: false }))
  return {
    clusterId: answer.clusterId,
    controllerId: answer.controllerId,
    brokers: brokers.sort((a, b) => a.nodeId - b.nodeId),
    authorizedOperations: undefined,
  }
}
