// AddOffsetsToTxn: v0-4. The partition of __consumer_offsets that holds a group becomes part of a transaction.
// v2: PRODUCER_FENCED. Clients of transaction version 2 do without: TxnOffsetCommit adds the partition itself.

import { addOffsetsToTxn } from '../../../protocol/messages/add-offsets-to-txn.ts'
import { fencedErrorCode } from '../fenced-error.ts'
import { handler } from '../handler.ts'
import { offsetsTopic } from '../topic-name.ts'

export default handler(
  addOffsetsToTxn,
  async ({ services, apiVersion }, { groupId, ...producer }) => {
    const partitions = [{ topic: offsetsTopic, partition: services.groups.partitionFor(groupId) }]
    const error = await services.transactions.addPartitions({ ...producer, partitions }, 0)
    return { errorCode: fencedErrorCode(error, apiVersion >= 2) }
  },
  { failure: (_, errorCode) => ({ errorCode }) },
)
