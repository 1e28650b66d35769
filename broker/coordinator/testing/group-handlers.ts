// The handlers of the group coordinator's requests, by API name. For tests.

import type { Handler } from '../../server/handler.ts'
import consumerGroupDescribe from '../../server/handlers/consumer-group-describe.ts'
import consumerGroupHeartbeat from '../../server/handlers/consumer-group-heartbeat.ts'
import deleteGroups from '../../server/handlers/delete-groups.ts'
import describeGroups from '../../server/handlers/describe-groups.ts'
import heartbeat from '../../server/handlers/heartbeat.ts'
import joinGroup from '../../server/handlers/join-group.ts'
import leaveGroup from '../../server/handlers/leave-group.ts'
import listGroups from '../../server/handlers/list-groups.ts'
import offsetCommit from '../../server/handlers/offset-commit.ts'
import offsetDelete from '../../server/handlers/offset-delete.ts'
import offsetFetch from '../../server/handlers/offset-fetch.ts'
import syncGroup from '../../server/handlers/sync-group.ts'

const rows = [
  joinGroup,
  syncGroup,
  heartbeat,
  leaveGroup,
  offsetCommit,
  offsetFetch,
  offsetDelete,
  listGroups,
  describeGroups,
  deleteGroups,
  consumerGroupHeartbeat,
  consumerGroupDescribe,
]

export const groupHandlers: ReadonlyMap<string, Handler> = new Map(rows.map(row => [row.api.name, row]))
