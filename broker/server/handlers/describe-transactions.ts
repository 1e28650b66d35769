// DescribeTransactions: v0. The state of transactional ids that this broker coordinates.

import { describeTransactions } from '../../../protocol/messages/describe-transactions.ts'
import { handler } from '../handler.ts'

export default handler(
  describeTransactions,
  ({ services }, { transactionalIds }) => ({
    transactionStates: services.transactions.describeTransactions(transactionalIds),
  }),
  {
    failure: ({ transactionalIds }, errorCode) => ({
      transactionStates: transactionalIds.map(transactionalId => ({ transactionalId, errorCode })),
    }),
  },
)
