// The first records of a leadership: what a fresh cluster begins with, the end of a transaction that nobody will end, and who the
// controller is. Source: org.apache.kafka.controller.ActivationRecordsGenerator, ClusterControlManager, Kafka 4.3.0.

import type { Uuid } from '../../../protocol/wire/uuid.ts'
import { elrFeature, metadataVersionFeature, supportedFeatures } from '../feature-levels.ts'
import type { EndpointImage } from '../metadata-image.ts'
import { type RecordInput, recordInput } from '../metadata-record.ts'
import { recordVersions } from '../record-versions.ts'

export interface Activation {
  /** Records of bootstrap.checkpoint: feature levels, and perhaps more that somebody formatted in. */
  readonly bootstrap: readonly RecordInput[]
  /** Undefined: the log is empty. */
  readonly metadataVersion: number | undefined
  readonly transactionIsOpen: boolean
  /** The cluster-wide min.insync.replicas that eligible leader replicas need. */
  readonly minInsyncReplicas: number
}

/** Records before which nothing else may be decided. */
export function activationRecords(activation: Activation): RecordInput[] {
  const aborted = activation.transactionIsOpen
    ? [recordInput('abortTransaction', 0, { reason: 'Controller failover' })]
    : []
  if (activation.metadataVersion !== undefined) return aborted
  const { bootstrap } = activation
  const hasTransactions = recordVersions(bootstrapLevel(bootstrap, metadataVersionFeature)).hasTransactions
  const records = [...bootstrap]
  if (bootstrapLevel(bootstrap, elrFeature) > 0) {
    const value = String(activation.minInsyncReplicas)
    records.push(recordInput('config', 0, { resourceType: 4, resourceName: '', name: 'min.insync.replicas', value }))
  }
  if (!hasTransactions) return records
  const begin = recordInput('beginTransaction', 0, { name: 'Bootstrap records' })
  return [...aborted, begin, ...records, recordInput('endTransaction', 0, {})]
}

/** The level of a feature in bootstrap records; 0 when there is none. */
export function bootstrapLevel(bootstrap: readonly RecordInput[], feature: string): number {
  const levels = bootstrap.flatMap(record =>
    record.type === 'featureLevel' && record.value.name === feature ? [record.value.featureLevel ?? 0] : [],
  )
  return levels.at(-1) ?? 0
}

/** This controller, as the others would know it. */
export function registerController(options: {
  controllerId: number
  incarnationId: Uuid
  endpoints: readonly EndpointImage[]
}): RecordInput {
  return recordInput('registerController', 0, {
    controllerId: options.controllerId,
    incarnationId: options.incarnationId,
    zkMigrationReady: false,
    endPoints: options.endpoints,
    features: supportedFeatures(),
  })
}
