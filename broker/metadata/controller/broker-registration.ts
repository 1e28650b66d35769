// The life of a broker in the metadata: registered (fenced), unfenced when it serves, in controlled shutdown and fenced again
// when it stops. Source: ClusterControlManager.registerBroker, ReplicationControlManager.handleBroker*, Kafka 4.3.0.

import type { Uuid } from '../../../protocol/wire/uuid.ts'
import { supportedFeatures } from '../feature-levels.ts'
import type { BrokerImage, EndpointImage } from '../metadata-image.ts'
import { type RecordInput, recordInput } from '../metadata-record.ts'
import { type DecisionContext, hasElr, versionsOf } from './decision.ts'
import { moveLeaders } from './leadership.ts'

export interface Registration {
  readonly brokerId: number
  readonly incarnationId: Uuid
  readonly endpoints: readonly EndpointImage[]
  readonly rack: string | null
  readonly directories: readonly Uuid[]
  /** The epoch that the last clean stop left behind; undefined after any other stop. */
  readonly previousBrokerEpoch: number | undefined
}

/**
 * Registers a new incarnation, fenced. `nextOffset` is where the first of these records will stand: the registration record's
 * own offset becomes the broker epoch. The traces of an incarnation that did not stop cleanly are removed first.
 */
export function registerBroker(
  context: DecisionContext,
  registration: Registration,
  nextOffset: number,
): { records: RecordInput[]; brokerEpoch: number } {
  const versions = versionsOf(context)
  const cleanup = shutdownRecords(context, registration)
  const brokerEpoch = nextOffset + cleanup.length
  const record = recordInput('registerBroker', versions.registerBroker, {
    brokerId: registration.brokerId,
    incarnationId: registration.incarnationId,
    brokerEpoch,
    endPoints: registration.endpoints,
    features: supportedFeatures(),
    rack: registration.rack,
    fenced: true,
    ...(versions.hasDirectories ? { logDirs: registration.directories } : {}),
  })
  // A broker that knows of cordoned directories says which they are; none can be cordoned here.
  const cordoned = versions.hasCordonedDirectories ? [cordonRecord(registration.brokerId, brokerEpoch)] : []
  return { records: [...cleanup, record, ...cordoned], brokerEpoch }
}

function cordonRecord(brokerId: number, brokerEpoch: number): RecordInput {
  return recordInput('brokerRegistrationChange', 3, { brokerId, brokerEpoch, cordonedLogDirs: [] })
}

/** With KIP-966 an unclean stop costs the broker its place among the eligible leaders; otherwise it is as if fenced. */
function shutdownRecords(context: DecisionContext, { brokerId, previousBrokerEpoch }: Registration): RecordInput[] {
  const existing = context.image.brokers.get(brokerId)
  const wasClean = existing !== undefined && existing.epoch === previousBrokerEpoch
  return moveLeaders(context, hasElr(context) && !wasClean ? { unclean: brokerId } : { leaving: brokerId })
}

/** The broker serves: partitions without a leader may be led by it. */
export function unfenceBroker(context: DecisionContext, brokerId: number): RecordInput[] {
  const broker = registered(context, brokerId)
  if (!broker.fenced) return []
  return [fencing(broker, -1), ...moveLeaders(context, { coming: brokerId })]
}

/** The broker is about to stop: it gives up its leaderships. */
export function controlledShutdown(context: DecisionContext, brokerId: number): RecordInput[] {
  const broker = registered(context, brokerId)
  const entering = recordInput('brokerRegistrationChange', 1, {
    brokerId,
    brokerEpoch: broker.epoch,
    inControlledShutdown: 1,
  })
  return [...(broker.inControlledShutdown ? [] : [entering]), ...moveLeaders(context, { leaving: brokerId })]
}

/** The broker is gone. */
export function fenceBroker(context: DecisionContext, brokerId: number): RecordInput[] {
  const broker = registered(context, brokerId)
  if (broker.fenced) return []
  return [...moveLeaders(context, { leaving: brokerId }), fencing(broker, 1)]
}

function registered({ image }: DecisionContext, brokerId: number): BrokerImage {
  const broker = image.brokers.get(brokerId)
  if (!broker) throw new Error(`broker ${brokerId} is not registered`)
  return broker
}

/** 1 fences, -1 unfences. */
function fencing({ id, epoch }: BrokerImage, fenced: 1 | -1): RecordInput {
  return recordInput('brokerRegistrationChange', 0, { brokerId: id, brokerEpoch: epoch, fenced })
}
