// The metadata of the cluster on this node: __cluster_metadata-0, the image of it, and the controller that decides its records.

import type { World } from '../../io/world.ts'
import type { alterConfigs } from '../../protocol/messages/alter-configs.ts'
import type { createPartitions } from '../../protocol/messages/create-partitions.ts'
import type { createTopics } from '../../protocol/messages/create-topics.ts'
import type { deleteTopics } from '../../protocol/messages/delete-topics.ts'
import type { incrementalAlterConfigs } from '../../protocol/messages/incremental-alter-configs.ts'
import type { Message, MessageInput } from '../../protocol/wire/schema.ts'
import type { Uuid } from '../../protocol/wire/uuid.ts'
import type { BrokerConfig } from '../config/broker-config.ts'
import type { MetadataDelta } from './metadata-delta.ts'
import type { EndpointImage, MetadataImage } from './metadata-image.ts'

/** One of the broker's log directories that is online. */
export interface DirectoryInfo {
  readonly path: string
  readonly directoryId: Uuid
}

export interface MetadataOptions {
  readonly world: World
  readonly config: BrokerConfig
  readonly clusterId: string
  /** The log directory that holds __cluster_metadata-0. */
  readonly metadataDirectory: string
  readonly directories: readonly DirectoryInfo[]
  /** The brokerEpoch in .kafka_cleanshutdown, if the last stop was clean; undefined otherwise. */
  readonly previousBrokerEpoch: number | undefined
  /** Called once when the metadata log cannot be written any more: the node must stop. */
  readonly onFailed: (error: Error) => void
}

export type Subscriber = (image: MetadataImage, delta: MetadataDelta) => void | Promise<void>

export class Metadata {
  /** Replays what is on disk, becomes leader of the quorum of one, writes first records. No broker is registered yet. */
  static open(_options: MetadataOptions): Promise<Metadata> {
    throw new Error('not built yet')
  }

  declare readonly image: MetadataImage
  declare readonly controllerId: number
  /** Of this broker's registration; -1 before `registerBroker`. */
  declare readonly brokerEpoch: number

  /** Every change from now on, one after the other; called at once with all of the image as the first delta. */
  subscribe(_apply: Subscriber): Promise<void> {
    throw new Error('not built yet')
  }

  /** Registers this broker, fenced. Endpoints are the advertised ones. */
  registerBroker(_broker: { endpoints: readonly EndpointImage[]; rack: string | null }): Promise<void> {
    throw new Error('not built yet')
  }

  /** The broker serves: it leads its partitions from now on. */
  unfenceBroker(): Promise<void> {
    throw new Error('not built yet')
  }

  /** The broker is about to stop: it gives up its leaderships, then is fenced. */
  stopBroker(): Promise<void> {
    throw new Error('not built yet')
  }

  createTopics(_request: Message<typeof createTopics.request>): Promise<MessageInput<typeof createTopics.response>> {
    throw new Error('not built yet')
  }

  deleteTopics(
    _request: Message<typeof deleteTopics.request>,
    _apiVersion: number,
  ): Promise<MessageInput<typeof deleteTopics.response>> {
    throw new Error('not built yet')
  }

  createPartitions(
    _request: Message<typeof createPartitions.request>,
  ): Promise<MessageInput<typeof createPartitions.response>> {
    throw new Error('not built yet')
  }

  alterConfigs(_request: Message<typeof alterConfigs.request>): Promise<MessageInput<typeof alterConfigs.response>> {
    throw new Error('not built yet')
  }

  incrementalAlterConfigs(
    _request: Message<typeof incrementalAlterConfigs.request>,
  ): Promise<MessageInput<typeof incrementalAlterConfigs.response>> {
    throw new Error('not built yet')
  }

  /** A block of producer ids that nobody else will get. */
  allocateProducerIds(): Promise<{ firstProducerId: number | bigint; count: number }> {
    throw new Error('not built yet')
  }

  /** Writes what is queued and closes the log. Call `stopBroker` first. */
  close(): Promise<void> {
    throw new Error('not built yet')
  }
}
