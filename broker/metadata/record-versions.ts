// In which versions records are written, by the cluster's metadata.version: a broker of that version must be able to read them.
// Source: org.apache.kafka.server.common.MetadataVersion, Kafka 4.3.0.

export interface RecordVersions {
  readonly registerBroker: number
  /** Controllers register themselves (since 3.7-IV0). */
  readonly registersControllers: boolean
  readonly partition: number
  readonly partitionChange: number
  /** Replicas are assigned to directories (since 3.7-IV2). */
  readonly hasDirectories: boolean
  /** Metadata transactions (since 3.6-IV1). */
  readonly hasTransactions: boolean
  /** A shrinking ISR needs a new leader epoch (before 3.6-IV0, KAFKA-15021). */
  readonly bumpsEpochOnIsrShrink: boolean
  /** A broker says which directories take no new replicas (since 4.3-IV0). */
  readonly hasCordonedDirectories: boolean
}

export function recordVersions(metadataVersion: number): RecordVersions {
  const since = (level: number): boolean => metadataVersion >= level
  return {
    registerBroker: since(30) ? 4 : since(17) ? 3 : since(8) ? 2 : 1,
    registersControllers: since(15),
    partition: since(23) ? 2 : since(17) ? 1 : 0,
    partitionChange: since(23) ? 2 : since(17) ? 1 : 0,
    hasDirectories: since(17),
    hasTransactions: since(13),
    bumpsEpochOnIsrShrink: !since(12),
    hasCordonedDirectories: since(30),
  }
}
