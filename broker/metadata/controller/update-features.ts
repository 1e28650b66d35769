// UpdateFeatures: levels of features are finalised, all of a request or none. Whoever acts on a level asks the image for it and
// obeys the new one from the moment it is published.
//
// Left out: raising kraft.version, which needs the voters in a control record of the log.
//
// Source: FeatureControlManager.updateFeatures, ConfigurationControlManager.maybeGenerateElrSafetyRecords, Kafka 4.3.0; KIP-584.

import { type ErrorName, errors } from '../../../protocol/errors.ts'
import type { updateFeatures as api } from '../../../protocol/messages/update-features.ts'
import type { Message, MessageInput } from '../../../protocol/wire/schema.ts'
import {
  elrFeature,
  featureDependencies,
  features,
  kraftVersionFeature,
  metadataChangedBetween,
  metadataVersionFeature,
} from '../feature-levels.ts'
import type { MetadataImage } from '../metadata-image.ts'
import { type RecordInput, recordInput } from '../metadata-record.ts'
import { type Decision, type DecisionContext, recordsPerRequestMax } from './decision.ts'
import { type LocalNode, refreshRegistrations } from './registration-refresh.ts'

type Request = Message<typeof api.request>
type Response = MessageInput<typeof api.response>

const upgradeType = { upgrade: 1, safeDowngrade: 2, unsafeDowngrade: 3 } as const
const minInsyncReplicas = 'min.insync.replicas'

interface Wanted {
  readonly feature: string
  readonly level: number
  readonly upgradeType: number
}

export interface FeatureContext extends DecisionContext {
  readonly node: LocalNode
  /** The quorum's own level, which stands in control records. */
  readonly kraftVersion: number
}

/** Every refusal is INVALID_UPDATE_VERSION; up to version 1 the answer has a line for each feature when all went well. */
export function updateFeatures(context: FeatureContext, request: Request, apiVersion: number): Decision<Response> {
  const updates = lastOfEach(request)
  const levels = proposedLevels(context, updates)
  for (const wanted of updates) {
    const problem = problemOf(context, wanted, levels)
    if (problem) return refused('INVALID_UPDATE_VERSION', wanted, problem)
  }
  if (updates.length > recordsPerRequestMax) return { records: [], response: policyViolation(updates.length) }
  const names = apiVersion > 1 ? [] : updates.map(({ feature }) => feature)
  return {
    records: request.validateOnly ? [] : recordsOf(context, updates, levels),
    response: {
      errorCode: errors.NONE.code,
      errorMessage: null,
      results: names.map(feature => ({ feature, errorCode: errors.NONE.code, errorMessage: 'NONE' })),
    },
  }
}

/** A feature that stands twice in a request gets the last level, as in Kafka. */
function lastOfEach({ featureUpdates }: Request): Wanted[] {
  const byName = new Map<string, Wanted>()
  for (const { feature, maxVersionLevel: level, upgradeType } of featureUpdates) {
    byName.set(feature, { feature, level, upgradeType })
  }
  return [...byName.values()]
}

/** All levels as they would be after the request: features may depend on one another. */
function proposedLevels({ image, kraftVersion }: FeatureContext, updates: readonly Wanted[]): Map<string, number> {
  const levels = new Map([...image.features, [kraftVersionFeature, kraftVersion]])
  for (const { feature, level } of updates) levels.set(feature, level)
  return levels
}

/** Why a level cannot be set; undefined: it can. */
function problemOf(context: FeatureContext, wanted: Wanted, levels: ReadonlyMap<string, number>): string | undefined {
  const { feature, level, upgradeType: type } = wanted
  if (!(Object.values(upgradeType) as number[]).includes(type)) return `upgrade type ${type} does not exist`
  if (level < 0) return 'a level cannot be below 0'
  return (
    unsupported(context.image, wanted) ??
    wrongDirection(currentLevel(context, feature), wanted) ??
    (feature === metadataVersionFeature ? metadataDowngrade(context.image, wanted) : missingDependency(wanted, levels))
  )
}

