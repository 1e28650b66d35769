// A broker answers the requests of a connection in order: one that waits (a fetch for data, a join for the other members)
// holds up everything behind it. So requests that wait have connections of their own.

import { consumerGroupHeartbeat } from '../../protocol/messages/consumer-group-heartbeat.ts'
import { fetch } from '../../protocol/messages/fetch.ts'
import { heartbeat } from '../../protocol/messages/heartbeat.ts'
import { joinGroup } from '../../protocol/messages/join-group.ts'
import { leaveGroup } from '../../protocol/messages/leave-group.ts'
import { offsetCommit } from '../../protocol/messages/offset-commit.ts'
import { offsetFetch } from '../../protocol/messages/offset-fetch.ts'
import { syncGroup } from '../../protocol/messages/sync-group.ts'

/**
 * data: produce, metadata, admin. fetch: fetches. hedge: fetches beside those of other brokers (consumer/hedger.ts). group: what a member says to its coordinator, in order. join: one member's own,
 * for JoinGroup and SyncGroup, whose answers wait for the other members, which may share all else with it.
 */
export type Lane = 'data' | 'fetch' | 'hedge' | 'group' | `join ${string}`

const groupApis = new Set(
  [joinGroup, syncGroup, heartbeat, leaveGroup, offsetCommit, offsetFetch, consumerGroupHeartbeat].map(api => api.key),
)

/** The connection on which a request of the API goes out, unless it says another. */
export function laneOf(apiKey: number): Lane {
  if (apiKey === fetch.key) return 'fetch'
  return groupApis.has(apiKey) ? 'group' : 'data'
}
