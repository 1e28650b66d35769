// The records that lead to an image: what a snapshot holds. In the order in which Kafka writes them; metadata.version comes
// first, because it may decide how the rest is read.
//
// All is taken from the image at once (references to immutable values), and encoded as it is asked for: a snapshot of many
// topics is written in slices while the image moves on. Source: org.apache.kafka.image.MetadataImage.write, Kafka 4.3.0.

import { elrFeature, metadataVersionFeature } from '../feature-levels.ts'
import type { BrokerImage, ControllerImage, PartitionImage, SupportedVersions, TopicImage } from '../metadata-image.ts'
import { encodeRecord, type RecordInput, recordInput } from '../metadata-record.ts'
import { type RecordVersions, recordVersions } from '../record-versions.ts'
import type { ReplayedImage } from './replayed-image.ts'

/** The encoded records of an image as it is now, however it changes while they are taken. */
export function imageFrames(image: ReplayedImage): Iterable<Buffer> {
  const metadataVersion = image.features.get(metadataVersionFeature)
  if (metadataVersion === undefined) throw new Error('an image without a metadata.version has no records')
  const versions = recordVersions(metadataVersion)
  const features = [...image.features].filter(([name]) => name !== metadataVersionFeature)
  const brokers = [...image.brokers.values()]
  const controllers = versions.registersControllers ? [...image.controllers.values()] : []
  const topics = [...image.topics()]
  const configs = [...image.configsState.all()]
  const quotas = image.kept.framesOf('clientQuota')
  const nextProducerId = image.writtenNextProducerId
  const others = [
    ...image.kept.framesOf('accessControlEntry', 'userScramCredential', 'delegationToken'),
    ...image.kept.unknownFrames(),
  ]
  const hasElr = (image.features.get(elrFeature) ?? 0) > 0

  function* records(): Iterable<RecordInput> {
    yield recordInput('featureLevel', 0, { name: metadataVersionFeature, featureLevel: metadataVersion! })
    for (const [name, featureLevel] of features) yield recordInput('featureLevel', 0, { name, featureLevel })
    for (const broker of brokers) yield registerBroker(broker, versions)
    for (const controller of controllers) yield registerController(controller)
    for (const topic of topics) yield* topicRecords(topic, versions, hasElr)
    for (const { resourceType, name: resourceName, overrides } of configs) {
      for (const [name, value] of overrides) yield recordInput('config', 0, { resourceType, resourceName, name, value })
    }
  }

  return (function* frames() {
    for (const record of records()) yield encodeRecord(record)
    yield* quotas
    if (nextProducerId !== undefined) {
      yield encodeRecord(recordInput('producerIds', 0, { brokerId: -1, brokerEpoch: -1, nextProducerId }))
    }
    yield* others
  })()
}

function* topicRecords(topic: TopicImage, versions: RecordVersions, hasElr: boolean): Iterable<RecordInput> {
  yield recordInput('topic', 0, { name: topic.name, topicId: topic.id })
  for (const partition of topic.partitions) yield partitionInput(topic.id, partition, versions, hasElr)
}

/** The record of a partition as it is. */
export function partitionInput(
  topicId: string,
  partition: PartitionImage,
  versions: RecordVersions,
  hasElr: boolean,
): RecordInput {
  const { eligibleLeaderReplicas: elr, lastKnownElr } = partition
  return recordInput('partition', versions.partition, {
    partitionId: partition.index,
    topicId,
    replicas: partition.replicas,
    isr: partition.isr,
    removingReplicas: partition.removingReplicas,
    addingReplicas: partition.addingReplicas,
    leader: partition.leader,
    leaderRecoveryState: partition.leaderRecoveryState,
    leaderEpoch: partition.leaderEpoch,
    partitionEpoch: partition.partitionEpoch,
    ...(versions.hasDirectories ? { directories: partition.directories } : {}),
    // Tagged fields: left out when empty, as Kafka does.
    ...(hasElr && elr.length > 0 ? { eligibleLeaderReplicas: elr } : {}),
    ...(hasElr && lastKnownElr.length > 0 ? { lastKnownElr } : {}),
  })
}

/** The record of a broker as it is registered. */
export function registerBroker(broker: BrokerImage, versions: RecordVersions): RecordInput {
  return recordInput('registerBroker', versions.registerBroker, {
    brokerId: broker.id,
    incarnationId: broker.incarnationId,
    brokerEpoch: broker.epoch,
    endPoints: broker.endpoints,
    features: featureInputs(broker.features),
    rack: broker.rack,
    fenced: broker.fenced,
    ...(versions.registerBroker >= 1 ? { inControlledShutdown: broker.inControlledShutdown } : {}),
    ...(versions.hasDirectories ? { logDirs: broker.directories } : {}),
    ...(versions.hasCordonedDirectories ? { cordonedLogDirs: broker.cordonedDirectories } : {}),
  })
}

function registerController(controller: ControllerImage): RecordInput {
  return recordInput('registerController', 0, {
    controllerId: controller.id,
    incarnationId: controller.incarnationId,
    zkMigrationReady: controller.zkMigrationReady,
    endPoints: controller.endpoints,
    features: featureInputs(controller.features),
  })
}

function featureInputs(features: ReadonlyMap<string, SupportedVersions>) {
  return [...features].map(([name, { min, max }]) => ({ name, minSupportedVersion: min, maxSupportedVersion: max }))
}
