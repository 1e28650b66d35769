// `millrace transactions list`

import { parseDuration } from '../arguments/duration.ts'
import type { Session } from '../terminal/session.ts'

interface Flags {
  readonly state?: readonly string[]
  readonly longerThan?: string
  readonly pattern?: string
}

export async function listTransactions(session: Session, flags: Flags): Promise<void> {
  const { state: states = [], longerThan, pattern } = flags
  const durationMsMin = longerThan === undefined ? undefined : parseDuration(longerThan, '--longer-than')
  const admin = await session.admin()
  const transactions = await admin.transactions.list({
    states,
    ...(durationMsMin !== undefined && { durationMsMin }),
    ...(pattern !== undefined && { pattern }),
    signal: session.signal,
  })
  session.show({
    columns: ['TRANSACTIONAL ID', 'PRODUCER', 'STATE'],
    rows: transactions.map(({ transactionalId, producerId, state }) => [transactionalId, String(producerId), state]),
    json: transactions,
    empty: 'no transactions',
  })
}
