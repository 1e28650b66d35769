// What a higher metadata.version asks of those who have registered already: the controller registers (since 3.7-IV0), and a broker
// says which log directories it has (since 3.7-IV2) and which of them take no new replicas (since 4.3-IV0). It is the same
// incarnation, with the epoch that it has, and it goes on serving.
//
// Source: ControllerRegistrationManager, BrokerRegistrationTracker, Kafka 4.3.0, which do so in requests of their own a moment later.

import type { Uuid } from '../../../protocol/wire/uuid.ts'
import { registerBroker } from '../image/image-records.ts'
import type { MetadataImage } from '../metadata-image.ts'
import type { RecordInput } from '../metadata-record.ts'
import { recordVersions } from '../record-versions.ts'

export interface LocalNode {
  readonly nodeId: number
  /** Of the log directories that are online. */
  readonly directories: readonly Uuid[]
  /** The record by which this controller registers. */
  readonly registerController: () => RecordInput
}

/** Registrations that are missing or say too little at `metadataVersion`. */
export function refreshRegistrations(image: MetadataImage, node: LocalNode, metadataVersion: number): RecordInput[] {
  const versions = recordVersions(metadataVersion)
  const broker = image.brokers.get(node.nodeId)
  const records: RecordInput[] = []
  if (versions.registersControllers && !image.controllers.has(node.nodeId)) records.push(node.registerController())
  if (!broker) return records
  const lacksDirectories = versions.hasDirectories && broker.directories.length === 0
  const lacksCordoned = versions.hasCordonedDirectories && broker.cordonedDirectories === null
  if (!lacksDirectories && !lacksCordoned) return records
  const directories = lacksDirectories ? node.directories : broker.directories
  return [...records, registerBroker({ ...broker, directories, cordonedDirectories: [] }, versions)]
}
