// UnregisterBroker: a broker is forgotten, and leads nothing from now on. It may be the one that is asked: it serves nobody then
// until it is started again. Source: ReplicationControlManager.unregisterBroker, Kafka 4.3.0; KIP-631.

import { errors } from '../../../protocol/errors.ts'
import type { unregisterBroker as api } from '../../../protocol/messages/unregister-broker.ts'
import type { Message, MessageInput } from '../../../protocol/wire/schema.ts'
import { recordInput } from '../metadata-record.ts'
import type { Decision, DecisionContext } from './decision.ts'
import { moveLeaders } from './leadership.ts'

type Request = Message<typeof api.request>
type Response = MessageInput<typeof api.response>

export function unregisterBroker(context: DecisionContext, { brokerId }: Request): Decision<Response> {
  const broker = context.image.brokers.get(brokerId)
  if (!broker) {
    const errorMessage = `no broker ${brokerId} is registered`
    return { records: [], response: { errorCode: errors.BROKER_ID_NOT_REGISTERED.code, errorMessage } }
  }
  const forgotten = recordInput('unregisterBroker', 0, { brokerId, brokerEpoch: broker.epoch })
  return {
    records: [...moveLeaders(context, { leaving: brokerId }), forgotten],
    response: { errorCode: errors.NONE.code, errorMessage: '' },
  }
}
