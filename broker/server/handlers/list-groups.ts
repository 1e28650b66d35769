// ListGroups: v0-5. All groups that this broker coordinates. v4: filter by state. v5: types, and filter by type.
// Groups of other protocols, as Kafka left them, are listed with theirs.

import { listGroups } from '../../../protocol/messages/list-groups.ts'
import { handler } from '../handler.ts'

export default handler(listGroups, (context, request) => context.services.groups.listGroups(context, request), {
  failure: (_request, errorCode) => ({ errorCode }),
})
