// THE table of features (KIP-584): which levels this version can work with, and which it finalises when it formats a fresh
// directory. A level is finalised only when all it stands for is implemented; a feature at level 0 is not finalised at all.
//
// group.version 1 promises KIP-848 groups. share.version and streams.version would promise theirs: not implemented, so neither
// supported nor finalised. A directory that Kafka wrote keeps its levels all the same.
// Source: org.apache.kafka.server.common.Feature, MetadataVersion, Kafka 4.3.0.

export const metadataVersionFeature = 'metadata.version'
export const elrFeature = 'eligible.leader.replicas.version'
export const kraftVersionFeature = 'kraft.version'

export interface FeatureSupport {
  readonly min: number
  readonly max: number
  /** What a fresh directory gets. */
  readonly formatted: number
}

/** Kafka 4.3-IV0, the metadata.version of Kafka 4.3.0. */
export const latestMetadataVersion = 30

export const features: Readonly<Record<string, FeatureSupport>> = {
  [metadataVersionFeature]: { min: 7, max: latestMetadataVersion, formatted: latestMetadataVersion },
  [elrFeature]: { min: 0, max: 1, formatted: 1 },
  [kraftVersionFeature]: { min: 0, max: 1, formatted: 1 },
  'group.version': { min: 0, max: 1, formatted: 1 },
  'transaction.version': { min: 0, max: 2, formatted: 2 },
  'share.version': { min: 0, max: 0, formatted: 0 },
  'streams.version': { min: 0, max: 0, formatted: 0 },
}

/** Features that a registration names: those with a level above 0. */
export function supportedFeatures(): { name: string; minSupportedVersion: number; maxSupportedVersion: number }[] {
  return Object.entries(features)
    .filter(([, { max }]) => max > 0)
    .map(([name, { min, max }]) => ({ name, minSupportedVersion: min, maxSupportedVersion: max }))
}

/** Levels of a fresh directory that stand in records (kraft.version does not), metadata.version first. */
export function formattedFeatures(): [name: string, level: number][] {
  return Object.entries(features)
    .filter(([name, { formatted }]) => formatted > 0 && name !== kraftVersionFeature)
    .map(([name, { formatted }]) => [name, formatted])
}

/** The cluster is at a level that this version cannot work with. */
export class FeatureLevelError extends Error {
  readonly code = 'FEATURE_LEVEL_NOT_SUPPORTED'
}

/** Throws FeatureLevelError when metadata.version is out of range: records could not be read or written rightly. */
export function checkMetadataVersion(level: number): void {
  const { min, max } = features[metadataVersionFeature]!
  if (level >= min && level <= max) return
  throw new FeatureLevelError(
    `the cluster is at metadata.version level ${level}, and this version works with ${min} to ${max}. ` +
      'Start the broker that finalised it, or lower the level there first (kafka-features downgrade).',
  )
}

/** Finalised levels that this version does not implement: they are kept, and their meaning is not acted upon. */
export function unimplementedFeatures(finalised: ReadonlyMap<string, number>): [name: string, level: number][] {
  return [...finalised].filter(([name, level]) => level > (features[name]?.max ?? 0))
}

/** Levels of other features without which a level cannot be set. Source: FeatureVersion.dependencies, Kafka 4.3.0. */
const dependencies: Readonly<Record<string, Readonly<Record<number, readonly FeatureDependency[]>>>> = {
  [elrFeature]: { 1: [{ on: metadataVersionFeature, level: 23 }] },
}

export interface FeatureDependency {
  readonly on: string
  readonly level: number
}

export function featureDependencies(feature: string, level: number): readonly FeatureDependency[] {
  return dependencies[feature]?.[level] ?? []
}

/** Levels of metadata.version that brought records, or fields of records, that the level before cannot read. */
const levelsWithNewMetadata = [7, 8, 11, 13, 14, 15, 17, 23, 30]

/** Whether a cluster at `higher` may hold metadata that one at `lower` cannot read. */
export function metadataChangedBetween(lower: number, higher: number): boolean {
  return levelsWithNewMetadata.some(level => level > lower && level <= higher)
}
