// `millrace group delete`

import { Failure } from '../terminal/failure.ts'
import { counted } from '../terminal/figures.ts'
import type { Session } from '../terminal/session.ts'
import { findGroups } from './find.ts'

/** Nothing is deleted unless all of them are there and have no members. */
export async function deleteGroups(
  session: Session,
  { dryRun = false }: { dryRun?: boolean },
  groupIds: readonly string[],
): Promise<void> {
  const admin = await session.admin()
  const { signal } = session
  const groups = await findGroups(admin, groupIds, signal)
  const inUse = groups.find(({ members }) => members.length > 0)
  if (inUse !== undefined) {
    const members = counted(inUse.members.length, 'member')
    throw new Failure(`group ${inUse.groupId} has ${members}: stop them first, then delete it. Nothing was deleted.`)
  }
  if (dryRun) {
    const offsets = (await admin.groupOffsets.listAll(groups, { signal })).orThrow()
    for (const { groupId } of groups) {
      const count = offsets.get(groupId)!.size
      session.tell(`would delete ${groupId}  ${counted(count, 'offset')}`, { groupId, offsets: count, dryRun })
    }
    return
  }
  const deleted = await admin.groups.deleteAll(
    groups.map(({ groupId }) => groupId),
    { signal },
  )
  for (const groupId of deleted.successes.keys()) session.tell(`deleted ${groupId}`, { groupId, deleted: true })
  const failures = [...deleted.failures].map(([groupId, error]) => `${groupId} was not deleted: ${error.message}`)
  if (failures.length > 0) throw new Failure(failures.join('\n'))
}
