// DeleteGroups: v0-2. Groups without members go, with their offsets. A group named twice is answered once.
// Groups of other protocols than the classic one, as Kafka left them, are kept: UNSUPPORTED_VERSION.

import { deleteGroups } from '../../../protocol/messages/delete-groups.ts'
import { handler } from '../handler.ts'

export default handler(
  deleteGroups,
  async (context, { groupsNames }) => ({
    results: await context.services.groups.deleteGroups(context, groupsNames),
  }),
  {
    parks: true,
    failure: ({ groupsNames }, errorCode) => ({ results: groupsNames.map(groupId => ({ groupId, errorCode })) }),
  },
)
