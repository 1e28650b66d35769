// ListTransactions: v0-2. The transactional ids that this broker coordinates, filtered by state and producer id.
// v1: and by how long the transaction has run. v2: and by a regular expression that the whole id has to match; it is one of
// JavaScript here, which differs from Java's in rarely used syntax.

import { listTransactions } from '../../../protocol/messages/list-transactions.ts'
import { handler } from '../handler.ts'

export default handler(
  listTransactions,
  ({ services }, request) => {
    const { error, unknownStates, transactions } = services.transactions.listTransactions(request)
    return { errorCode: error.code, unknownStateFilters: unknownStates ?? [], transactionStates: transactions ?? [] }
  },
  { failure: (_, errorCode) => ({ errorCode }) },
)
