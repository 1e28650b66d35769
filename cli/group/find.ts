// A group that was named on the command line: there it is, or a word about what was meant.

import type { Admin } from '../../client/admin/admin.ts'
import type { GroupDescription } from '../../client/admin/group-descriptions.ts'
import { Failure } from '../terminal/failure.ts'
import { advice } from '../topic/find.ts'

/** In the order of the command line. Throws a Failure for the first that is not there. */
export async function findGroups(
  admin: Admin,
  groupIds: readonly string[],
  signal: AbortSignal,
): Promise<GroupDescription[]> {
  const wanted = [...new Set(groupIds)]
  const described = await admin.groups.describeAll(wanted, { signal })
  for (const [groupId, error] of described.failures) {
    if (error.code !== 'GROUP_ID_NOT_FOUND') throw error
    const names = (await admin.groups.list({ signal })).map(each => each.groupId)
    throw new Failure(`no group "${groupId}"; ${advice(groupId, names, 'millrace group list tells which there are')}`)
  }
  return wanted.map(groupId => described.value(groupId))
}
