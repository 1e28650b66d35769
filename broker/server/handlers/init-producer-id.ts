// InitProducerId: v0-6. A producer id for an idempotent producer; with a transactional id the producer's, in the next epoch.
// v3: a producer that has an id may ask for the next epoch of it; without a transactional id it gets a new id, as in Kafka.
// v4: PRODUCER_FENCED, which older clients know as INVALID_PRODUCER_EPOCH. v6 only where unstable versions are enabled:
// enable2Pc needs transaction.two.phase.commit.enable, else TRANSACTIONAL_ID_AUTHORIZATION_FAILED; keepPreparedTxn is
// UNSUPPORTED_VERSION, both as in Kafka 4.3.0.

import { errors } from '../../../protocol/errors.ts'
import { initProducerId } from '../../../protocol/messages/init-producer-id.ts'
import { fencedErrorCode } from '../fenced-error.ts'
import { handler } from '../handler.ts'

const refused = (errorCode: number) => ({ errorCode, producerId: -1, producerEpoch: -1 })

export default handler(
  initProducerId,
  async ({ services, apiVersion }, request) => {
    const { transactionalId, producerId, producerEpoch } = request
    const isHalfKnown = (Number(producerId) === -1) !== (producerEpoch === -1)
    if (isHalfKnown || transactionalId === '') return refused(errors.INVALID_REQUEST.code)
    if (transactionalId !== null) {
      const owned = producerEpoch === -1 ? undefined : { producerId, producerEpoch }
      const { transactionTimeoutMs: timeoutMs, enable2Pc, keepPreparedTxn } = request
      const init = { transactionalId, timeoutMs, owned, enable2Pc, keepPreparedTxn }
      const { error, ...answer } = await services.transactions.initProducerId(init)
      return { errorCode: fencedErrorCode(error, apiVersion >= 4), ...answer }
    }
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
