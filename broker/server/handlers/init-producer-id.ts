// InitProducerId: v0-6. A producer id for an idempotent producer. v6 only where unstable versions are enabled.
// v3: a producer that has an id may ask for the next epoch of it; without a transactional id it gets a new id, as in Kafka.
// Not done: a transactional id gets UNSUPPORTED_VERSION, which clients take as final, until transactions exist here.

import { errors } from '../../../protocol/errors.ts'
import { initProducerId } from '../../../protocol/messages/init-producer-id.ts'
import { handler } from '../handler.ts'

const refused = (errorCode: number) => ({ errorCode, producerId: -1, producerEpoch: -1 })

export default handler(
  initProducerId,
  async ({ services }, { transactionalId, producerId, producerEpoch }) => {
    const isHalfKnown = (Number(producerId) === -1) !== (producerEpoch === -1)
    if (isHalfKnown || transactionalId === '') return refused(errors.INVALID_REQUEST.code)
    if (transactionalId !== null) return refused(errors.UNSUPPORTED_VERSION.code)
    try {
      return { producerId: await services.producerIds.next(), producerEpoch: 0 }
    } catch (error) {
      // The metadata log does not take writes now; the producer asks again.
      services.world.logger.warn({ err: error }, 'no producer ids could be allocated')
      return refused(errors.COORDINATOR_LOAD_IN_PROGRESS.code)
    }
  },
  { failure: (_, errorCode) => refused(errorCode) },
)
