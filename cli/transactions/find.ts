// Transactions that were named on the command line: there they are, or a word about what was meant.

import type { Admin } from '../../client/admin/admin.ts'
import type { TransactionDescription } from '../../client/admin/transactions.ts'
import { Failure } from '../terminal/failure.ts'
import { advice } from '../topic/find.ts'

/** In the order of the command line. Throws a Failure for the first that is not there. */
export async function findTransactions(
  admin: Admin,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<TransactionDescription[]> {
  const wanted = [...new Set(ids)]
  const described = await admin.transactions.describeAll(wanted, { signal })
  for (const [id, error] of described.failures) {
    if (error.code !== 'TRANSACTIONAL_ID_NOT_FOUND') throw error
    const known = (await admin.transactions.list({ signal })).map(({ transactionalId }) => transactionalId)
    const otherwise = 'millrace transactions list tells which there are'
    throw new Failure(`no transactional id "${id}"; ${advice(id, known, otherwise)}`)
  }
  return wanted.map(id => described.value(id))
}
