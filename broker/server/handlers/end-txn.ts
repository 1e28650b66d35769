// EndTxn: v0-5. A producer commits or aborts its transaction; answered when that is decided for ever, the markers follow.
// v2: PRODUCER_FENCED. v5: transaction version 2, the answer has the producer id and epoch to go on with (KIP-890).

import { endTxn } from '../../../protocol/messages/end-txn.ts'
import { fencedErrorCode } from '../fenced-error.ts'
import { handler } from '../handler.ts'

export default handler(
  endTxn,
  async ({ services, apiVersion }, request) => {
    const end = { ...request, clientVersion: apiVersion >= 5 ? 2 : 0 }
    const { error, producerId, producerEpoch } = await services.transactions.endTransaction(end)
    return { errorCode: fencedErrorCode(error, apiVersion >= 2), producerId, producerEpoch }
  },
  { failure: (_, errorCode) => ({ errorCode }) },
)
