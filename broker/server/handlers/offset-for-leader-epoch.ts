// OffsetForLeaderEpoch: v2-4. Where a leader epoch ends in this log, by which a consumer or replica finds out that its own
// log has parted from it (KIP-320). An epoch that is not known gets -1.

import { errors } from '../../../protocol/errors.ts'
import { offsetForLeaderEpoch } from '../../../protocol/messages/offset-for-leader-epoch.ts'
import { handler, type RequestContext } from '../handler.ts'

export default handler(
  offsetForLeaderEpoch,
  ({ services }: RequestContext, { topics }) => ({
    topics: topics.map(({ topic, partitions }) => ({
      topic,
      partitions: partitions.map(({ partition: index, currentLeaderEpoch, leaderEpoch }) => {
        const { error, partition } = { partition: undefined, ...services.partitions.leading(topic, index) }
        if (partition === undefined) return { partition: index, errorCode: error!.code }
        const epochError = partition.checkLeaderEpoch(currentLeaderEpoch)
        if (epochError !== errors.NONE) return { partition: index, errorCode: epochError.code }
        const end = partition.log.endOffsetForEpoch(leaderEpoch, partition.log.logEndOffset)
        return { partition: index, errorCode: errors.NONE.code, ...end }
      }),
    })),
  }),
  {
    failure: ({ topics }, errorCode) => ({
      topics: topics.map(({ topic, partitions }) => ({
        topic,
        partitions: partitions.map(({ partition }) => ({ partition, errorCode })),
      })),
    }),
  },
)
