// `millrace transactions abort`: of ids, by fencing their producers; of those that hang, by a marker in each of their partitions.

import type { Admin } from '../../client/admin/admin.ts'
import { partitionKey } from '../../client/admin/topic-partition.ts'
import { parseDuration } from '../arguments/duration.ts'
import { Failure, usage } from '../terminal/failure.ts'
import { counted } from '../terminal/figures.ts'
import type { Session } from '../terminal/session.ts'
import { findTransactions } from './find.ts'
import { type Found, findHanging, showHanging } from './hanging.ts'
import type { HangingTransaction } from './open-transactions.ts'

interface Flags {
  readonly hanging?: readonly string[]
  readonly olderThan: string
  readonly dryRun?: boolean
}

export async function abortTransactions(session: Session, flags: Flags, ids: readonly string[]): Promise<void> {
  const { hanging, dryRun = false } = flags
  if (ids.length > 0 === (hanging !== undefined)) throw usage('give either transactional ids or --hanging TOPIC')
  const silentMs = parseDuration(flags.olderThan, '--older-than')
  const admin = await session.admin()
  if (hanging === undefined) await fence(session, admin, ids, dryRun)
  else await abortHanging(session, admin, await findHanging(admin, hanging, silentMs, session.signal), dryRun)
}

/** Nothing is aborted unless all of the ids are there. */
async function fence(session: Session, admin: Admin, ids: readonly string[], dryRun: boolean): Promise<void> {
  const { signal } = session
  const transactions = await findTransactions(admin, ids, signal)
  const wanted = transactions.map(({ transactionalId }) => transactionalId)
  const fenced = dryRun ? undefined : await admin.transactions.fenceAll(wanted, { signal })
  for (const { transactionalId, state, partitions } of transactions) {
    if (fenced?.failures.has(transactionalId)) continue
    const verb = dryRun ? 'would abort' : 'aborted'
    const what = partitions.length === 0 ? 'nothing was under way' : counted(partitions.length, 'partition')
    const text = `${verb} ${transactionalId}  ${what}; its producer ${dryRun ? 'would be' : 'is'} shut out`
    session.tell(text, { transactionalId, previousState: state, partitions, dryRun })
  }
  const failures = [...(fenced?.failures ?? [])].map(([id, error]) => `${id} was not aborted: ${error.message}`)
  if (failures.length > 0) throw new Failure(failures.join('\n'))
}

async function abortHanging(
  session: Session,
  admin: Admin,
  { hanging, unasked }: Found,
  dryRun: boolean,
): Promise<void> {
  const failures = [...unasked]
  const aborted: HangingTransaction[] = []
  for (const each of hanging) {
    try {
      if (!dryRun) await admin.transactions.abort(each, { signal: session.signal })
      aborted.push(each)
    } catch (error) {
      failures.push(`in ${partitionKey(each)}: ${(error as Error).message}`)
    }
  }
  const heading = `${dryRun ? 'would abort' : 'aborted'} ${counted(aborted.length, 'transaction')}`
  if (aborted.length > 0 || failures.length === 0) {
    showHanging(session, aborted.length > 0 ? [heading] : [], aborted, { dryRun })
  }
  if (failures.length > 0) throw new Failure(failures.join('\n'))
}
