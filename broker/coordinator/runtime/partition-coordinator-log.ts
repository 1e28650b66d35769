// A partition of an internal topic that this broker leads, as the coordinator runtime sees it.

import { errors } from '../../../protocol/errors.ts'
import type { PartitionLog } from '../../log/partition-log.ts'
import type { Partition } from '../../partition/partition.ts'
import type { CoordinatorLog } from './coordinator-log.ts'

/** What is needed of a Partition. */
export interface LedPartition extends Pick<Partition, 'isLeader' | 'highWatermark' | 'append' | 'whenCommitted'> {
  readonly log: Pick<PartitionLog, 'logStartOffset' | 'nextOffset' | 'logEndOffset' | 'readBytes'> & {
    readonly config: Pick<PartitionLog['config'], 'maxMessageBytes'>
  }
}

/** The log of a partition that this broker leads: asked for each time, since the partition may move to another log directory. */
export function coordinatorLog(partition: LedPartition): CoordinatorLog {
  return {
    get logStartOffset() {
      return partition.log.logStartOffset
    },
    get nextOffset() {
      return partition.log.nextOffset
    },
    get highWatermark() {
      return partition.highWatermark
    },
    get batchBytesMax() {
      return partition.log.config.maxMessageBytes
    },
    append: (batch, options) => partition.append(batch, { acks: -1, origin: 'coordinator', ...options }),
    whenCommitted: (offset, done) =>
      partition.whenCommitted(offset, error => {
        // Below the high watermark it is committed, whoever has left the in-sync replicas since.
        done(error === errors.NOT_ENOUGH_REPLICAS_AFTER_APPEND ? errors.NONE : error)
      }),
    readBytes: (offset, maxBytes) => partition.log.readBytes(offset, { maxBytes, upTo: partition.log.logEndOffset }),
  }
}

/** The logs of a topic's partitions, by number: of those that this broker leads. */
export function coordinatorLogsOf(
  partitions: { get(topic: string, index: number): (LedPartition & { readonly isLeader: boolean }) | undefined },
  topic: string,
): (index: number) => CoordinatorLog | undefined {
  return index => {
    const partition = partitions.get(topic, index)
    return partition?.isLeader ? coordinatorLog(partition) : undefined
  }
}
