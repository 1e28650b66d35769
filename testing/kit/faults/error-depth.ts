// How deep in an answer Kafka puts an error. Most are about a partition, a topic, or another thing that the request names, and stand
// with it. Those here are about the request as a whole: about who asks, about the group or the session it belongs to, about the broker.

import type { ErrorName } from '../../../protocol/errors.ts'
import type { Depth } from './error-answer.ts'
import type { ErrorPlaces } from './error-places.ts'

const ofTheWhole: ReadonlySet<ErrorName> = new Set<ErrorName>([
  'UNKNOWN_SERVER_ERROR',
  'REQUEST_TIMED_OUT',
  'BROKER_NOT_AVAILABLE',
  'STALE_CONTROLLER_EPOCH',
  'NETWORK_EXCEPTION',
  'COORDINATOR_LOAD_IN_PROGRESS',
  'COORDINATOR_NOT_AVAILABLE',
  'NOT_COORDINATOR',
  'ILLEGAL_GENERATION',
  'INCONSISTENT_GROUP_PROTOCOL',
  'INVALID_GROUP_ID',
  'REBALANCE_IN_PROGRESS',
  'GROUP_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
  'UNSUPPORTED_SASL_MECHANISM',
  'ILLEGAL_SASL_STATE',
  'UNSUPPORTED_VERSION',
  'NOT_CONTROLLER',
  'INVALID_REQUEST',
  'SECURITY_DISABLED',
  'SASL_AUTHENTICATION_FAILED',
  'NON_EMPTY_GROUP',
  'GROUP_ID_NOT_FOUND',
  'FETCH_SESSION_ID_NOT_FOUND',
  'INVALID_FETCH_SESSION_EPOCH',
  'LISTENER_NOT_FOUND',
  'STALE_BROKER_EPOCH',
  'GROUP_MAX_SIZE_REACHED',
  'PRINCIPAL_DESERIALIZATION_FAILURE',
  'INCONSISTENT_CLUSTER_ID',
  'FETCH_SESSION_TOPIC_ID_ERROR',
  'FENCED_MEMBER_EPOCH',
  'STALE_MEMBER_EPOCH',
  'MISMATCHED_ENDPOINT_TYPE',
  'UNSUPPORTED_ENDPOINT_TYPE',
  'SHARE_SESSION_NOT_FOUND',
  'INVALID_SHARE_SESSION_EPOCH',
  'REBOOTSTRAP_REQUIRED',
  'SHARE_SESSION_LIMIT_REACHED',
])

/** With the member where the request names several (LeaveGroup), otherwise with the group. */
const ofMembers: ReadonlySet<ErrorName> = new Set<ErrorName>(['UNKNOWN_MEMBER_ID', 'FENCED_INSTANCE_ID'])

/** Where Kafka puts the error in answers with these places. */
export function depthOf(error: ErrorName, places: ErrorPlaces): Depth {
  if (ofTheWhole.has(error)) return 'whole'
  return ofMembers.has(error) && !namesMembers(places) ? 'whole' : 'each'
}

const namesMembers = ({ lists }: ErrorPlaces): boolean =>
  lists.some(({ identity }) => identity.some(({ noun }) => noun === 'memberId'))
