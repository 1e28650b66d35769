// What a decision of the controller is made of: a request and the metadata as decided so far go in, records and an answer come
// out. Nothing is changed here; the records are applied when they are written.

import type { ProtocolError } from '../../../protocol/errors.ts'
import type { Uuid } from '../../../protocol/wire/uuid.ts'
import type { BrokerConfig } from '../../config/broker-config.ts'
import { elrFeature, metadataVersionFeature } from '../feature-levels.ts'
import type { ReplayedImage } from '../image/replayed-image.ts'
import type { RecordInput } from '../metadata-record.ts'
import { type RecordVersions, recordVersions } from '../record-versions.ts'

/** What the controller knows when it decides. */
export interface DecisionContext {
  /** As decided: with the records of earlier decisions that are still on their way to the disk. */
  readonly image: ReplayedImage
  /** This node's settings, with the dynamic ones of `image` applied. */
  readonly config: BrokerConfig
  /** A fresh random id, never one that is reserved. */
  readonly newUuid: () => Uuid
}

export interface Decision<Response> {
  /** One batch: all of them or none. */
  readonly records: readonly RecordInput[]
  readonly response: Response
}

/** Why a part of a request is refused; a null message leaves it to the code. */
export interface Refusal {
  readonly error: ProtocolError
  readonly message: string | null
}

export function refuse(error: ProtocolError, message: string | null): Refusal {
  return { error, message }
}

/** Whether replicas outside of the ISR may be eligible to lead (KIP-966). */
export function hasElr({ image }: DecisionContext): boolean {
  return (image.features.get(elrFeature) ?? 0) > 0
}

/** In which versions records are written. */
export function versionsOf({ image }: DecisionContext): RecordVersions {
  return recordVersions(image.features.get(metadataVersionFeature)!)
}

/** Records that one request may lead to, and partitions it may create, as in Kafka. */
export const recordsPerRequestMax = 10_000
export const partitionsPerRequestMax = 10_000
