// `millrace transactions describe`

import { partitionKey } from '../../client/admin/topic-partition.ts'
import { elapsed } from '../terminal/figures.ts'
import type { Session } from '../terminal/session.ts'
import { findTransactions } from './find.ts'

export async function describeTransactions(session: Session, _: unknown, ids: readonly string[]): Promise<void> {
  const admin = await session.admin()
  const transactions = await findTransactions(admin, ids, session.signal)
  const nowMs = Date.now()
  session.show({
    columns: ['TRANSACTIONAL ID', 'STATE', 'PRODUCER', 'EPOCH', 'COORDINATOR', 'TIMEOUT', 'SINCE', 'PARTITIONS'],
    rows: transactions.map(each => {
      const { startedMs, partitions, timeoutMs } = each
      return [
        each.transactionalId,
        each.state,
        String(each.producerId),
        each.producerEpoch,
        each.coordinator,
        elapsed(timeoutMs),
        startedMs === undefined ? undefined : elapsed(nowMs - Number(startedMs)),
        partitions.map(partitionKey).join(' ') || undefined,
      ]
    }),
    json: transactions,
  })
}
