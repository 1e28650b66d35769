// Tells the controller in which log directory a replica of this broker lies (KIP-858).
//
// Kafka's broker sends AssignReplicasToDirs; here the controller is in the same process and is asked without the way over the wire.
// Source: Kafka 4.3.0's AssignmentsManager.

import type { Logger } from '../io/logger.ts'
import { errorName, errors } from '../protocol/errors.ts'
import type { PartitionLog } from './log/partition-log.ts'
import type { Metadata } from './metadata/metadata.ts'

/** Answers once that is on disk. False: the controller knows nothing of the replica (any more). */
export async function assignDirectory(
  metadata: Metadata,
  brokerId: number,
  logger: Logger,
  { topic, partition, topicId, logDirectory }: PartitionLog,
): Promise<boolean> {
  const { directoryId } = logDirectory
  const broker = metadata.image.brokers.get(brokerId)
  if (directoryId === undefined || topicId === undefined || broker === undefined) return false
  const topics = [{ topicId, partitions: [{ partitionIndex: partition }] }]
  try {
    const request = { brokerId, brokerEpoch: broker.epoch, directories: [{ id: directoryId, topics }] }
    const { errorCode, directories = [] } = await metadata.assignReplicasToDirs(request)
    // Metadata of an older version says nothing of directories.
    if (errorCode === errors.UNSUPPORTED_VERSION.code) return true
    const code = errorCode || directories[0]?.topics?.[0]?.partitions?.[0]?.errorCode || errors.NONE.code
    if (code === errors.NONE.code) return true
    const fields = { topic, partition, directory: logDirectory.path, error: errorName(code) }
    logger.warn(
      fields,
      `the metadata does not take that ${topic}-${partition} is in ${logDirectory.path}: ${fields.error}`,
    )
    return false
  } catch (error) {
    logger.debug({ topic, partition, err: error }, 'the metadata is not told of a directory: the broker stops')
    return false
  }
}
