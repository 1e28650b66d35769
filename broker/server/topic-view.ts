// Topics and brokers as one listener's clients see them. Source: Kafka 4.3.0's KRaftMetadataCache.

import { errors } from '../../protocol/errors.ts'
import type {
  BrokerImage,
  EndpointImage,
  MetadataImage,
  PartitionImage,
  TopicImage,
} from '../metadata/metadata-image.ts'

/** An alive broker at the address by which clients of the listener reach it. */
export interface Node {
  readonly nodeId: number
  readonly host: string
  readonly port: number
  readonly rack: string | null
}

const endpointOf = (broker: BrokerImage, listenerName: string): EndpointImage | undefined =>
  broker.endpoints.find(endpoint => endpoint.name === listenerName)

/** Brokers that are registered, not fenced, and have the listener. */
export function aliveNodes(image: MetadataImage, listenerName: string): Node[] {
  return [...image.brokers.keys()].flatMap(id => aliveNode(image, id, listenerName) ?? [])
}

export function aliveNode(image: MetadataImage, id: number, listenerName: string): Node | undefined {
  const broker = image.brokers.get(id)
  if (broker === undefined || broker.fenced) return undefined
  const endpoint = endpointOf(broker, listenerName)
  return endpoint && { nodeId: id, host: endpoint.host, port: endpoint.port, rack: broker.rack }
}

export interface PartitionView {
  readonly errorCode: number
  readonly partitionIndex: number
  readonly leaderId: number
  readonly leaderEpoch: number
  readonly replicaNodes: readonly number[]
  readonly isrNodes: readonly number[]
  readonly offlineReplicas: readonly number[]
}

/** A topic's partitions. Version 0 of Metadata leaves out unavailable replicas; from 6 on a missing listener has its own error. */
export function partitionViews(
  image: MetadataImage,
  topic: TopicImage,
  listenerName: string,
  metadataVersion: number,
): PartitionView[] {
  return topic.partitions.map(partition => partitionView(image, partition, listenerName, metadataVersion))
}

function partitionView(image: MetadataImage, partition: PartitionImage, listenerName: string, metadataVersion: number) {
  const isAlive = (id: number) => aliveNode(image, id, listenerName) !== undefined
  const shown = (ids: readonly number[]) => (metadataVersion === 0 ? ids.filter(isAlive) : ids)
  const replicaNodes = shown(partition.replicas)
  const isrNodes = shown(partition.isr)
  const leader = image.brokers.get(partition.leader)
  const hasListener = leader !== undefined && endpointOf(leader, listenerName) !== undefined
  const isComplete = replicaNodes.length === partition.replicas.length && isrNodes.length === partition.isr.length
  return {
    errorCode: hasListener
      ? (isComplete ? errors.NONE : errors.REPLICA_NOT_AVAILABLE).code
      : (leader !== undefined && metadataVersion >= 6 ? errors.LISTENER_NOT_FOUND : errors.LEADER_NOT_AVAILABLE).code,
    partitionIndex: partition.index,
    leaderId: hasListener ? partition.leader : -1,
    leaderEpoch: partition.leaderEpoch,
    replicaNodes,
    isrNodes,
    offlineReplicas: partition.replicas.filter(id => !isAlive(id) || !isOnline(image, partition, id)),
  }
}

/** Whether the log directory that holds the replica works, as far as the metadata knows (DirectoryId.isOnline). */
function isOnline(image: MetadataImage, partition: PartitionImage, id: number): boolean {
  const directory = partition.directories[partition.replicas.indexOf(id)]
  if (directory === undefined || directory === migrating || directory === unassigned) return true
  if (directory === lost) return false
  const known = image.brokers.get(id)?.directories ?? []
  return known.length === 0 || known.includes(directory)
}

// Reserved directory ids: the numbers 0, 1 and 2 as uuids.
const migrating = 'AAAAAAAAAAAAAAAAAAAAAA'
const unassigned = 'AAAAAAAAAAAAAAAAAAAAAQ'
const lost = 'AAAAAAAAAAAAAAAAAAAAAg'
