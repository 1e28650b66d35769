// Who a producer is to the brokers: an id and an epoch, under which it counts its records. A higher epoch of the same id
// replaces the lower ones, and begins to count anew. Source: KIP-98, KIP-360.

import { noProducerEpoch, noProducerId } from '../../protocol/records/batch-header.ts'
import type { Int64 } from '../../protocol/wire/int64.ts'

export interface ProducerIdentity {
  readonly producerId: Int64
  readonly producerEpoch: number
}

export const noIdentity: ProducerIdentity = { producerId: noProducerId, producerEpoch: noProducerEpoch }

/** Behind it there is none: a new id is needed. */
export const producerEpochMax = 0x7fff

export function isSameIdentity(a: ProducerIdentity, b: ProducerIdentity): boolean {
  return a.producerId === b.producerId && a.producerEpoch === b.producerEpoch
}

/** The next epoch, which an idempotent producer may take by itself (KIP-360); undefined when there is none. */
export function nextEpoch({ producerId, producerEpoch }: ProducerIdentity): ProducerIdentity | undefined {
  return producerEpoch >= producerEpochMax ? undefined : { producerId, producerEpoch: producerEpoch + 1 }
}
