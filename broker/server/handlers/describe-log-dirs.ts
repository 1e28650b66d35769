// DescribeLogDirs: v1-5. The log directories, what they hold, and how much room there is.
// Null asks for all partitions. v4: total and usable bytes. v5: cordoned directories, of which we have none.
// A replica that moves is there twice: where it is, and (isFutureKey) where its copy grows.

import { errors } from '../../../protocol/errors.ts'
import { describeLogDirs } from '../../../protocol/messages/describe-log-dirs.ts'
import type { DirectoryDescription } from '../../log/log-manager.ts'
import type { Partitions } from '../../partition/partitions.ts'
import { handler } from '../handler.ts'

type Log = DirectoryDescription['logs'][number]

export default handler(
  describeLogDirs,
  async ({ services }, { topics }) => {
    const asked = topics && new Set(topics.flatMap(each => each.partitions.map(index => `${each.topic}-${index}`)))
    const isAsked = ({ topic, partition }: Log) => asked === null || asked.has(`${topic}-${partition}`)
    const directories = await services.logs.describe()
    return {
      results: directories.map(directory =>
        directory.isOnline
          ? {
              errorCode: errors.NONE.code,
              logDir: directory.path,
              topics: byTopic(directory.logs.filter(isAsked), services.partitions),
              totalBytes: directory.totalBytes,
              usableBytes: directory.usableBytes,
            }
          : { errorCode: errors.KAFKA_STORAGE_ERROR.code, logDir: directory.path },
      ),
    }
  },
  {
    // Before v3 there is no error for the whole.
    failure: (_, errorCode, { apiVersion }) =>
      apiVersion < 3 ? { results: [{ errorCode, logDir: '' }] } : { errorCode },
  },
)

function byTopic(logs: readonly Log[], partitions: Partitions) {
  const names = [...new Set(logs.map(log => log.topic))]
  return names.map(name => ({
    name,
    partitions: logs
      .filter(log => log.topic === name)
      .map(log => ({
        partitionIndex: log.partition,
        partitionSize: log.sizeBytes,
        offsetLag: offsetLag(partitions, log),
        isFutureKey: log.isFuture,
      })),
  }))
}

/** How far the log lies behind the high watermark, or the copy behind the log; -1 when the partition is not in use. */
function offsetLag(partitions: Partitions, { topic, partition: index, logEndOffset, isFuture }: Log): number {
  const partition = partitions.get(topic, index)
  if (partition === undefined || partition.isOffline) return -1
  if (isFuture) return partition.log.logEndOffset - logEndOffset
  return Math.max(partition.highWatermark - logEndOffset, 0)
}
