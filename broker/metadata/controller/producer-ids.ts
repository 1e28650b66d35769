// Blocks of producer ids: a block is given to one broker and to nobody else, ever. Source: ProducerIdControlManager, Kafka 4.3.0.

import { producerIdNumber } from '../image/replayed-image.ts'
import { recordInput } from '../metadata-record.ts'
import type { Decision, DecisionContext } from './decision.ts'

/** Ids per block, as in Kafka. */
export const producerIdsPerBlock = 1000

export interface ProducerIdBlock {
  readonly firstProducerId: number
  readonly count: number
}

export function allocateProducerIds(context: DecisionContext, brokerId: number): Decision<ProducerIdBlock> {
  const firstProducerId = producerIdNumber(context.image.nextProducerId)
  const brokerEpoch = context.image.brokers.get(brokerId)?.epoch ?? -1
  const nextProducerId = firstProducerId + producerIdsPerBlock
  return {
    records: [recordInput('producerIds', 0, { brokerId, brokerEpoch, nextProducerId })],
    response: { firstProducerId, count: producerIdsPerBlock },
  }
}
