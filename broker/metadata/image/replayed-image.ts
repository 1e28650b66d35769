// The image: everything that metadata records say, by replay. `apply` is the only thing that changes it, here and on every
// broker, at start and at run time.
//
// It exists twice on the controller: as everybody sees it (records that are committed) and as the controller has decided it
// (records that are still on their way to the disk, too). Two decisions in a row thus see each other's records although nobody
// else does yet, and none needs undo: a controller that loses its leadership throws its copy away.

import type { LeaderEpoch, Offset } from '../../../protocol/types.ts'
import { type Int64, safeNumber } from '../../../protocol/wire/int64.ts'
import type { Uuid } from '../../../protocol/wire/uuid.ts'
import type { MetadataDelta } from '../metadata-delta.ts'
import type { BrokerImage, ConfigResourceType, ControllerImage, MetadataImage, TopicImage } from '../metadata-image.ts'
import type { MetadataRecord } from '../metadata-record.ts'
import { ClusterState } from './cluster-state.ts'
import { ConfigsState } from './configs-state.ts'
import { DeltaRecorder } from './delta-recorder.ts'
import { KeptRecords } from './kept-records.ts'
import { TopicsState } from './topics-state.ts'

/** Where in the log the image stands. */
export interface Provenance {
  /** Of the last record; -1: none. */
  readonly offset: Offset
  readonly epoch: LeaderEpoch
  readonly timestampMs: number
}

export class ReplayedImage implements MetadataImage {
  readonly clusterId: string
  readonly topicsState: TopicsState
  readonly clusterState: ClusterState
  readonly configsState: ConfigsState
  readonly kept: KeptRecords
  readonly features: Map<string, number>
  readonly #delta: DeltaRecorder | undefined
  #nextProducerId: Int64 | undefined
  #provenance: Provenance = { offset: -1, epoch: 0, timestampMs: 0 }

  /** `recordsDelta`: whether `takeDelta` will be asked. */
  constructor(clusterId: string, options: { recordsDelta: boolean; from?: ReplayedImage }) {
    const { from } = options
    this.clusterId = clusterId
    this.#delta = options.recordsDelta ? new DeltaRecorder() : undefined
    this.topicsState = new TopicsState(this.#delta, from?.topicsState)
    this.clusterState = new ClusterState(this.#delta, from?.clusterState)
    this.configsState = new ConfigsState(this.#delta, from?.configsState)
    this.kept = new KeptRecords(from?.kept)
    this.features = new Map(from?.features)
    this.#nextProducerId = from?.writtenNextProducerId
    this.#provenance = from?.provenance ?? this.#provenance
  }

  get offset(): Offset {
    return this.#provenance.offset
  }
  get provenance(): Provenance {
    return this.#provenance
  }
  topicByName(name: string): TopicImage | undefined {
    return this.topicsState.topicByName(name)
  }
  topicById(id: Uuid): TopicImage | undefined {
    return this.topicsState.topicById(id)
  }
  topics(): Iterable<TopicImage> {
    return this.topicsState.topics()
  }
  get topicCount(): number {
    return this.topicsState.count
  }
  get brokers(): ReadonlyMap<number, BrokerImage> {
    return this.clusterState.brokers
  }
  get controllers(): ReadonlyMap<number, ControllerImage> {
    return this.clusterState.controllers
  }
  configOverrides(type: ConfigResourceType, name: string): ReadonlyMap<string, string> {
    return this.configsState.overrides(type, name)
  }
  configuredResources(type: ConfigResourceType): Iterable<string> {
    return this.configsState.names(type)
  }
  get nextProducerId(): Int64 {
    return this.#nextProducerId ?? 0
  }
  /** Undefined: no block was ever given out. */
  get writtenNextProducerId(): Int64 | undefined {
    return this.#nextProducerId
  }

  /** Replays one record. Throws MetadataRecordError when it contradicts what was before. */
  apply(record: MetadataRecord): void {
    if (this.kept.apply(record)) return
    switch (record.type) {
      case 'topic':
        this.topicsState.createTopic(record.value)
        break
      case 'removeTopic':
        this.configsState.topicDeleted(this.topicsState.removeTopic(record.value).name)
        break
      case 'partition':
        this.topicsState.setPartition(record.value)
        break
      case 'partitionChange':
        this.topicsState.changePartition(record.value)
        break
      case 'clearElr':
        this.topicsState.clearElr(record.value)
        break
      case 'config':
        this.configsState.set(record.value)
        break
      case 'featureLevel':
        this.#setFeature(record.value)
        break
      case 'producerIds':
        this.#nextProducerId = record.value.nextProducerId
        break
      default:
        this.#applyRegistration(record)
    }
  }

  #applyRegistration(record: MetadataRecord): void {
    switch (record.type) {
      case 'registerBroker':
        this.clusterState.registerBroker(record.value)
        break
      case 'unregisterBroker':
        this.clusterState.unregisterBroker(record.value)
        break
      case 'brokerRegistrationChange':
        this.clusterState.changeRegistration(record.value)
        break
      case 'fenceBroker':
        this.clusterState.fenceBroker(record.value, true)
        break
      case 'unfenceBroker':
        this.clusterState.fenceBroker(record.value, false)
        break
      case 'registerController':
        this.clusterState.registerController(record.value)
        break
      // Without effect: NoOp; the ZooKeeper migration, which was over before 4.0; transactions, which are the reader's affair.
      default:
        break
    }
  }

  /** A batch is complete: what it changed may be held by others, and this is where the image stands now. */
  commit(provenance: Provenance): void {
    this.topicsState.seal()
    this.#provenance = provenance
  }

  /** What changed since last asked. */
  takeDelta(): MetadataDelta {
    return this.#delta!.take(this)
  }

  /** A copy for a controller to run ahead with. */
  forDecisions(): ReplayedImage {
    return new ReplayedImage(this.clusterId, { recordsDelta: false, from: this })
  }

  #setFeature({ name, featureLevel }: { name: string; featureLevel: number }): void {
    // kraft.version stands in control records of the quorum; a record of it here was a bug of Kafka before 4.0 (KAFKA-18979).
    if (name === 'kraft.version') return
    if (featureLevel === 0) this.features.delete(name)
    else this.features.set(name, featureLevel)
    this.#delta?.featureChanged(name)
  }
}

/** A producer id to compute with; beyond 2^53 ids there is nothing to allocate. */
export function producerIdNumber(id: Int64): number {
  const narrowed = safeNumber(id)
  if (narrowed === undefined) throw new RangeError(`producer id ${id} is beyond what can be allocated`)
  return narrowed
}
