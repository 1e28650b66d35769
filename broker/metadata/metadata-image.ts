// What the cluster is, as far as the records of __cluster_metadata-0 have been replayed: read-only views for everybody else.
//
// Invariant: every value reachable from here (a TopicImage, a BrokerImage, a map of config overrides) is immutable and may
// be held for as long as one likes; a change puts another value in its place. The MetadataImage itself is the live image:
// ask it again after an `await`.

import type { LeaderEpoch, Offset } from '../../protocol/types.ts'
import type { Uuid } from '../../protocol/wire/uuid.ts'

/** One partition. Replicas and directories run in parallel. */
export interface PartitionImage {
  readonly index: number
  readonly replicas: readonly number[]
  /** For each replica the id of the log directory that holds it. */
  readonly directories: readonly Uuid[]
  readonly isr: readonly number[]
  readonly removingReplicas: readonly number[]
  readonly addingReplicas: readonly number[]
  /** Replicas that may lead when the ISR is empty (KIP-966). */
  readonly eligibleLeaderReplicas: readonly number[]
  readonly lastKnownElr: readonly number[]
  /** -1: nobody leads. */
  readonly leader: number
  /** 0: recovered, 1: recovering from an unclean election. */
  readonly leaderRecoveryState: number
  readonly leaderEpoch: LeaderEpoch
  readonly partitionEpoch: number
}

export interface TopicImage {
  readonly name: string
  readonly id: Uuid
  /** __consumer_offsets, __transaction_state, __share_group_state. */
  readonly isInternal: boolean
  /** By index, without gaps. */
  readonly partitions: readonly PartitionImage[]
}

export interface EndpointImage {
  readonly name: string
  readonly host: string
  readonly port: number
  /** 0 PLAINTEXT, 1 SSL, 2 SASL_PLAINTEXT, 3 SASL_SSL. */
  readonly securityProtocol: number
}

export interface SupportedVersions {
  readonly min: number
  readonly max: number
}

/** A broker as it registered itself. */
export interface BrokerImage {
  readonly id: number
  readonly epoch: number
  readonly incarnationId: Uuid
  readonly endpoints: readonly EndpointImage[]
  readonly features: ReadonlyMap<string, SupportedVersions>
  readonly rack: string | null
  /** Registered, but not (or no longer) serving. */
  readonly fenced: boolean
  readonly inControlledShutdown: boolean
  readonly directories: readonly Uuid[]
  /** Null: never said. */
  readonly cordonedDirectories: readonly Uuid[] | null
}

export interface ControllerImage {
  readonly id: number
  readonly incarnationId: Uuid
  readonly zkMigrationReady: boolean
  readonly endpoints: readonly EndpointImage[]
  readonly features: ReadonlyMap<string, SupportedVersions>
}

/** What a config override belongs to. */
export type ConfigResourceType = 'topic' | 'broker' | 'group' | 'client-metrics'

export interface MetadataImage {
  /** Of the last record in it; -1 when it is empty. */
  readonly offset: Offset
  readonly clusterId: string
  topicByName(name: string): TopicImage | undefined
  topicById(id: Uuid): TopicImage | undefined
  /** In no particular order. */
  topics(): Iterable<TopicImage>
  readonly topicCount: number
  readonly brokers: ReadonlyMap<number, BrokerImage>
  readonly controllers: ReadonlyMap<number, ControllerImage>
  /** What was set for the resource itself; the name '' of `broker` is the cluster-wide default. Empty when nothing was. */
  configOverrides(type: ConfigResourceType, name: string): ReadonlyMap<string, string>
  /** Names of the resources of a type that have overrides. */
  configuredResources(type: ConfigResourceType): Iterable<string>
  /** Finalised levels; a feature that is not there is at level 0. */
  readonly features: ReadonlyMap<string, number>
  /** First producer id that nobody got yet. */
  readonly nextProducerId: number | bigint
}
