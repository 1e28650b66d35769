// Brokers and controllers as they registered, changed by their records alone.
// Source: org.apache.kafka.controller.ClusterControlManager, BrokerRegistration.cloneWith, Kafka 4.3.0.

import { type Int64, safeNumber } from '../../../protocol/wire/int64.ts'
import type { BrokerImage, ControllerImage, SupportedVersions } from '../metadata-image.ts'
import { MetadataRecordError, type RecordValue } from '../metadata-record.ts'
import type { DeltaRecorder } from './delta-recorder.ts'

export class ClusterState {
  readonly brokers: Map<number, BrokerImage>
  readonly controllers: Map<number, ControllerImage>
  readonly #delta: DeltaRecorder | undefined

  constructor(delta?: DeltaRecorder, from?: ClusterState) {
    this.#delta = delta
    this.brokers = new Map(from?.brokers)
    this.controllers = new Map(from?.controllers)
  }

  registerBroker(record: RecordValue<'registerBroker'>): void {
    this.#set({
      id: record.brokerId,
      epoch: epochOf(record.brokerEpoch),
      incarnationId: record.incarnationId,
      endpoints: record.endPoints,
      features: featuresOf(record.features),
      rack: record.rack,
      fenced: record.fenced,
      inControlledShutdown: record.inControlledShutdown,
      directories: record.logDirs,
      cordonedDirectories: record.cordonedLogDirs,
    })
  }

  unregisterBroker({ brokerId, brokerEpoch }: RecordValue<'unregisterBroker'>): void {
    this.#known(brokerId, brokerEpoch)
    this.brokers.delete(brokerId)
    this.#delta?.brokerChanged(brokerId)
  }

  fenceBroker({ id, epoch }: RecordValue<'fenceBroker'>, fenced: boolean): void {
    this.#set({ ...this.#known(id, epoch), fenced })
  }

  /** In the record 1 is yes, -1 is no, 0 and an empty list are no change. */
  changeRegistration(record: RecordValue<'brokerRegistrationChange'>): void {
    const before = this.#known(record.brokerId, record.brokerEpoch)
    this.#set({
      ...before,
      fenced: record.fenced === 0 ? before.fenced : record.fenced > 0,
      inControlledShutdown: record.inControlledShutdown === 0 ? before.inControlledShutdown : true,
      directories: record.logDirs.length === 0 ? before.directories : record.logDirs,
      cordonedDirectories: record.cordonedLogDirs ?? before.cordonedDirectories,
    })
  }

  registerController(record: RecordValue<'registerController'>): void {
    this.controllers.set(record.controllerId, {
      id: record.controllerId,
      incarnationId: record.incarnationId,
      zkMigrationReady: record.zkMigrationReady,
      endpoints: record.endPoints,
      features: featuresOf(record.features),
    })
  }

  #set(broker: BrokerImage): void {
    this.brokers.set(broker.id, broker)
    this.#delta?.brokerChanged(broker.id)
  }

  #known(id: number, epoch: Int64): BrokerImage {
    const broker = this.brokers.get(id)
    if (!broker) throw new MetadataRecordError(`broker ${id} is not registered`)
    if (broker.epoch !== epoch) {
      throw new MetadataRecordError(`broker ${id} is registered with epoch ${broker.epoch}, not ${epoch}`)
    }
    return broker
  }
}

function featuresOf(
  features: readonly { name: string; minSupportedVersion: number; maxSupportedVersion: number }[],
): ReadonlyMap<string, SupportedVersions> {
  return new Map(
    features.map(({ name, minSupportedVersion, maxSupportedVersion }) => [
      name,
      { min: minSupportedVersion, max: maxSupportedVersion },
    ]),
  )
}

/** A broker epoch is an offset of the metadata log. */
function epochOf(epoch: Int64): number {
  const narrowed = safeNumber(epoch)
  if (narrowed === undefined) throw new MetadataRecordError(`a broker epoch of ${epoch} is beyond any offset`)
  return narrowed
}
