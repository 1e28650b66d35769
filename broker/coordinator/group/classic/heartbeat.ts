// Heartbeat: a member is alive, and learns whether it must rejoin.
// Source: Kafka 4.3.0's GroupMetadataManager.classicGroupHeartbeatToClassicGroup.

import { errors, type ProtocolError } from '../../../../protocol/errors.ts'
import type { heartbeat } from '../../../../protocol/messages/heartbeat.ts'
import type { Message } from '../../../../protocol/wire/schema.ts'
import type { ClassicGroup } from './classic-group.ts'
import { renewSession } from './rebalance.ts'
import type { Step } from './step.ts'

/** NONE, REBALANCE_IN_PROGRESS, or why it is not a member of the current generation. */
export function beat(step: Step, group: ClassicGroup, request: Message<typeof heartbeat.request>): ProtocolError {
  const error = group.checkMember(request.memberId, request.groupInstanceId)
  if (error !== errors.NONE) return error
  if (request.generationId !== group.generation) return errors.ILLEGAL_GENERATION
  renewSession(step, group, group.members.get(request.memberId)!)
  return group.state === 'PreparingRebalance' ? errors.REBALANCE_IN_PROGRESS : errors.NONE
}
