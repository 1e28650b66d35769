// DescribeLogDirs: v1-5. The log directories, what they hold, and how much room there is.
// Null asks for all partitions. v4: total and usable bytes. v5: cordoned directories, of which we have none.
// Not done: future replicas (moving a partition between directories).

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
      .map(({ partition, sizeBytes }) => ({
        partitionIndex: partition,
        partitionSize: sizeBytes,
        // How far the log lies behind the high watermark; -1 when the partition is not in use.
        offsetLag: offsetLag(partitions, name, partition),
      })),
  }))
}

function offsetLag(partitions: Partitions, topic: string, index: number): number {
  const partition = partitions.get(topic, index)
  return partition === undefined ? -1 : Math.max(partition.highWatermark - partition.log.logEndOffset, 0)
}
