// This coordinator lets go of a group: another one has it now, or the broker stops.

import { errors } from '../../../../protocol/errors.ts'
import type { ClassicGroup } from './classic-group.ts'

/** Whoever is parked in the group is sent to look for the coordinator. */
export function unload(group: ClassicGroup, nowMs: number): void {
  group.transitionTo('Dead', nowMs)
  const errorCode = errors.NOT_COORDINATOR.code
  for (const member of group.members.values()) {
    group.completeJoin(member, { memberId: member.memberId, errorCode })
    group.completeSync(member, { errorCode })
  }
}