function currentLevel({ image, kraftVersion }: FeatureContext, feature: string): number {
  return feature === kraftVersionFeature ? kraftVersion : (image.features.get(feature) ?? 0)
}

/** This version and every registered broker must be able to work with the level. */
function unsupported(image: MetadataImage, { feature, level }: Wanted): string | undefined {
  const local = features[feature]
  if (!local || local.max === 0) {
    return local && level === 0 ? undefined : 'this version does not know the feature, or does not implement it'
  }
  if (level < local.min || level > local.max) return `this version supports levels ${local.min} to ${local.max}`
  for (const broker of image.brokers.values()) {
    const { min, max } = broker.features.get(feature) ?? { min: 0, max: 0 }
    if (level !== 0 && (level < min || level > max)) return `broker ${broker.id} supports levels ${min} to ${max}`
  }
  return undefined
}

function wrongDirection(current: number, { feature, level, upgradeType: type }: Wanted): string | undefined {
  if (level < current && type === upgradeType.upgrade) {
    return `it is at level ${current}: going down needs the upgrade type of a safe or an unsafe downgrade`
  }
  if (level > current && type !== upgradeType.upgrade) {
    return `it is at level ${current}: a downgrade cannot lead to a higher level`
  }
  if (feature === kraftVersionFeature && level < current) return 'the level of the quorum never goes down'
  if (feature === kraftVersionFeature && level > current) return 'the level of the quorum can be raised by Kafka only'
  return undefined
}

/** A lower metadata.version must be able to say all that a higher one may have written. */
function metadataDowngrade(image: MetadataImage, { level, upgradeType: type }: Wanted): string | undefined {
  const current = image.features.get(metadataVersionFeature)!
  if (level >= current || !metadataChangedBetween(level, current)) return undefined
  const move = `level ${current} may have written what level ${level} cannot read`
  return type === upgradeType.unsafeDowngrade ? `${move}; an unsafe downgrade is not supported` : move
}

function missingDependency({ feature, level }: Wanted, levels: ReadonlyMap<string, number>): string | undefined {
  for (const { on, level: needed } of featureDependencies(feature, level)) {
    if ((levels.get(on) ?? 0) < needed) return `level ${level} needs ${on} at level ${needed} or higher`
  }
  return undefined
}

function recordsOf(
  context: FeatureContext,
  updates: readonly Wanted[],
  levels: ReadonlyMap<string, number>,
): RecordInput[] {
  // The quorum's level is said by the leader of the quorum; the one that it has can only be asked for again.
  const written = updates.filter(({ feature }) => feature !== kraftVersionFeature)
  const records = written.map(({ feature, level }) =>
    recordInput('featureLevel', 0, { name: feature, featureLevel: level }),
  )
  if (updates.some(({ feature, level }) => feature === elrFeature && level > 0)) records.push(...elrSafety(context))
  return [...records, ...refreshRegistrations(context.image, context.node, levels.get(metadataVersionFeature)!)]
}

/** With eligible leader replicas min.insync.replicas is one value for the cluster and none for single brokers. */
function elrSafety({ image, config }: DecisionContext): RecordInput[] {
  const record = (resourceName: string, value: string | null): RecordInput =>
    recordInput('config', 0, { resourceType: 4, resourceName, name: minInsyncReplicas, value })
  const records = image.configOverrides('broker', '').has(minInsyncReplicas)
    ? []
    : [record('', String(config.int(minInsyncReplicas)))]
  for (const broker of image.configuredResources('broker')) {
    if (broker !== '' && image.configOverrides('broker', broker).has(minInsyncReplicas)) {
      records.push(record(broker, null))
    }
  }
  return records
}

function refused(name: ErrorName, { feature, level }: Wanted, problem: string): Decision<Response> {
  const errorMessage = `no feature was changed: ${feature} cannot be set to level ${level}, because ${problem}`
  return { records: [], response: { errorCode: errors[name].code, errorMessage, results: [] } }
}

function policyViolation(count: number): Response {
  const errorMessage = `one request may change ${recordsPerRequestMax} features, not ${count}`
  return { errorCode: errors.POLICY_VIOLATION.code, errorMessage, results: [] }
}
